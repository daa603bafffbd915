"""A call from the greeting to the goodbye: the menu, and what becomes of wrong keys."""

from collections.abc import Callable, Mapping
from functools import partial

from ivr.dialogue import changes, enquiries, orders, password
from ivr.dialogue.conversation import Conversation, Enough, GoBack
from ivr.steps import Talk, say
from recharge import Endpoint, OrderKind, RefusalCode

_MENU = (
    "menu/recharge",
    "menu/bill",
    "menu/balance",
    "menu/last",
    "menu/by-number",
    "menu/reverse",
    "menu/transfer",
    "menu/password",
    "menu/end",
)
_END = "0"
BUSINESSES: Mapping[str, Callable[[Conversation], Talk[None]]] = {
    "1": partial(orders.sell, kind=OrderKind.RECHARGE),
    "2": partial(orders.sell, kind=OrderKind.BILL_PAYMENT),
    "3": enquiries.balance,
    "4": enquiries.last_order,
    "5": enquiries.by_number,
    "6": changes.reverse,
    "7": changes.transfer,
    "8": password.change,
}


def call(talk: Conversation, endpoint: Endpoint | None) -> Talk[None]:
    """One call of the line that `endpoint` stands for; a line that nobody registered is told so."""
    if endpoint is None:
        yield from say(f"refusal/{RefusalCode.UNKNOWN_ENDPOINT.value}")
    elif endpoint.stopped:
        yield from say(f"refusal/{RefusalCode.BLOCKED.value}")
    else:
        yield from say("greeting")
        yield from _businesses(talk)


def _businesses(talk: Conversation) -> Talk[None]:
    fresh = False
    while True:
        try:
            key = yield from talk.choice(_MENU, _END + "".join(BUSINESSES), fresh=fresh)
            if key == _END:
                yield from say("bye")
                return
            yield from BUSINESSES[key](talk)
        except GoBack:
            yield from say("result/cancelled")
        except Enough:
            yield from say("bad/too-many")
            return
        # What was keyed ahead was meant for the business that is over; its result is to be heard.
        fresh = True
