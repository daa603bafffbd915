"""Recharge and bill payment, and what they share with every order: carried out under one reference, waited for, told."""

from collections.abc import Callable
from functools import partial

from ivr.dialogue.conversation import Confirmed, Conversation
from ivr.dialogue.password import changed_first
from ivr.steps import Talk, say, work
from ivr.voice import read_back
from recharge import BillPayment, Operation, OrderKind, OrderView, Recharge, Refusal, RefusalCode, Reply

WAIT_SECONDS = 4.0
_WAITS = 6
Make = Callable[[int], Operation]
"""The operation under a repeat mark."""


def sell(talk: Conversation, kind: OrderKind) -> Talk[None]:
    """Number, amount and password; read back and confirmed; ordered; the outcome told. Raises GoBack, Enough."""
    while True:
        number = yield from talk.number("enter/number", "back")
        prompt, check = _amount_of(talk, kind, number)
        amount_minor = yield from talk.amount(prompt, check)
        password = yield from talk.password()
        read = (read_back(kind), *talk.voice.digits(number), "read-back/amount", *talk.voice.money(amount_minor))
        if (yield from talk.confirm(*read)) is Confirmed.YES:
            break
    reply = yield from carry_out(talk, lambda mark: _sale(kind, number, amount_minor, mark), password)
    if reply is not None and reply.order is not None:
        yield from told(talk, reply.order, reply.balance_minor)


def carry_out(talk: Conversation, make: Make, password: str) -> Talk[Reply | None]:
    """Ask the engine, each new try under a new step of the call; None when it was not done, which the caller has heard.

    A password that was wrong is asked for again; a temporary one is changed first; the same order within minutes needs a word more.
    """
    mark = 0
    while True:
        yield from say("result/in-hand")
        reply = yield from work(partial(talk.desk.ask, make(mark), password, talk.desk.step()))
        refusal = reply.refusal
        if refusal is None:
            talk.done()
            return reply
        if refusal.code is RefusalCode.PASSWORD_MUST_CHANGE:
            password = yield from changed_first(talk, password)
        elif refusal.code is RefusalCode.WRONG_PASSWORD and refusal.facts.get("left") != 0:
            yield from talk.refused(refusal)
            password = yield from talk.password()
        elif refusal.code is RefusalCode.REPEATED_ORDER:
            if not (yield from _once_more(talk, refusal)):
                return None
            mark = int(refusal.facts["repeat_mark"])
        else:
            yield from _not_done(talk, refusal)
            return None


def told(talk: Conversation, order: OrderView, balance_minor: int | None = None) -> Talk[None]:
    """Wait for an order's end, with a word to the caller every few seconds, and tell it; or that it will come by SMS."""
    view = yield from ended(talk, order.order_number)
    if view is None:
        yield from say("result/later")
        return
    # After a failure the balance is another by now.
    balance = talk.voice.balance(balance_minor) if view.failure == "" and view.delivered_minor in (None, view.face_minor) else []
    yield from say(*talk.voice.ended(view), *balance)


def ended(talk: Conversation, order_number: str) -> Talk[OrderView | None]:
    """The order once it has come to rest; None when that takes too long for a telephone."""
    for number in range(_WAITS):
        view = yield from work(lambda: talk.desk.wait(order_number, WAIT_SECONDS))
        if view is not None and view.ended:
            return view
        if number < _WAITS - 1:
            yield from say("result/still")
    return None


def _amount_of(talk: Conversation, kind: OrderKind, number: str) -> tuple[str, Callable[[int], Refusal | None]]:
    if kind is OrderKind.BILL_PAYMENT:
        return "enter/bill-amount", lambda _: None
    return "enter/amount", lambda amount_minor: talk.desk.check_amount(number, amount_minor)


def _sale(kind: OrderKind, number: str, amount_minor: int, mark: int) -> Operation:
    if kind is OrderKind.BILL_PAYMENT:
        return BillPayment(number, amount_minor, mark)
    return Recharge(number, amount_minor, repeat_mark=mark)


def _once_more(talk: Conversation, refusal: Refusal) -> Talk[bool]:
    yield from say(*talk.voice.refusal(refusal))
    again = yield from talk.choice(["repeat"], "12", fresh=True)
    if again != "1":
        yield from say("result/cancelled")
    return again == "1"


def _not_done(talk: Conversation, refusal: Refusal) -> Talk[None]:
    if refusal.code is RefusalCode.BUSY:
        # Whether the commit came through before the database went away, nobody knows yet.
        yield from say("refusal/doubtful")
    else:
        talk.done()
        yield from talk.refused(refusal)
