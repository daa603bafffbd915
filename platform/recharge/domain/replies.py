"""What the engine answers: an order as it stands, balances, a day's recap, or a refusal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from recharge.domain.errors import Refusal
from recharge.domain.orders import FINAL_STATES, OrderKind, OrderState


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order as its owner may see it. Amounts in minor units, times aware UTC."""

    order_number: str
    kind: OrderKind
    state: OrderState
    party_code: str
    number: str
    carrier_code: str
    province: str
    face_minor: int
    price_minor: int
    delivered_minor: int | None
    serial_number: str
    failure: str
    business_date: date
    held_at: datetime
    ended_at: datetime | None

    @property
    def ended(self) -> bool:
        """Whether the outcome is known."""
        return self.state in FINAL_STATES


@dataclass(frozen=True, slots=True)
class RecapLine:
    """Count and sums of one kind and state on a business day."""

    kind: OrderKind
    state: OrderState
    count: int
    face_minor: int
    price_minor: int


@dataclass(frozen=True, slots=True)
class Reply:
    """The one answer to a request. `refusal` is None when it was done; `repeated` says that this reference had been answered before.

    `balance_minor` and `commission_minor` are, after the operation and where it tells them, those of the party whose order it is;
    of the asking party where there is no order.
    """

    refusal: Refusal | None = None
    order: OrderView | None = None
    orders: tuple[OrderView, ...] = ()
    balance_minor: int | None = None
    commission_minor: int | None = None
    recap: tuple[RecapLine, ...] = ()
    case_number: str = ""
    repeated: bool = False
    facts: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether the request was carried out (for a recharge: taken in, its outcome may still be open)."""
        return self.refusal is None


@dataclass(frozen=True, slots=True)
class Remembered:
    """One answered request of an endpoint. `order` is the order it made or spoke of, as it stands now.

    `code` is "" where it was carried out, the refusal's value where it was not, and "voided" for a reference used up before.
    """

    reference: str
    order: OrderView | None
    code: str


def refused(refusal: Refusal) -> Reply:
    """The reply that carries a refusal."""
    return Reply(refusal=refusal)
