"""What there is to do, and what came of it: the words between the core, which decides, and the worker, which talks to suppliers."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from recharge.domain.outcomes import FailureReason, Outcome
from recharge.suppliers.contract import AttemptOrder, StatementLine, Stock


@dataclass(frozen=True, slots=True)
class Submit:
    """Send this attempt, once, and not after `send_before`: later somebody else may have concluded that its sender is dead."""

    attempt_id: int
    order_id: int
    link_id: int
    order: AttemptOrder
    send_before: datetime


@dataclass(frozen=True, slots=True)
class Reverse:
    """Send this reversal attempt, once, and not after `send_before`. `target_id` is the attempt to be taken back."""

    attempt_id: int
    order_id: int
    link_id: int
    order: AttemptOrder
    send_before: datetime
    target_id: int


@dataclass(frozen=True, slots=True)
class Query:
    """Ask what became of an attempt.

    `sure_from`: only a "not found" to a question asked from then on counts. `absent_before`: such a one was heard before.
    `known`: the supplier has spoken of this attempt as known to it, so a "not found" contradicts it and decides nothing.
    """

    attempt_id: int
    order_id: int
    link_id: int
    order: AttemptOrder
    asked_at: datetime
    sure_from: datetime
    absent_before: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Look:
    """Look an attempt up in the supplier's statements of these days. `said` is what the query before it was answered."""

    query: Query
    days: tuple[date, ...]
    said: Outcome


@dataclass(frozen=True, slots=True)
class Recover:
    """The sender of this attempt is gone: nobody knows whether it was sent."""

    attempt_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class GiveUp:
    """No link was found for this order in time; it was never sent."""

    order_id: int
    reason: FailureReason


@dataclass(frozen=True, slots=True)
class AskBalance:
    """Ask a link for our stock there; a probe when its breaker is open."""

    link_id: int


Work = Submit | Reverse | Query | Look | Recover | GiveUp | AskBalance


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of asking a link for an order, and how long it took; `asked` is False when the link was not asked at all."""

    work: Submit | Reverse | Query | Recover
    outcome: Outcome
    took: timedelta = timedelta()
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Looked:
    """What the statements say: the attempt's line if there is one, and whether every day's statement could be read."""

    work: Look
    line: StatementLine | None
    complete: bool


@dataclass(frozen=True, slots=True)
class GaveUp:
    """The order may be ended without a link."""

    work: GiveUp


@dataclass(frozen=True, slots=True)
class Balanced:
    """What a link said of our stock, None when it gave no usable answer."""

    work: AskBalance
    stock: Stock | None


Done = Answered | Looked | GaveUp | Balanced
