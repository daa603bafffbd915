"""What a channel asks the engine: where it came from, who vouches for it, and one typed operation."""

import hashlib
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import get_args


class Channel(StrEnum):
    """Ways in. The value is stored with every order."""

    WEB = "web"
    STK = "stk"
    SMS = "sms"
    USSD = "ussd"
    IVR = "ivr"
    POS = "pos"
    MESSENGER = "messenger"
    PARTNER = "partner"
    CONSOLE = "console"
    SETTLEMENT = "settlement"


class EndpointKind(StrEnum):
    """What a request can be tied to: the thing in the agent's hand, never merely a caller's number as proof."""

    STK_SIM = "stk_sim"
    PHONE_LINE = "phone_line"
    POS_TERMINAL = "pos_terminal"
    WEB_LOGIN = "web_login"
    PARTNER_KEY = "partner_key"
    CONSOLE = "console"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from.

    `identity` names the endpoint within its kind (ICCID, line number, terminal number, user name, key id). `reference` is the
    caller's own key for this request, at most 64 ASCII characters, used once for ever per endpoint: the SIM's nonce, the terminal's
    batch and trace, the call's id and step, the form's token, the partner's number.
    """

    channel: Channel
    kind: EndpointKind
    identity: str
    reference: str
    message_id: str = ""

    @property
    def endpoint(self) -> tuple[EndpointKind, str]:
        """The endpoint by its name."""
        return (self.kind, self.identity)


@dataclass(frozen=True, slots=True)
class ServicePassword:
    """The short password an agent keys with an order. Its text never appears in a log or a repr."""

    digits: str

    def __repr__(self) -> str:
        return "ServicePassword(***)"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The channel has proved who this is by means of its own (a web session, a partner's signature, a staff console)."""


Credential = ServicePassword | SignedIn


@dataclass(frozen=True, slots=True)
class Recharge:
    """Airtime for a customer's number: an open amount in minor units, or a product code as agents type it (S10)."""

    number: str
    amount_minor: int | None = None
    product_code: str | None = None
    repeat_mark: int = 0


@dataclass(frozen=True, slots=True)
class BillPayment:
    """A post-paid customer's bill (缴费): an open amount in minor units."""

    number: str
    amount_minor: int
    repeat_mark: int = 0


@dataclass(frozen=True, slots=True)
class Reverse:
    """Same-day reversal (返销) of an order, named by its number or as the last one for a customer's number."""

    order_number: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Deposit:
    """Money that finance saw arrive, credited to a party's account. `evidence` (bank line, receipt) is used once for ever. `bank` is the
    code of the bank account it came to, where that has an account of its own in the books."""

    party_code: str
    amount_minor: int
    evidence: str
    bank: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money from the asking party's deposit to another party's, up or down its own tree."""

    to_party_code: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ReverseTransfer:
    """The transfer taken back, while the receiver still has the money and the day has not closed."""

    order_number: str


@dataclass(frozen=True, slots=True)
class CommissionToDeposit:
    """Accrued commission moved to the party's own deposit; all that has been rolled up when no amount is given."""

    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """The asking party's deposit and commission."""


@dataclass(frozen=True, slots=True)
class OrderEnquiry:
    """One of the asking party's orders, by its number or as the latest for a customer's number."""

    order_number: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class LastOrder:
    """The asking party's latest order of any kind."""


@dataclass(frozen=True, slots=True)
class LatestOrders:
    """The asking party's latest orders, newest first, at most 50."""

    count: int = 10


@dataclass(frozen=True, slots=True)
class DayRecap:
    """Counts and sums of the asking party's business day, by state."""


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """A new service password; the old one is the request's credential."""

    new_digits: str

    def __repr__(self) -> str:
        return "ChangePassword(***)"


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """Staff sets a temporary service password for a party or person; its owner must change it before anything else."""

    party_code: str
    temporary_digits: str
    person_code: str | None = None

    def __repr__(self) -> str:
        return f"ResetPassword({self.party_code!r}, ***)"


