"""An engine of a few lines that keeps the door's promises in memory, so that pages can be shown every odd answer on demand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from recharge import (
    Balance,
    ChangePassword,
    Complaint,
    DayRecap,
    Endpoint,
    EndpointKind,
    LatestOrders,
    OrderEnquiry,
    OrderKind,
    OrderState,
    OrderView,
    Origin,
    Party,
    Person,
    RecapLine,
    Recharge,
    Recognised,
    Refusal,
    RefusalCode,
    Reply,
    Request,
    Reverse,
    Role,
    ServicePassword,
)
from recharge.domain.parties import PartyKind

NOW = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
SAMPLE = "13800138000"
LOGIN_PASSWORD = "a long login password"
SERVICE_PASSWORD = "271828"


def point(code: str = "P1001", name: str = "朝阳路通讯店", language: str = "zh_CN") -> Party:
    """An agent point."""
    number = int(code[1:])
    return Party(number, code, name, PartyKind.POINT, 1, f"/1/{number}/", 1, None, None, language, False, number * 10, number * 10 + 1)


def login(identity: str = "chaoyang", party: Party | None = None, role: Role = Role.OWNER, number: int = 1) -> Endpoint:
    """A web login of a point."""
    party = party or point()
    person = Person(number, f"E{number}", "王小红", party.id, role, False)
    return Endpoint(number, EndpointKind.WEB_LOGIN, identity, party, person, 1, "", party.language, False)


def order_view(sequence: int, **changes: Any) -> OrderView:
    """A recharge of the sample number, just taken in."""
    taken = OrderView(
        order_number=str(100_000_000 + sequence),
        kind=OrderKind.RECHARGE,
        state=OrderState.HELD,
        party_code="P1001",
        number=SAMPLE,
        carrier_code="CMCC",
        province="北京",
        face_minor=5000,
        price_minor=4950,
        delivered_minor=None,
        serial_number="",
        failure="",
        business_date=date(2026, 11, 21),
        held_at=NOW,
        ended_at=None,
    )
    return replace(taken, **changes)


@dataclass(frozen=True, slots=True)
class Told:
    """One message of an order, as far as the pages look at it."""

    text: str
    recipient: str = "agent"
    state: str = "sent"
    created_at: datetime = NOW


@dataclass(slots=True)
class FakeEngine:
    """What the pages see of an engine. `refuse_next` holds the refusals of the next requests; `away` plays a lost database."""

    logins: dict[int, Endpoint] = field(default_factory=dict)
    orders: dict[str, OrderView] = field(default_factory=dict)
    memory: dict[tuple[str, str], Reply] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    refuse_next: list[Refusal] = field(default_factory=list)
    messages_by_order: dict[str, list[Told]] = field(default_factory=dict)
    sign_ins: list[str] = field(default_factory=list)
    next_state: OrderState = OrderState.HELD
    balance_minor: int = 100_000
    away: bool = False
    waits: list[float] = field(default_factory=list)
    leaks: bool = False
    # Deposit tickets are opened over it; here by a provider that needs none.
    database: Any = None

    def sign_in(self, username: str, password: str) -> Endpoint:
        self.sign_ins.append(username)
        self._check_here()
        if self.refuse_next:
            raise self.refuse_next.pop(0)
        for endpoint in self.logins.values():
            if endpoint.identity == username and password == LOGIN_PASSWORD:
                return endpoint
        raise Refusal(RefusalCode.WRONG_PASSWORD, {"left": 4})

    def endpoint(self, endpoint_id: int) -> Endpoint | None:
        return self.logins.get(endpoint_id)

    def recognise(self, typed: str) -> Recognised:
        digits = "".join(character for character in typed if character.isdigit())
        if len(digits) != 11:
            raise Refusal(RefusalCode.BAD_NUMBER, {"number": typed[:20]})
        if digits.startswith("199"):
            raise Refusal(RefusalCode.UNKNOWN_RANGE, {"number": digits})
        return Recognised(digits, "CMCC", "中国移动", "" if digits.startswith("137") else "北京")

    def amounts(self, typed_number: str) -> tuple[int, ...]:
        return () if self.recognise(typed_number).number.startswith("136") else (1000, 2000, 3000, 5000, 10000, 20000)

    def quote(self, origin: Origin, number: str, amount_minor: int) -> int:
        return amount_minor * 99 // 100

    def messages_of(self, order_number: str) -> Sequence[Told]:
        return self.messages_by_order.get(order_number, [])

    def wait(self, order_number: str, timeout: float) -> OrderView:
        self.waits.append(timeout)
        return self.orders[order_number]

    def tell(self, origin: Origin) -> Reply:
        known = self.memory.get((origin.identity, origin.reference))
        return Reply(refusal=Refusal(RefusalCode.UNKNOWN_ORDER)) if known is None else replace(known, repeated=True)

    def take(self, request: Request) -> Reply:
        self.asked.append(request)
        if self.away:
            return Reply(refusal=Refusal(RefusalCode.BUSY))
        key = (request.origin.identity, request.origin.reference)
        if request.origin.reference and key in self.memory:
            return replace(self.memory[key], repeated=True)
        reply = self._fresh(request)
        if request.origin.reference and not (reply.refusal and reply.refusal.code is RefusalCode.BUSY):
            self.memory[key] = reply
        return reply

    def _fresh(self, request: Request) -> Reply:
        reads = isinstance(request.operation, Balance | LatestOrders | OrderEnquiry | DayRecap)
        if self.refuse_next and not reads:
            return Reply(refusal=self.refuse_next.pop(0))
        wrong = isinstance(request.credential, ServicePassword) and request.credential.digits != SERVICE_PASSWORD
        if wrong:
            return Reply(refusal=Refusal(RefusalCode.WRONG_PASSWORD, {"left": 4}))
        handlers: dict[type, Callable[[Request, Any], Reply]] = {
            Recharge: self._recharge,
            Balance: lambda _request, _operation: Reply(balance_minor=self.balance_minor, commission_minor=1234),
            LatestOrders: self._latest,
            OrderEnquiry: self._enquiry,
            DayRecap: lambda _request, _operation: Reply(recap=(RecapLine(OrderKind.RECHARGE, OrderState.SUCCEEDED, 3, 15000, 14850),)),
            Reverse: self._reverse,
            Complaint: lambda _request, _operation: Reply(case_number="7"),
            ChangePassword: lambda _request, _operation: Reply(),
        }
        return handlers[type(request.operation)](request, request.operation)

    def _recharge(self, request: Request, operation: Recharge) -> Reply:
        order = order_view(
            len(self.orders) + 1,
            number=operation.number,
            face_minor=operation.amount_minor or 0,
            price_minor=(operation.amount_minor or 0) * 99 // 100,
            party_code=self._party_code(request),
        )
        self.put(order)
        self.balance_minor -= order.price_minor
        reply = Reply(order=order)
        self.put(ended(order, self.next_state))
        return reply

    def _latest(self, request: Request, operation: LatestOrders) -> Reply:
        own = [order for order in self.orders.values() if order.party_code == self._party_code(request)]
        return Reply(orders=tuple(reversed(own))[: operation.count])

    def _enquiry(self, request: Request, operation: OrderEnquiry) -> Reply:
        for order in reversed(self.orders.values()):
            mine = self.leaks or order.party_code == self._party_code(request)
            if mine and (order.order_number == operation.order_number or (operation.number and order.number == operation.number)):
                return Reply(order=order)
        return Reply(refusal=Refusal(RefusalCode.UNKNOWN_ORDER, {"order_number": operation.order_number or ""}))

    def _reverse(self, request: Request, operation: Reverse) -> Reply:
        order = replace(self.orders[operation.order_number or ""], state=OrderState.REVERSING)
        self.put(order)
        return Reply(order=order)

    def _party_code(self, request: Request) -> str:
        return next(item.party.code for item in self.logins.values() if item.identity == request.origin.identity)

    def _check_here(self) -> None:
        if self.away:
            raise Refusal(RefusalCode.BUSY)

    def put(self, order: OrderView) -> OrderView:
        """Keep an order, in place of what it was before."""
        self.orders[order.order_number] = order
        return order


def ended(order: OrderView, state: OrderState) -> OrderView:
    """An order as it stands when a carrier has said something."""
    if state is OrderState.SUCCEEDED:
        return replace(order, state=state, serial_number="CM20261121000123", ended_at=order.held_at + timedelta(seconds=2))
    if state is OrderState.FAILED:
        return replace(order, state=state, failure="3001", ended_at=order.held_at + timedelta(seconds=2))
    return replace(order, state=state)
