"""Statements on the shelf: fetched once for many looks, not kept for ever, and never taken for complete when one is missing."""

import asyncio
from datetime import date, timedelta

import pytest

import recharge.dispatch.shelf as module
from recharge.dispatch.shelf import StatementShelf, by_reference
from recharge.dispatch.work import Look, Looked, Query
from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.contract import AttemptOrder, CannotTell, StatementNotReady
from tests.recharge.dispatch.driver import ScriptedLink, statement_line
from tests.support.world import MORNING, World

DAY = date(2026, 11, 20)
DAYS = [DAY + timedelta(days=number) for number in range(5)]


@pytest.fixture
def shelved(link: ScriptedLink, world: World) -> StatementShelf:
    return StatementShelf({world.link_id: link})


def a_look(world: World, reference: str, *days: date) -> Look:
    order = AttemptOrder(reference, "13800138000", 5000, OrderKind.RECHARGE, "CMCC", MORNING)
    query = Query(int(reference), 1, world.link_id, order, MORNING, MORNING, absent_before=True, known=False)
    return Look(query, days or (DAY,), Outcome(OutcomeState.NOT_FOUND, MORNING))


def looked(shelf: StatementShelf, *works: Look) -> list[Looked]:
    async def scene() -> list[Looked]:
        return await asyncio.gather(*(shelf.look(work) for work in works))

    return asyncio.run(scene())


def test_a_line_is_found_by_reference(world: World, link: ScriptedLink, shelved: StatementShelf) -> None:
    link.statements[DAY] = [statement_line("7"), statement_line("8", serial_number="SN8")]
    found, missing = looked(shelved, a_look(world, "8"), a_look(world, "9"))
    assert found.line is not None
    assert (found.line.serial_number, found.complete) == ("SN8", True)
    assert (missing.line, missing.complete) == (None, True)


def test_many_looks_fetch_a_day_once(world: World, link: ScriptedLink, shelved: StatementShelf) -> None:
    link.statements[DAY] = []
    looked(shelved, *(a_look(world, str(number)) for number in range(1, 50)))
    assert link.statements_asked == [DAY]


def test_a_missing_day_makes_it_incomplete(world: World, link: ScriptedLink, shelved: StatementShelf) -> None:
    link.statements = {DAYS[0]: [], DAYS[1]: StatementNotReady("7001")}
    assert looked(shelved, a_look(world, "7", *DAYS[:2]))[0].complete is False


def test_a_line_found_on_one_day_counts_though_another_is_missing(world: World, link: ScriptedLink, shelved: StatementShelf) -> None:
    link.statements = {DAYS[0]: CannotTell("spoilt"), DAYS[1]: [statement_line("7")]}
    done = looked(shelved, a_look(world, "7", *DAYS[:2]))[0]
    assert done.line is not None
    assert not done.complete


def test_old_copies_are_fetched_again(world: World, link: ScriptedLink, shelved: StatementShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    link.statements[DAY] = []

    async def scene() -> None:
        await shelved.look(a_look(world, "7"))
        monkeypatch.setattr(module, "KEPT_SECONDS", -1.0)
        await shelved.look(a_look(world, "7"))

    asyncio.run(scene())
    assert link.statements_asked == [DAY, DAY]


def test_only_a_few_are_kept(world: World, link: ScriptedLink, shelved: StatementShelf) -> None:
    link.statements = {day: [] for day in DAYS}
    looked(shelved, a_look(world, "7", *DAYS))
    assert len(shelved._kept) == module.MOST_KEPT


def test_a_link_that_went_away_leaves_it_incomplete(world: World) -> None:
    assert looked(StatementShelf({}), a_look(world, "7"))[0].complete is False


def test_a_link_that_fails_by_mistake_decides_nothing(
    world: World, link: ScriptedLink, shelved: StatementShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_day: date) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(link, "statement", broken)
    assert looked(shelved, a_look(world, "7"))[0].complete is False


def test_the_carriers_own_doings_have_no_reference() -> None:
    lines = [statement_line(""), statement_line("7")]
    assert set(by_reference(lines)) == {"7"}
