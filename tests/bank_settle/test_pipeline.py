"""A day's way through its steps: waits, kills and repeats with the same bytes, two at once, corrections, signatures, reopening."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bank_settle import files_in
from bank_settle.carriers.kinds import Kind
from bank_settle.carriers.steps import CarrierSteps
from bank_settle.configuration import Carrier
from bank_settle.days import CLOSED, LEASE, NO_REASON, NOT_CLOSED, ONE_PERSON, CannotReopen, Day, Locked, Overtaken, SomebodyElse
from bank_settle.pipeline import Pipeline
from bank_settle.waiting import NotYet, Why
from recharge import CannotTell, OutcomeState
from tests.bank_settle.files.test_reading import platform
from tests.bank_settle.scene import CHINA, DAY, SCOPE, Scene
from tests.support.books import check_books

NEXT = DAY + timedelta(days=1)


def a_day(scene: Scene) -> None:
    """Sales, one that the carrier does not know, one in doubt, one taken back."""
    for place in range(4):
        scene.sale(number=f"1380013800{place}")
    scene.sale(listed=False)
    scene.unsettled()
    scene.reversal(scene.sale())
    scene.morning_after()


def digests(day: Day) -> dict[str, Any]:
    return {step: facts for step, facts in day.facts.items() if step != CLOSED}


def test_what_a_day_waits_for(scene: Scene) -> None:
    scene.sale()
    outcome = scene.close_carrier()
    assert outcome.waits is not None
    assert (outcome.waits.why, outcome.day.state) == (Why.DAY_NOT_OVER, "open")
    scene.morning_after()
    scene.desk.not_ready()
    outcome = scene.close_carrier()
    assert outcome.waits is not None
    assert (outcome.waits.why, outcome.day.state) == (Why.NO_STATEMENT, "snapshot")
    scene.desk.trouble = CannotTell("statement: trailer")
    outcome = scene.close_carrier()
    assert outcome.waits is not None
    assert (outcome.waits.why, outcome.waits.facts["reason"]) == (Why.CARRIER_CANNOT_TELL, "statement: trailer")
    scene.desk.trouble = None
    assert scene.close_carrier().day.state == "matched"


def test_an_order_that_was_never_sent_holds_the_houses_day_up(scene: Scene) -> None:
    scene.world.recharge("A", "10.00")
    scene.morning_after()
    outcome = Pipeline(scene.parts).run_scope("house", DAY)
    assert outcome.waits is not None
    assert outcome.waits.facts == {"count": 1}


@pytest.mark.parametrize("language", ["zh_CN", "en", "id"])
def test_every_reason_to_wait_is_told(language: str) -> None:
    facts: dict[str, str | int] = {"count": 1, "name": "F", "reason": "R", "day": "D", "scope": "S"}
    assert len({NotYet(why, **facts).told(language) for why in Why}) == len(Why) == sum(bool(why.text) for why in Why)


class Killed(Exception):
    """The process was killed here."""


@pytest.mark.parametrize("step", ["cut", "snapshot", "statement", "matched"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_a_step_and_run_again_it_gives_the_same_bytes(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    a_day(scene)
    real = getattr(CarrierSteps, step)

    def die(self: CarrierSteps, day: Day) -> Any:
        if when == "after":
            real(self, day)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(CarrierSteps, step, die)
        with pytest.raises(Killed):
            scene.close_carrier()
    first = scene.close_carrier().day
    scene.configuration = scene.configuration.model_copy(update={"archive": tmp_path / "second"})
    with scene.world.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM settle_day")
        connection.exec_driver_sql("DELETE FROM settle_case")
    scene.parts = scene.new_parts("two")
    second = scene.close_carrier().day
    assert digests(first) == digests(second)
    assert first.state == "matched"
    names = sorted(path.name for path in (tmp_path / "archive").rglob("*") if path.is_file())
    assert names == sorted(path.name for path in (tmp_path / "second").rglob("*") if path.is_file())


def test_two_closes_at_once(any_scene: Scene) -> None:
    a_day(any_scene)
    other = any_scene.new_parts("other")
    with any_scene.parts.days.working_on(SCOPE):
        with pytest.raises(SomebodyElse):
            Pipeline(other).run_scope(SCOPE, DAY)
        assert Pipeline(other).run_scope("house", DAY).day.ready
        # The holder was killed: its right ends by itself.
        any_scene.world.clock.moment += LEASE + timedelta(seconds=1)
        assert Pipeline(other).run_scope(SCOPE, DAY).day.ready


def test_a_step_that_was_overtaken_writes_nothing(scene: Scene) -> None:
    a_day(scene)
    seen = scene.parts.days.read(SCOPE, DAY)
    scene.parts.days.advance(seen, "cut", {})
    with pytest.raises(Overtaken):
        scene.parts.days.advance(seen, "cut", {"other": 1})
    assert scene.parts.days.read(SCOPE, DAY).facts == {"cut": {}}


def test_a_case_is_found_once_and_kept_through_repeats(scene: Scene) -> None:
    a_day(scene)
    scene.close_carrier()
    before = scene.cases()
    assert {case.kind for case in before} == {Kind.OURS_ONLY, Kind.LIMBO_ABSENT}
    scene.close_carrier()
    assert scene.cases() == before


def file_scene(scene: Scene, folder: Path) -> Path:
    """The same carrier through its file."""
    path = folder / "20261120.txt"
    carrier = Carrier(link="CARRIER", form="carrier_platform", inbox=str(folder / "{day:%Y%m%d}.txt"), owner="AGENT")
    scene.configuration = scene.configuration.model_copy(update={"carriers": (carrier,)})
    scene.parts = scene.new_parts("files")
    return path


def write_file(scene: Scene, path: Path) -> None:
    """What the carrier lists, as its file."""
    rows = []
    for place, line in enumerate(scene.desk.lines[DAY], 1):
        amounts = f"{line.amount_minor}|{line.charged_minor}|{line.delivered_minor}"
        at = f"{line.finished_at.astimezone(CHINA):%Y%m%d%H%M%S}"
        kind = {"recharge": "R", "bill_payment": "B", "reversal": "V"}[line.kind.value]
        told = f"{line.reference}|{line.original_reference}|{line.supplier_reference}|{line.serial_number}|{line.number}"
        rows.append(f"D|{place}|{kind}|{told}|{amounts}|{line.state.value.upper()}|{at}")
    path.write_bytes(platform(*rows))


def test_a_file_a_repeat_and_a_correction(scene: Scene, tmp_path: Path) -> None:
    a_day(scene)
    path = file_scene(scene, tmp_path)
    outcome = scene.close_carrier()
    assert outcome.waits is not None
    assert outcome.waits.why is Why.NO_FILE
    path.write_bytes(b"H|")
    outcome = scene.close_carrier()
    assert outcome.waits is not None
    assert outcome.waits.why is Why.BAD_FILE
    write_file(scene, path)
    assert scene.close_carrier().day.facts["matched"]["breaks"] == {"limbo_absent": 1, "ours_only": 1}
    pipeline = Pipeline(scene.parts)
    same = pipeline.run_scope(SCOPE, DAY, again=True).day
    with scene.world.database.read() as connection:
        assert [item.version for item in files_in.versions(connection, SCOPE, DAY)] == [1]
    # The carrier adds what it had left out.
    missing = next(case.reference for case in scene.cases() if case.kind == Kind.OURS_ONLY)
    serial = scene.world.one("SELECT serial_number FROM attempt WHERE id = ?", int(missing))
    scene.lists(int(missing), DAY, serial_number=serial, finished_at=scene.desk.lines[DAY][0].finished_at)
    write_file(scene, path)
    corrected = pipeline.run_scope(SCOPE, DAY, again=True).day
    assert corrected.facts["matched"]["breaks"] == {"limbo_absent": 1}
    assert corrected.facts["snapshot"] == same.facts["snapshot"]
    with scene.world.database.read() as connection:
        assert [item.version for item in files_in.versions(connection, SCOPE, DAY)] == [1, 2]
    assert {case.kind: case.resolution for case in scene.cases()} == {"ours_only": "withdrawn", "limbo_absent": ""}


def test_an_order_over_midnight_is_one_thing(scene: Scene) -> None:
    attempt = scene.sale(listed=False)
    early = scene.sale(number="13800138007", listed=False)
    scene.lists(attempt, NEXT)
    scene.morning_after()
    scene.close_carrier()
    assert [case.state for case in scene.cases()] == ["suspect", "suspect"]
    scene.morning_after(2)
    scene.close_carrier(NEXT)
    assert [(case.kind, case.effect_minor, case.resolution) for case in scene.cases(NEXT)] == [(Kind.CROSSED_MIDNIGHT, -4800, "paired")]
    assert sorted(case.resolution for case in scene.cases()) == ["", "paired"]
    assert next(case.reference for case in scene.cases() if not case.resolution) == str(early)


def test_a_carriers_clock_that_is_ahead(scene: Scene) -> None:
    """The carrier lists on the twentieth what we send on the twenty-first."""
    scene.morning_after()
    attempt = scene.sale(listed=False)
    scene.lists(attempt, DAY)
    scene.close_carrier()
    assert [(case.kind, case.state) for case in scene.cases()] == [(Kind.CROSSED_MIDNIGHT, "suspect")]
    scene.morning_after(2)
    scene.close_carrier(NEXT)
    assert {case.resolution for day in (DAY, NEXT) for case in scene.cases(day)} == {"paired"}


def test_the_same_stranger_on_two_days_is_two_cases(scene: Scene) -> None:
    for day in (DAY, NEXT):
        scene.lists(scene.sale(), reference="77777777777777777777", number="13912345678", charged_minor=4700 if day == DAY else 4800)
        scene.morning_after(day=day)
        scene.close_carrier(day)
        scene.world.clock.pass_time(hours=3)
    assert [scene.found(day) for day in (DAY, NEXT)] == [[(Kind.THEIRS_UNKNOWN, -4700)], [(Kind.THEIRS_UNKNOWN, -4800)]]


def test_limbo_ends_with_the_order(scene: Scene) -> None:
    listed, absent = scene.unsettled(), scene.unsettled(number="13800138005")
    scene.lists(listed, serial_number="SN1")
    scene.morning_after()
    scene.close_carrier()
    assert [case.state for case in scene.cases()] == ["suspect", "suspect"]
    scene.world.hear(listed, OutcomeState.SUCCESS, serial_number="SN1")
    scene.world.hear(absent, OutcomeState.FAILED)
    scene.close_carrier()
    assert {case.resolution for case in scene.cases()} == {"settled_later"}


def test_the_carrier_is_asked_at_t_plus_one_and_two_and_then_a_person_has_to_act(scene: Scene) -> None:
    attempt = scene.sale(listed=False)
    scene.morning_after()
    scene.close_carrier()
    assert scene.desk.asked == []
    scene.desk.answers[attempt] = OutcomeState.NOT_FOUND
    for days in (1, 2):
        scene.morning_after(days + 1)
        scene.close_carrier(DAY + timedelta(days=days))
        scene.close_carrier(DAY + timedelta(days=days))
    (case,) = scene.cases()
    assert scene.desk.asked == [attempt, attempt]
    assert (case.facts["asked"], case.state) == ({"1": "not_found", "2": "not_found"}, "open")


def test_two_people_close_a_day_and_it_is_locked(any_scene: Scene) -> None:
    scene = any_scene
    a_day(scene)
    pipeline = Pipeline(scene.parts)
    with pytest.raises(NotYet) as caught:
        pipeline.sign(DAY, "FIN1")
    assert caught.value.why is Why.STEPS_LEFT
    assert all(outcome.day.ready for outcome in pipeline.run(DAY))
    with pytest.raises(NotYet) as caught:
        pipeline.close(DAY, "FIN2")
    assert caught.value.why is Why.NOT_SIGNED
    assert pipeline.sign(DAY, "FIN1").maker == "FIN1"
    with pytest.raises(NotYet) as caught:
        pipeline.close(DAY, "FIN1")
    assert caught.value.why is Why.SAME_PERSON
    facts = pipeline.close(DAY, "FIN2")
    assert len(facts["head"]) == 64
    assert facts["carried"] == {"count": 2, "effect_minor": 4800}
    assert pipeline.close(DAY, "FIN2") == facts
    days = [scene.parts.days.read(scope, DAY) for scope in scene.configuration.scopes]
    assert {(day.state, day.maker, day.checker) for day in days} == {(CLOSED, "FIN1", "FIN2")}
    with pytest.raises(Locked):
        scene.parts.days.advance(days[0], "cut", {})
    assert [outcome.day.state for outcome in pipeline.run(DAY)] == [CLOSED, CLOSED]


def test_days_are_closed_in_order(scene: Scene) -> None:
    a_day(scene)
    pipeline = Pipeline(scene.parts)
    pipeline.run(DAY)
    scene.morning_after(2)
    pipeline.run(NEXT)
    with pytest.raises(NotYet) as caught:
        pipeline.sign(NEXT, "FIN1")
    assert caught.value.why is Why.EARLIER_DAY_OPEN
    for day in (DAY, NEXT):
        pipeline.sign(day, "FIN1")
        pipeline.close(day, "FIN2")
    check_books(scene.world)


def test_an_earlier_day_with_entries_has_to_be_closed_first(scene: Scene) -> None:
    """A day before the close was ever run: its chain has to end before this one's."""
    a_day(scene)
    scene.morning_after(2)
    pipeline = Pipeline(scene.parts)
    pipeline.run(NEXT)
    pipeline.sign(NEXT, "FIN1")
    with pytest.raises(NotYet) as caught:
        pipeline.close(NEXT, "FIN2")
    assert (caught.value.why, caught.value.facts) == (Why.EARLIER_DAY_OPEN, {"day": str(DAY)})


