"""The door to deposit tickets: whoever provides them is found by entry point, and a database that is away is told as busy."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from recharge import deposit_tickets
from recharge.books.database import Database, DatabaseBusy
from recharge.deposit_tickets import PROVIDERS, DepositTicket, NoAmountFree, NoDepositTickets, TicketProvider, open_deposit_ticket
from recharge.domain.errors import Refusal, RefusalCode

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
Hang = Callable[..., None]


class Hung:
    """An entry point as it is found."""

    def __init__(self, provider: TicketProvider) -> None:
        self._provider = provider

    def load(self) -> TicketProvider:
        return self._provider


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    made = Database(sqlite_url)
    yield made
    made.close()


@pytest.fixture
def hang(monkeypatch: pytest.MonkeyPatch) -> Hang:
    """Hangs providers in, and nothing else."""

    def found(*providers: TicketProvider) -> None:
        groups = {PROVIDERS: [Hung(each) for each in providers]}
        monkeypatch.setattr(deposit_tickets, "entry_points", lambda group: groups[group])

    return found


def raising(error: Exception) -> TicketProvider:
    def provide(database: Database, party_code: str, wanted_minor: int, now: datetime) -> DepositTicket:
        raise error

    return provide


def test_the_first_provider_is_asked_as_the_channel_asked(database: Database, hang: Hang) -> None:
    asked: list[Any] = []

    def provide(*question: Any) -> DepositTicket:
        asked.append(question)
        return DepositTicket(50007, NOW)

    hang(provide, raising(AssertionError("one is enough")))
    assert open_deposit_ticket(database, "A", 50000, NOW) == DepositTicket(50007, NOW)
    assert asked == [(database, "A", 50000, NOW)]


def test_without_a_provider_there_are_no_tickets(database: Database, hang: Hang) -> None:
    hang()
    with pytest.raises(NoDepositTickets):
        open_deposit_ticket(database, "A", 50000, NOW)


@pytest.mark.parametrize("error", [NoDepositTickets("not set up"), NoAmountFree("50000")])
def test_what_a_provider_says_goes_through(database: Database, hang: Hang, error: NoDepositTickets) -> None:
    hang(raising(error))
    with pytest.raises(type(error)) as caught:
        open_deposit_ticket(database, "A", 50000, NOW)
    assert caught.value is error


@pytest.mark.parametrize("error", [DatabaseBusy(), OperationalError("", None, Exception("gone"))])
def test_a_database_that_is_away_is_busy(database: Database, hang: Hang, error: Exception) -> None:
    hang(raising(error))
    with pytest.raises(Refusal) as caught:
        open_deposit_ticket(database, "A", 50000, NOW)
    assert caught.value.code is RefusalCode.BUSY