@dataclass(frozen=True, slots=True)
class Complaint:
    """An agent's complaint on an order."""

    order_number: str
    text: str


@dataclass(frozen=True, slots=True)
class ProposeAdjustment:
    """The maker's half of an adjustment: credit (positive) or debit (negative) a party's deposit in minor units."""

    party_code: str
    amount_minor: int
    reason: str


@dataclass(frozen=True, slots=True)
class Booking:
    """Money moved between two of our own accounts because of what a bank or a carrier did (domain/account_names.py names them).

    `evidence` counts once for ever. A person of finance proposes it for another to decide; settlement itself books commission by rule.
    """

    debited: str
    credited: str
    amount_minor: int
    reason: str
    evidence: str


@dataclass(frozen=True, slots=True)
class ProposeAdjudication:
    """The maker's half of ending an order whose outcome is unknown, with the evidence a person has."""

    order_number: str
    succeeded: bool
    reason: str
    serial_number: str = ""


@dataclass(frozen=True, slots=True)
class DecideCase:
    """The checker's half: a proposal is carried out or rejected by somebody other than its maker."""

    case_number: str
    approve: bool


@dataclass(frozen=True, slots=True)
class Void:
    """A tombstone: the request of this reference is to be refused if it ever arrives (a terminal's reversal that overtook its order)."""


Operation = (
    Recharge
    | BillPayment
    | Reverse
    | Deposit
    | Transfer
    | ReverseTransfer
    | CommissionToDeposit
    | Balance
    | OrderEnquiry
    | LastOrder
    | LatestOrders
    | DayRecap
    | ChangePassword
    | ResetPassword
    | Complaint
    | ProposeAdjustment
    | Booking
    | ProposeAdjudication
    | DecideCase
    | Void
)


_NAMES: dict[type, tuple[str, ...]] = {kind: tuple(item.name for item in fields(kind)) for kind in get_args(Operation)}


@dataclass(frozen=True, slots=True)
class Request:
    """One thing asked by one endpoint under one reference."""

    origin: Origin
    credential: Credential
    operation: Operation
    language: str | None = None


LARGEST_MINOR = 10**15
"""No amount or count beyond this is real; sums of thousands of them still fit the books' columns."""
_LONGEST_LANGUAGE = 24


def is_storable(request: Request) -> bool:
    """Whether both databases can hold every text and number of a request; any other is refused before it is looked at."""
    origin, credential = request.origin, request.credential
    texts = [origin.identity, origin.reference, origin.message_id, request.language or ""]
    texts.append(credential.digits if isinstance(credential, ServicePassword) else "")
    values = [getattr(request.operation, name) for name in _NAMES[type(request.operation)]]
    texts += [value for value in values if isinstance(value, str)]
    small = all(abs(value) <= LARGEST_MINOR for value in values if isinstance(value, int))
    # Joined by what is no half of a pair, so that two halves from two texts do not meet.
    return small and len(request.language or "") <= _LONGEST_LANGUAGE and _is_text("\n".join(texts))


def _is_text(value: str) -> bool:
    """Half a surrogate pair is no character: it cannot be written down."""
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


READ_ONLY = (Balance, OrderEnquiry, LastOrder, LatestOrders, DayRecap)
"""Operations that may come without a reference; they are then answered and not remembered."""

SECRET_FIELDS = frozenset({"new_digits", "temporary_digits"})
# They say nothing while they are empty: what was asked before they were there is still the same body.
_LATER_FIELDS = frozenset({"bank"})


def body_hash(operation: Operation) -> bytes:
    """16 bytes that tell one body from another.

    The credential is no part of it: a password corrected under the same reference is still the same request, and still gets the
    first answer. New passwords are left out too, so that no digest of a short secret is stored.
    """
    if isinstance(operation, Void):
        return bytes(16)
    parts = [type(operation).__name__]
    told = ((name, getattr(operation, name)) for name in _NAMES[type(operation)] if name not in SECRET_FIELDS)
    parts += [f"{name}={value!r}" for name, value in told if value or name not in _LATER_FIELDS]
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).digest()
