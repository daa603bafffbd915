"""Deposit tickets: an amount told to one agent only, so that the transfer alone says whose it is. Another package opens them."""

from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import entry_points
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from recharge.books.database import Database, DatabaseBusy
from recharge.domain.errors import Refusal, RefusalCode

PROVIDERS = "kongchong.deposit_tickets"
"""The entry points by which another package opens tickets; the first one there is asked."""


class NoDepositTickets(Exception):
    """Nobody opens tickets here, or who does is not set up."""


class NoAmountFree(NoDepositTickets):
    """All amounts near the wanted one are told to somebody; another one may be free."""


class TooManyTickets(NoDepositTickets):
    """The party has as many running as it may; another amount will have none either."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} tickets are running")
        self.most = most


@dataclass(frozen=True, slots=True)
class DepositTicket:
    """The exact amount to transfer (minor units), reserved until an aware moment; the account it is to go to, and what the payer may write
    beside it, as far as the provider says them."""

    amount_minor: int
    expires_at: datetime
    account_name: str = ""
    account_number: str = ""
    bank_code: str = ""
    reference: str = ""


class TicketProvider(Protocol):
    """What an entry point of the group names."""

    def __call__(self, database: Database, party_code: str, wanted_minor: int, now: datetime) -> DepositTicket:
        """A party's open ticket for an amount, the same one while it runs. Raises NoDepositTickets, NoAmountFree or TooManyTickets."""
        ...


def open_deposit_ticket(database: Database, party_code: str, wanted_minor: int, now: datetime) -> DepositTicket:
    """A party's ticket for an amount (minor units, positive); asked again while it runs, the same one. The caller has proved who asks.

    Raises NoDepositTickets, NoAmountFree, TooManyTickets, BadAmount, or Refusal(BUSY) with the database away: ask again.
    """
    for found in entry_points(group=PROVIDERS):
        provider: TicketProvider = found.load()
        try:
            return provider(database, party_code, wanted_minor, now)
        except (DatabaseBusy, SQLAlchemyError) as error:
            raise Refusal(RefusalCode.BUSY) from error
    raise NoDepositTickets("no package opens them")
