"""What the dispatcher is made of: everything is passed in, so that a simulation can drive the same decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.clock import BusinessCalendar, Clock
from recharge.domain.outcomes import Evidence, FailureReason
from recharge.suppliers.contract import SupplierLink
from recharge.suppliers.replies import ReplyReader


class Finishing(Protocol):
    """Applies outcomes to orders and books, each call in one transaction."""

    def finish(self, evidence: Sequence[Evidence]) -> None:
        """Apply evidence; the first final outcome wins, repeats change nothing. Raises DatabaseBusy."""
        ...

    def give_up(self, order_ids: Sequence[int], reason: FailureReason) -> None:
        """Fail those of the orders that are still held, money back. Raises DatabaseBusy."""
        ...


@dataclass(frozen=True, slots=True)
class DispatchRules:
    """How long a claim holds an order, how many orders one claim takes, and when orders without a link are looked at again."""

    lease: timedelta = timedelta(seconds=90)
    most_a_claim: int = 100
    look_again_soon: timedelta = timedelta(milliseconds=500)
    look_again: timedelta = timedelta(seconds=5)
    give_up_after: timedelta = timedelta(seconds=60)
    stock_every: timedelta = timedelta(seconds=60)
    health_every: timedelta = timedelta(milliseconds=250)
    statement_after: timedelta = timedelta(days=1)

    @property
    def send_within(self) -> timedelta:
        """How soon after the claim the first byte must leave: the rest of the lease is the link's time to answer."""
        return self.lease / 3


@dataclass(frozen=True, slots=True)
class DispatchParts:
    """Database, time, ids, the finisher, the running links by id, the rules, the calendar (its zone is that of routes' hours), and what
    the links read replies with."""

    database: Database
    clock: Clock
    ids: IdMaker
    finisher: Finishing
    links: Mapping[int, SupplierLink]
    calendar: BusinessCalendar
    rules: DispatchRules = DispatchRules()
    replies: ReplyReader = field(default_factory=ReplyReader)