def test_broken_books_are_not_closed(scene: Scene) -> None:
    a_day(scene)
    pipeline = Pipeline(scene.parts)
    pipeline.run(DAY)
    pipeline.sign(DAY, "FIN1")
    with scene.world.database.write() as connection:
        scene.world.database.change(connection, "UPDATE posting SET amount_minor = amount_minor + 1 WHERE step = 1 AND amount_minor > 0")
    with pytest.raises(NotYet) as caught:
        pipeline.close(DAY, "FIN2")
    assert caught.value.why is Why.BREACH


def test_a_closed_day_is_opened_again_as_the_next_version(scene: Scene) -> None:
    a_day(scene)
    pipeline = Pipeline(scene.parts)
    pipeline.run(DAY)
    pipeline.sign(DAY, "FIN1")
    pipeline.close(DAY, "FIN2")
    for maker, checker, reason, why in (("FIN1", "FIN1", "x", ONE_PERSON), ("FIN1", "FIN2", " ", NO_REASON)):
        with pytest.raises(CannotReopen, match=why):
            pipeline.reopen(SCOPE, DAY, maker, checker, reason)
    again = pipeline.reopen(SCOPE, DAY, "FIN1", "FIN2", "the carrier corrected its file")
    assert (again.version, again.state, again.reason) == (2, "open", "FIN1/FIN2: the carrier corrected its file")
    with pytest.raises(CannotReopen, match=NOT_CLOSED):
        pipeline.reopen(SCOPE, DAY, "FIN1", "FIN2", "twice")
    assert scene.close_carrier().day.state == "matched"
    assert scene.parts.days.read(SCOPE, DAY, 1).state == CLOSED
    assert [day.version for day in scene.parts.days.versions(DAY)] == [1, 2, 1]


def test_progress_is_told(scene: Scene) -> None:
    a_day(scene)
    seen: list[tuple[str, str, int]] = []
    Pipeline(scene.parts, lambda *told: seen.append(told)).run(DAY)
    assert {(scope, step) for scope, step, _ in seen if step} == {
        *((SCOPE, step) for step in ("cut", "snapshot", "statement", "matched")),
        *(("house", step) for step in ("cut", "commission", "snapshot")),
    }
