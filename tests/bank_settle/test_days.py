"""The table of days by itself: steps in their order, versions, leases; nothing is written by somebody who saw an older state."""

from datetime import timedelta

import pytest

from bank_settle.days import CLOSED, LEASE, OPEN, STEPS, Day, Days, Locked, Overtaken, SomebodyElse, steps_of
from tests.bank_settle.scene import DAY, SCOPE, Scene

NEXT = DAY + timedelta(days=1)


def days(scene: Scene, holder: str = "one") -> Days:
    return scene.new_parts(holder).days


def done(scene: Scene, until: str, scope: str = SCOPE) -> Day:
    """A scope's day with all its steps up to one."""
    table = days(scene)
    seen = table.read(scope, DAY)
    for step in steps_of(scope):
        seen = table.advance(seen, step, {"step": step})
        if step == until:
            break
    return seen


@pytest.mark.parametrize("scope", ["carrier:A", "bank:B", "house"])
def test_steps_come_in_their_order(scope: str) -> None:
    steps = steps_of(scope)
    assert steps == STEPS[scope.partition(":")[0]]
    seen = Day(scope, DAY)
    for step in steps:
        assert seen.next_step == step
        assert not seen.ready
        seen = Day(scope, DAY, state=step)
    assert seen.next_step is None
    assert seen.ready
    assert Day(scope, DAY, state=CLOSED).next_step is None


def test_a_day_nobody_touched_is_open(any_scene: Scene) -> None:
    assert days(any_scene).read(SCOPE, DAY) == Day(SCOPE, DAY)
    assert days(any_scene).before(SCOPE, DAY) is None
    assert days(any_scene).versions(DAY) == []


def test_what_a_step_left_is_kept_beside_the_others(any_scene: Scene) -> None:
    seen = done(any_scene, "snapshot")
    assert (seen.state, seen.facts) == ("snapshot", {"cut": {"step": "cut"}, "snapshot": {"step": "snapshot"}})
    assert days(any_scene).before(SCOPE, NEXT) == seen
    assert days(any_scene).before("carrier:OTHER", NEXT) is None


def test_who_saw_an_older_state_writes_nothing(any_scene: Scene) -> None:
    first, second = days(any_scene), days(any_scene, "two")
    seen = first.read(SCOPE, DAY)
    first.advance(seen, "cut", {"by": "first"})
    for table in (first, second):
        with pytest.raises(Overtaken):
            table.advance(seen, "cut", {"by": "late"})
    assert second.read(SCOPE, DAY).facts == {"cut": {"by": "first"}}


def test_what_a_step_writes_beside_is_one_transaction_with_it(scene: Scene) -> None:
    table = days(scene)
    seen = table.read(SCOPE, DAY)

    def fail(_: object) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        table.advance(seen, "cut", {}, fail)
    assert table.read(SCOPE, DAY).state == OPEN


def test_a_new_input_makes_the_later_steps_undone(scene: Scene) -> None:
    seen, table = done(scene, "matched"), days(scene)
    with scene.world.database.write() as connection:
        table.fall_back(connection, seen, "statement")
    again = table.read(SCOPE, DAY)
    assert (again.state, sorted(again.facts), again.next_step) == ("snapshot", ["cut", "snapshot"], "statement")
    with scene.world.database.write() as connection:
        table.fall_back(connection, again, "matched")
    assert table.read(SCOPE, DAY) == again
    bank = done(scene, "matched", "bank:B")
    with scene.world.database.write() as connection:
        table.fall_back(connection, bank, "statement")
    assert table.read("bank:B", DAY).state == OPEN


def test_a_signature_falls_when_something_changes(scene: Scene) -> None:
    seen, table = done(scene, "commission", "house"), days(scene)
    signed = table.sign(seen, "FIN1")
    assert signed.maker == "FIN1"
    with pytest.raises(Overtaken):
        table.sign(seen, "FIN2")
    assert table.advance(signed, "snapshot", {}).maker == ""


def test_closing_locks_all_or_none(any_scene: Scene) -> None:
    table = days(any_scene)
    carrier, house = done(any_scene, "matched"), table.sign(done(any_scene, "snapshot", "house"), "FIN1")
    stale = table.read(SCOPE, DAY)
    table.sign(carrier, "FIN9")
    with pytest.raises(Overtaken):
        table.close([house, stale], "FIN2", {"head": "x"})
    assert table.read("house", DAY).state == "snapshot"
    table.close([house, table.read(SCOPE, DAY)], "FIN2", {"head": "x"})
    closed = table.read("house", DAY)
    assert (closed.state, closed.maker, closed.checker, closed.facts[CLOSED]) == (CLOSED, "FIN1", "FIN2", {"head": "x"})
    assert closed.closed_at == any_scene.world.clock.now()
    for change in (lambda: table.advance(closed, "cut", {}), lambda: fall_back(any_scene, closed)):
        with pytest.raises(Locked):
            change()


def fall_back(scene: Scene, seen: Day) -> None:
    with scene.world.database.write() as connection:
        days(scene).fall_back(connection, seen, "cut")


def test_two_people_who_reopen_at_once_make_one_version(any_scene: Scene) -> None:
    table = days(any_scene)
    table.close([table.sign(done(any_scene, "snapshot", "house"), "FIN1")], "FIN2", {})
    closed = table.read("house", DAY)
    assert table.reopen(closed, "FIN1", "FIN2", "late file").version == 2
    with pytest.raises(Overtaken):
        table.reopen(closed, "FIN2", "FIN1", "late file")
    assert table.read("house", DAY, 1) == closed
    assert [(day.version, day.state) for day in table.versions(DAY)] == [(1, CLOSED), (2, OPEN)]


def test_a_lease_keeps_others_out_until_it_is_over(any_scene: Scene) -> None:
    one, two = days(any_scene), days(any_scene, "two")
    with one.working_on(SCOPE) as lease:
        with pytest.raises(SomebodyElse) as caught, two.working_on(SCOPE):
            pass
        assert caught.value.holder == "one"
        any_scene.world.clock.moment += LEASE / 2
        lease.take()
        any_scene.world.clock.moment += LEASE / 2 + timedelta(seconds=1)
        # It was held longer: what was left of the first time is not what counts.
        with pytest.raises(SomebodyElse), two.working_on(SCOPE):
            pass
        with two.working_on("house"):
            pass
    with two.working_on(SCOPE):
        pass


def test_a_lease_that_was_lost_is_not_taken_back(scene: Scene) -> None:
    one, two = days(scene), days(scene, "two")
    with one.working_on(SCOPE) as lease:
        scene.world.clock.moment += LEASE + timedelta(seconds=1)
        with two.working_on(SCOPE), pytest.raises(SomebodyElse):
            lease.take()
        lease.take()
