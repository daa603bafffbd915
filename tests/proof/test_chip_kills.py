"""The box with the modems dies at every step of an order through a chip: the operator credits it once at most, and the books say so."""

import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from recharge.books.chip_statements import SENDING, ChipBook
from recharge.books.database import Database
from recharge.books.tables.chips import chip_order
from recharge.verify import holds, report, verify_books
from tests.proof.killed.chip_life import ChipPlace, ChipWay, recover_chip
from tests.proof.killed.life import forget_health, last_point, trail
from tests.proof.killed.nursery import Nursery
from tests.proof.quiet import quiet
from tests.support.world import World

# Octets leave for the modem, have left, or have come.
WIRE = ("before the wire", "after the wire", "before the modem's words are read")
NEVER = 1_000_000
ALL = "KONGCHONG_CHIP_KILLS" in os.environ


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """Nothing of what the recovering processes log."""
    with quiet():
        yield


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Where the lives begin."""
    with closing(Nursery()) as made:
        yield made


@pytest.fixture(params=list(ChipWay), ids=lambda way: way.name.lower())
def place(clean_sqlite_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> ChipPlace:
    """A province whose orders go through one chip."""
    world = World(clean_sqlite_url)
    world.deposit("A", "100000.00")
    world.close()
    return ChipPlace(clean_sqlite_url, world.link_id, tmp_path, request.param, world.clock)


def in_ledger(place: ChipPlace, table: str, number: str) -> int:
    """How often the operator was asked to credit a number (request), did (credit), or told so by short message (message)."""
    which = "text like '%' || ? || '%'" if table == "message" else "number = ?"
    with closing(sqlite3.connect(place.ledger)) as connection:
        return int(connection.execute(f"select count(*) from {table} where {which}", (number,)).fetchone()[0])


def breaches(place: ChipPlace, order_id: int, number: str) -> Iterator[str]:
    """All that does not hold of one order."""
    asked, done = in_ledger(place, "request", number), in_ledger(place, "credit", number)
    database = Database(place.url)
    with database.read() as connection:
        state = database.rows(connection, "SELECT state FROM orders WHERE id = ?", [order_id])[0][0]
        others = database.rows(connection, "SELECT COUNT(*) FROM orders WHERE state = 'unknown' AND id <> ?", [order_id])[0][0]
        held = database.rows(
            connection,
            "SELECT COALESCE(SUM(p.amount_minor), 0) FROM posting p JOIN account a ON a.id = p.account_id"
            " WHERE p.order_id = ? AND a.kind = 'hold'",
            [order_id],
        )[0][0]
    forget_health(database)
    database.close()
    if asked > 1 or done > 1:
        yield f"the operator was asked {asked} times and credited {done} times"
    wanted = {"succeeded"} if done else {"failed"}
    open_for_people = {
        ChipWay.LISTED: False,
        # One of two that may be what the stock lacks.
        ChipWay.COUNTED: not done or others > 0,
        # The operator's message was not on its way yet when the farm died as well.
        ChipWay.TOLD: not in_ledger(place, "message", number),
        ChipWay.MUTE: True,
    }
    if open_for_people[place.way]:
        # No clock ends it.
        wanted |= {"unknown"}
    if state not in wanted:
        yield f"the order is {state}, the operator credited {done}"
    if bool(held) is not (state == "unknown"):
        yield f"{held} is held for an order that is {state}"


def survives(nursery: Nursery, place: ChipPlace, point: int) -> None:
    """Kill at a point, or at none, and recover. Fails where anything does not hold."""
    reference, number = f"form {point}", f"138{point % 10**8:08d}"
    # The operator's list reaches back beyond this order for certain.
    place.clock.pass_time(minutes=5)
    nursery.killed_at(place, point, reference, number)
    where = f"by {place.way.value}, killed at point {point}: {last_point(place)}"
    order_id = recover_chip(place, reference, number)
    found = list(breaches(place, order_id, number))
    assert not found, f"{where}\n" + "\n".join(found)


def moments(names: list[str]) -> list[int]:
    """Points at which what was done so far differs: octets that leave or come, and commits; no read changes anything."""
    return [point for point, name in enumerate(names, 1) if name in {*WIRE, "before commit", "after commit"}]


def chosen(names: list[str]) -> list[int]:
    """Every moment in the long run; else the order's first byte and what follows it, and another one each day. The latest come first:
    those leave nothing open that the next one could be mistaken for."""
    found = moments(names)
    if ALL:
        return found[::-1]
    written = next(point for point, name in enumerate(names, 1) if name.startswith("INSERT INTO chip_order"))
    wire = [point for point in found if point > written and names[point - 1] in WIRE]
    return sorted({*wire[:4], *random.sample(found, 1)}, reverse=True)


def test_a_dead_box_never_sends_an_order_again(nursery: Nursery, place: ChipPlace) -> None:
    survives(nursery, place, NEVER)
    names = trail(place).read_text().splitlines()
    assert {*WIRE, "before commit", "after commit"} <= set(names)
    for point in chosen(names):
        survives(nursery, place, point)
    database = Database(place.url)
    findings = verify_books(database, place.clock.now() + timedelta(seconds=1))
    database.close()
    assert holds(findings), report(findings)


@pytest.mark.parametrize("place", [ChipWay.LISTED], indirect=True, ids=["listed"])
def test_a_chip_that_forgets_what_it_sent_does_not_survive_the_kills(
    nursery: Nursery, place: ChipPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kills would find what they are there for: here a restart takes what was under way for never sent."""

    def forgets(self: ChipBook, iccid: str) -> None:
        del iccid
        mine = chip_order.c.state == SENDING
        self._database.retrying(lambda connection: connection.execute(chip_order.update().where(mine).values(state="not_sent")))

    monkeypatch.setattr(ChipBook, "recover", forgets)
    survives(nursery, place, NEVER)
    names = trail(place).read_text().splitlines()
    written = next(point for point, name in enumerate(names, 1) if name.startswith("INSERT INTO chip_order"))
    wire = [point for point in moments(names) if point > written and names[point - 1] in WIRE]

    def sweep() -> None:
        for point in wire[:4]:
            survives(nursery, place, point)

    with pytest.raises(AssertionError, match="killed at point"):
        sweep()
