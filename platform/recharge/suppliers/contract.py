"""What every supplier link is and does: the one interface between the dispatcher and whatever delivers airtime (docs/suppliers.md)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.clock import Clock
from recharge.domain.numbers import masked
from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.domain.reply_rules import Reply
from recharge.domain.routing import Reason
from recharge.suppliers.replies import ReplyReader

LONGEST_RAW, LONGEST_TEXT = 2000, 200


@dataclass(frozen=True, slots=True)
class StatementTimes:
    """When a supplier's daily statement can be had: its days are local dates in `zone`, ready from `ready` of the following day."""

    zone: ZoneInfo
    ready: time

    def day_of(self, moment: datetime) -> date:
        """The supplier's accounting day of an aware moment."""
        return moment.astimezone(self.zone).date()

    def ready_at(self, day: date) -> datetime:
        """From when the statement of a day can be asked for."""
        return datetime.combine(day + timedelta(days=1), self.ready, self.zone)

    def days(self, first: datetime, last: datetime) -> tuple[date, ...]:
        """All accounting days from one moment to another, both included."""
        start, count = self.day_of(first), (self.day_of(last) - self.day_of(first)).days + 1
        return tuple(start + timedelta(days=number) for number in range(count))


@dataclass(frozen=True, slots=True)
class Caps:
    """What a link can do, and how long after sending a "not found" still says nothing (`settle_window`)."""

    query: bool
    reverse: bool
    balance: bool
    statement: StatementTimes | None
    callback: bool
    idempotent_submit: bool
    partial: bool
    settle_window: timedelta
    answers_within: timedelta


@dataclass(frozen=True, slots=True)
class AttemptOrder:
    """What a link needs to know of an attempt.

    `reference` is our outgoing reference (the attempt's id in decimal), unique for ever. `original_reference` names the attempt to be
    taken back when this is a reversal, else it is "". `number` is in national digits, `face_minor` in minor units, `at` is when the
    attempt was claimed (aware UTC). `supplier_reference` is the supplier's own number of the attempt asked about, or of the one to be
    taken back; "" where it never told one.
    """

    reference: str
    number: str
    face_minor: int
    kind: OrderKind
    carrier_code: str
    at: datetime
    original_reference: str = ""
    supplier_reference: str = ""


@dataclass(frozen=True, slots=True)
class Stock:
    """What a supplier says we hold there, in minor units; `reserved_minor` of it is set aside for orders in process."""

    free_minor: int
    reserved_minor: int
    at: datetime


class StatementKind(StrEnum):
    """What a line of a statement speaks of."""

    RECHARGE = "recharge"
    BILL_PAYMENT = "bill_payment"
    REVERSAL = "reversal"


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One order in a supplier's daily statement. Amounts in minor units, negative for reversals; `state` is SUCCESS or REVERSED."""

    kind: StatementKind
    reference: str
    original_reference: str
    supplier_reference: str
    serial_number: str
    number: str
    amount_minor: int
    charged_minor: int
    delivered_minor: int
    state: OutcomeState
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class RawCallback:
    """A callback as it came over HTTP; header names in lower case, `query` as it stood in the address, still encoded."""

    headers: Mapping[str, str]
    body: bytes
    query: str = ""


@dataclass(frozen=True, slots=True)
class Callback:
    """What a genuine callback says: our reference, the outcome, and the body that acknowledges it."""

    reference: str
    outcome: Outcome
    acknowledgement: bytes


class ForgedCallback(Exception):
    """The callback does not come from the supplier, or not lately: signature, partner or time is wrong."""


class BadCallback(Exception):
    """The callback is signed but does not say anything we understand."""


class CannotTell(Exception):
    """A question that moves no money (balance, statement) got no usable answer. Nothing may be concluded from it."""


class StatementNotReady(CannotTell):
    """The supplier has no statement of that day, or not yet."""


class LinkMisconfigured(Exception):
    """A link's settings or secret cannot be used; the message says which, never their values."""


