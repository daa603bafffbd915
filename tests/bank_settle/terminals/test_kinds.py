"""Every kind of difference with a terminal's batch: planted one by one with real messages, found and named; and none is invented."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bank_settle.carriers.kinds import Kind
from bank_settle.names import kind_name, scope_name
from bank_settle.pipeline import Outcome, Pipeline
from bank_settle.terminals.kinds import BatchKind
from bank_settle.waiting import Why
from pos.fields.totals import Totals
from pos.settlement import end_what_was_in_hand
from recharge import OutcomeState
from tests.bank_settle.scene import DAY, Scene
from tests.bank_settle.terminals import till as stories
from tests.bank_settle.terminals.till import SCOPE, Plant, Till
from tests.pos.stand import TERMINAL


@pytest.fixture
def till(clean_sqlite_url: str, tmp_path: Path) -> Iterator[Till]:
    yield from played(clean_sqlite_url, tmp_path)


@pytest.fixture
def any_till(clean_database_url: str, tmp_path: Path) -> Iterator[Till]:
    yield from played(clean_database_url, tmp_path)


def played(url: str, folder: Path) -> Iterator[Till]:
    scene = Scene(url, folder, channels=("pos",))
    made = Till(scene)
    made.begin()
    yield made
    made.close()
    scene.close()


def run(till: Till, days: int = 0) -> Outcome:
    """The morning after a day, and the channel's own day as far as it goes."""
    till.scene.morning_after(days + 1)
    return Pipeline(till.scene.parts).run_scope(SCOPE, DAY + timedelta(days=days))


def kinds(till: Till, days: int = 0) -> list[str]:
    return sorted(case.kind for case in till.scene.cases(DAY + timedelta(days=days), SCOPE))


@pytest.mark.parametrize(("plant", "expected", "at_the_carrier"), stories.CASES, ids=[case[0].__name__ for case in stories.CASES])
def test_it_is_found_and_named(till: Till, plant: Plant, expected: list[BatchKind], at_the_carrier: list[Kind]) -> None:
    plant(till)
    outcome = run(till)
    assert outcome.waits is None
    assert kinds(till) == sorted(expected)
    assert [case.effect_minor for case in till.scene.cases(DAY, SCOPE)] == [0] * len(expected)
    till.scene.close_carrier()
    assert [case.kind for case in till.scene.cases()] == sorted(at_the_carrier)


def test_a_day_of_many_batches_on_each_database(any_till: Till) -> None:
    for plant, _, _ in stories.CASES:
        plant(any_till)
        any_till.scene.world.clock.pass_time(minutes=1)
        any_till.begin()
    expected = [kind for _, found, _ in stories.CASES for kind in found]
    facts = run(any_till).day.facts
    assert kinds(any_till) == sorted(expected)
    assert (facts["snapshot"]["running"], facts["matched"]["batches"]) == (1, len(stories.CASES))
    assert facts["matched"]["matched"] == len(stories.CASES) - len(expected)


def test_the_same_day_again_has_the_same_bytes_and_cases(till: Till) -> None:
    stories.ours_only(till)
    first = run(till).day
    before = till.scene.cases(DAY, SCOPE)
    with till.scene.world.database.write() as connection:
        till.scene.parts.days.fall_back(connection, first, "snapshot")
    second = run(till).day
    assert {step: second.facts[step]["sha256"] for step in ("snapshot", "matched")} == {
        step: first.facts[step]["sha256"] for step in ("snapshot", "matched")
    }
    assert till.scene.cases(DAY, SCOPE) == before


@pytest.mark.parametrize(
    ("outcome", "left"),
    [
        (OutcomeState.SUCCESS, []),
        (OutcomeState.FAILED, [("batch_failed_here", "open")]),
        (OutcomeState.UNKNOWN, [("batch_in_hand", "suspect")]),
    ],
)
def test_what_was_in_hand_is_followed_up(till: Till, outcome: OutcomeState, left: list[tuple[str, str]]) -> None:
    attempt = till.in_hand()
    till.balances()
    run(till)
    (case,) = till.scene.cases(DAY, SCOPE)
    assert (case.kind, case.state, case.party_code, case.theirs_minor) == ("batch_in_hand", "suspect", "A", 3000)
    till.scene.world.hear(attempt, outcome)
    end_what_was_in_hand(till.stand.engine, till.stand.now())
    run(till, days=1)
    found = {(item.kind, item.state) for item in till.scene.cases(DAY, SCOPE) if item.state != "resolved"}
    assert found == set(left)
    resolved = [item for item in till.scene.cases(DAY, SCOPE) if item.state == "resolved"]
    assert {item.resolution for item in resolved} == ({"settled_later"} if outcome is not OutcomeState.UNKNOWN else set())
    # Looking once more changes nothing.
    run(till, days=2)
    assert {(item.kind, item.state) for item in till.scene.cases(DAY, SCOPE) if item.state != "resolved"} == set(left)


