"""How pages ask the engine: every request goes out here, in the name of who is signed in, under the form's own reference."""

from recharge import (
    Balance,
    Channel,
    EndpointKind,
    LatestOrders,
    Operation,
    OrderEnquiry,
    OrderView,
    Origin,
    Refusal,
    RefusalCode,
    Reply,
    Request,
    ServicePassword,
    SignedIn,
)
from web.auth import signed_in
from web.i18n import language
from web.site import site

_LONGEST_SHOWN = 20


def origin(reference: str = "") -> Origin:
    """Where this request's questions come from."""
    return Origin(Channel.WEB, EndpointKind.WEB_LOGIN, signed_in().endpoint.identity, reference)


def ask(operation: Operation, reference: str = "", password: str | None = None) -> Reply:
    """Put one operation to the engine. Never raises for a refusal. Reads need no reference."""
    credential = SignedIn() if password is None else ServicePassword(password)
    return site().engine.take(Request(origin(reference), credential, operation, language()))


def answer(operation: Operation) -> Reply:
    """The same for what a page cannot do without: raises the Refusal."""
    reply = ask(operation)
    if reply.refusal is not None:
        raise reply.refusal
    return reply


def told(reference: str) -> Reply:
    """What became of the request of a form's reference: `repeated` says that there was one."""
    return site().engine.tell(origin(reference))


def own_order(order_number: str) -> OrderView:
    """One of the asking party's own orders. Raises Refusal(UNKNOWN_ORDER) for any other, whether it exists or not.

    Every page that shows or touches an order gets it here. The engine looks at whose it is; the answer is looked at once more.
    """
    reply = ask(OrderEnquiry(order_number=order_number))
    if reply.refusal is not None and reply.refusal.code is not RefusalCode.UNKNOWN_ORDER:
        raise reply.refusal
    if reply.order is None or reply.order.party_code != signed_in().endpoint.party.code:
        # The same words for an order of somebody else and for one that nobody has.
        raise Refusal(RefusalCode.UNKNOWN_ORDER, {"order_number": order_number[:_LONGEST_SHOWN]})
    return reply.order


def latest_orders(count: int) -> tuple[OrderView, ...]:
    """The asking party's latest orders, newest first."""
    return answer(LatestOrders(count)).orders


def balances() -> Reply:
    """The asking party's deposit and commission."""
    return answer(Balance())