class SupplierLink(Protocol):
    """A way out. No method raises for what a supplier says or does not say, except where named.

    Laws held by the contract test over all kinds: NOT_SENT only when no byte of the request can have reached the supplier, or the
    supplier's own signed word for it; anything after the first byte that is not understood in full is UNKNOWN; no method repeats a
    submit by itself; `raw` carries no full number and no secret.
    """

    @property
    def caps(self) -> Caps:
        """What this link can do."""
        ...

    async def submit(self, order: AttemptOrder) -> Outcome:
        """Ask for a recharge or bill payment, once. Gives NOT_SENT, ACCEPTED, SUCCESS, FAILED, REVERSED or UNKNOWN. Raises nothing."""
        ...

    async def query(self, order: AttemptOrder) -> Outcome:
        """Ask what became of an attempt. Gives NOT_FOUND, ACCEPTED, SUCCESS, FAILED, REVERSED or UNKNOWN (also when the question itself
        was not sent: that says nothing of the order). A link that cannot be asked gives UNKNOWN. Raises nothing."""
        ...

    async def reverse(self, order: AttemptOrder) -> Outcome:
        """Ask to take `original_reference` back, once. Gives NOT_SENT, ACCEPTED, SUCCESS (taken back), FAILED (it stands) or UNKNOWN.
        A link that cannot take back gives FAILED. Raises nothing."""
        ...

    async def balance(self) -> Stock:
        """What we hold there. Raises CannotTell."""
        ...

    async def statement(self, day: date) -> Sequence[StatementLine]:
        """The whole statement of an accounting day, checked. Raises StatementNotReady, or CannotTell when it is wrong in any part."""
        ...

    def read_callback(self, raw: RawCallback) -> Callback:
        """Verify and read a callback; no network, no database. Raises ForgedCallback or BadCallback."""
        ...

    async def close(self) -> None:
        """Give connections back. Raises nothing."""
        ...


@runtime_checkable
class Gated(Protocol):
    """A link that knows by itself, before it is asked, whether an order can go through it now (a chip that must rest)."""

    def objection(self, number: str, face_minor: int, now: datetime) -> Reason | None:
        """What speaks against an order to this number; None when nothing does. Asked at each claim: quick, no network, no database."""
        ...


@runtime_checkable
class Rereads(Protocol):
    """A link whose replies are texts: what one proves that nobody could read when it came."""

    def reread(self, reference: str, number: str, text: str, told: Reply) -> Outcome | None:
        """The outcome for the attempt of this reference and customer's number; None where the text speaks of another, or of nobody."""
        ...


Tell = Callable[["Told"], None]


@dataclass(frozen=True, slots=True)
class Told:
    """An outcome that a link learned by itself, long after it was asked. `kept` is called when it stands in the books."""

    link_code: str
    reference: str
    outcome: Outcome
    kept: Callable[[], None]


@dataclass(frozen=True, slots=True)
class LinkDesk:
    """What a link that keeps books of its own needs: the database, ids, and whom it tells what it learns by itself (from any thread)."""

    database: Database
    ids: IdMaker
    tell: Tell


@dataclass(frozen=True, slots=True)
class LinkParts:
    """What a link is made from: its code, its settings as stored with it, its secret, the time, and what replies are read with.

    `minor_digits` are the digits of the currency's minor unit: a link whose supplier counts in whole units refuses what it cannot say.
    `desk` is there where orders are sent; without it a link is made to be looked at, and starts nothing.
    """

    code: str
    settings: Mapping[str, object]
    secret: bytes = field(repr=False)
    clock: Clock
    desk: LinkDesk | None = field(default=None, repr=False, kw_only=True)
    replies: ReplyReader = field(default_factory=ReplyReader, repr=False)
    minor_digits: int = 2


LinkMaker = Callable[[LinkParts], SupplierLink]
"""Makes one link. Raises LinkMisconfigured."""


def masked_raw(text: str, *numbers: str) -> str:
    """A supplier's answer as people may see it: the customers' numbers masked, cut to LONGEST_RAW characters."""
    for number in numbers:
        if number:
            text = text.replace(number, masked(number))
    return text[:LONGEST_RAW]
