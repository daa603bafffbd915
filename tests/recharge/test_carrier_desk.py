"""What the close asks of links, with the carrier platform played: the day's statement, and one attempt's fate."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from recharge.carrier_desk import CarrierDesk
from recharge.dispatch import links
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.contract import AttemptOrder, CannotTell, LinkMisconfigured, LinkParts, StatementLine, StatementNotReady
from tests.support.books import number_of, sold, take_back
from tests.support.province import Province
from tests.support.world import World

DAY = date(2026, 11, 20)


class Played:
    """A link that tells what a test wants, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[AttemptOrder] = []
        self.closed = 0
        self.lines: Sequence[StatementLine] | Exception = ()

    async def statement(self, day: date) -> Sequence[StatementLine]:
        if isinstance(self.lines, Exception):
            raise self.lines
        return self.lines

    async def query(self, order: AttemptOrder) -> Outcome:
        self.asked.append(order)
        return Outcome(OutcomeState.NOT_FOUND, order.at)

    async def close(self) -> None:
        self.closed += 1


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    link = Played()
    monkeypatch.setattr(links, "make_link", lambda *_: link)
    return link


@pytest.fixture
def world(clean_sqlite_url: str) -> Any:
    made = Province(clean_sqlite_url)
    made.deposit("A", "1000.00")
    yield made
    made.close()


@pytest.fixture
def desk(world: World) -> CarrierDesk:
    return CarrierDesk(world.database, world.keys, world.clock)


def test_the_statement_comes_whole_or_not_at_all(desk: CarrierDesk, played: Played) -> None:
    assert desk.statement("CARRIER", DAY) == ()
    played.lines = StatementNotReady("4005")
    with pytest.raises(StatementNotReady):
        desk.statement("CARRIER", DAY)
    assert played.closed == 2
    with pytest.raises(LookupError):
        desk.statement("NOBODY", DAY)


def test_an_attempt_and_a_reversal_are_asked_for(world: World, desk: CarrierDesk, played: Played) -> None:
    from recharge.domain import requests as ask

    reply = sold(world)
    world.ask("A", ask.Reverse(number_of(reply)))
    reversal = take_back(world, reply)
    submit = world.one("SELECT MIN(id) FROM attempt")
    assert desk.query("CARRIER", submit) is OutcomeState.NOT_FOUND
    assert desk.query("CARRIER", reversal) is OutcomeState.NOT_FOUND
    assert [(item.reference, item.original_reference, item.carrier_code) for item in played.asked] == [
        (str(submit), "", "CMCC"),
        (str(reversal), str(submit), "CMCC"),
    ]
    with pytest.raises(LookupError):
        desk.query("CARRIER", 5)


def test_a_link_that_cannot_be_made_cannot_tell(desk: CarrierDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(kind: str, parts: LinkParts) -> None:
        raise LinkMisconfigured("no url")

    monkeypatch.setattr(links, "make_link", refuse)
    with pytest.raises(CannotTell):
        desk.statement("CARRIER", DAY)
