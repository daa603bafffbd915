"""Balance, last order, and the latest order for a customer's number. With the password, too: a number alone proves nothing."""

from functools import partial

from ivr.dialogue.conversation import Conversation
from ivr.dialogue.password import changed_first
from ivr.steps import Talk, say, work
from recharge import Balance, LastOrder, Operation, OrderEnquiry, RefusalCode, Reply


def balance(talk: Conversation) -> Talk[None]:
    """Deposit and commission. Raises GoBack, Enough."""
    password = yield from talk.password()
    found = yield from enquire(talk, Balance(), password)
    if found is None:
        return
    reply, _ = found
    commission = [] if reply.commission_minor is None else ["result/commission", *talk.voice.money(reply.commission_minor)]
    yield from say(*talk.voice.balance(reply.balance_minor), *commission)


def last_order(talk: Conversation) -> Talk[None]:
    """The latest order of any kind. Raises GoBack, Enough."""
    password = yield from talk.password()
    yield from _tell(talk, LastOrder(), password)


def by_number(talk: Conversation) -> Talk[None]:
    """The latest order for a customer's number. Raises GoBack, Enough."""
    number = yield from talk.number("enter/number", "back")
    password = yield from talk.password()
    yield from _tell(talk, OrderEnquiry(number=number), password)


def enquire(talk: Conversation, operation: Operation, password: str) -> Talk[tuple[Reply, str] | None]:
    """The answer and the password that opened it; None when it was refused, which the caller has heard. Raises GoBack, Enough."""
    while True:
        reply = yield from work(partial(talk.desk.ask, operation, password))
        refusal = reply.refusal
        if refusal is None:
            talk.done()
            return reply, password
        if refusal.code is RefusalCode.PASSWORD_MUST_CHANGE:
            password = yield from changed_first(talk, password)
        elif refusal.code is RefusalCode.WRONG_PASSWORD and refusal.facts.get("left") != 0:
            yield from talk.refused(refusal)
            password = yield from talk.password()
        else:
            yield from talk.refused(refusal)
            return None


def _tell(talk: Conversation, operation: Operation, password: str) -> Talk[None]:
    found = yield from enquire(talk, operation, password)
    if found is not None and found[0].order is not None:
        yield from say(*talk.voice.order(found[0].order))