def test_a_batch_that_runs_for_days_is_one_case_until_it_ends(till: Till) -> None:
    till.sell()
    assert run(till).day.facts["snapshot"]["running"] == 1
    assert kinds(till) == []
    run(till, days=1)
    assert kinds(till, days=1) == ["batch_still_open"]
    run(till, days=2)
    assert kinds(till, days=2) == []
    till.scene.world.clock.pass_time(hours=1)
    till.balances()
    run(till, days=3)
    assert kinds(till, days=3) == []
    (case,) = till.scene.cases(DAY + timedelta(days=1), SCOPE)
    assert (case.state, case.resolution) == ("resolved", "settled_later")


def test_a_batch_belongs_to_the_business_date_on_which_it_ended(till: Till) -> None:
    till.sell()
    run(till)
    # Nine in the morning of the next day.
    till.uploads(Totals())
    run(till, days=1)
    assert (kinds(till), kinds(till, days=1)) == ([], ["batch_ours_only"])
    # A late first look at the first day sees what it would have seen then.
    again = Pipeline(till.scene.parts)
    first = till.scene.parts.days.read(SCOPE, DAY)
    with till.scene.world.database.write() as connection:
        till.scene.parts.days.fall_back(connection, first, "snapshot")
    assert again.run_scope(SCOPE, DAY).day.facts["snapshot"]["running"] == 1


def alter(till: Till, text: str) -> None:
    """Change the books behind the program's back: the newest order."""
    with till.scene.world.database.write() as connection:
        till.scene.world.database.change(connection, f"{text} order_id = (SELECT MAX(id) FROM orders)", [])


def test_what_the_books_do_not_have_is_our_loss(till: Till) -> None:
    till.sell()
    till.balances()
    alter(till, "DELETE FROM posting WHERE")
    run(till)
    (case,) = till.scene.cases(DAY, SCOPE)
    assert (case.kind, case.effect_minor, case.ours_minor) == ("batch_not_posted", -4900, 5000)
    assert case.facts["posted"] == 0
    assert till.scene.parts.books.breaches()


def test_what_the_books_keep_of_a_sale_that_came_to_nothing_is_the_agents(till: Till) -> None:
    attempt = till.in_hand()
    till.scene.world.hear(attempt, OutcomeState.FAILED)
    till.balances()
    alter(till, "DELETE FROM posting WHERE step = 2 AND")
    run(till)
    (case,) = till.scene.cases(DAY, SCOPE)
    assert (case.kind, case.effect_minor, case.order_id is not None) == ("batch_posted_undone", 2940, True)


def test_a_cancel_that_gave_nothing_back(till: Till) -> None:
    stories.cancelled(till)
    alter(till, "DELETE FROM posting WHERE step = 3 AND")
    run(till)
    (case,) = till.scene.cases(DAY, SCOPE)
    assert (case.kind, case.effect_minor) == ("batch_not_posted", 4900)


def test_the_day_must_be_over_and_the_channel_there(till: Till) -> None:
    till.scene.world.clock.moment -= timedelta(hours=1)
    waits = Pipeline(till.scene.parts).run_scope(SCOPE, DAY).waits
    assert waits is not None
    assert waits.why is Why.DAY_NOT_OVER
    till.scene.parts.channels.clear()  # type: ignore[attr-defined]  # a deployment without the package
    waits = run(till).waits
    assert waits is not None
    assert (waits.why, waits.told("en")) == (Why.NO_CHANNEL, "no program offers the terminal batches of pos")


def test_a_stopped_terminal_is_still_compared(till: Till) -> None:
    till.sell()
    till.stand.registry.block(TERMINAL, "lost")
    assert run(till).waits is None


@pytest.mark.parametrize("language", ["zh_CN", "en", "id"])
def test_every_kind_has_its_name(language: str) -> None:
    names = {kind_name(kind, language) for kind in BatchKind}
    assert len(names) == len(BatchKind)
    assert not names & {kind.value for kind in BatchKind}
    assert scope_name(SCOPE, language) != scope_name("house", language)
