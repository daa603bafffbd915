"""Same-day reversal and transfer: money that goes another way than out."""

from ivr.dialogue.conversation import Confirmed, Conversation
from ivr.dialogue.enquiries import enquire
from ivr.dialogue.orders import carry_out, ended
from ivr.steps import Talk, say, work
from recharge import OrderEnquiry, OrderState, Reverse, Transfer


def reverse(talk: Conversation) -> Talk[None]:
    """The latest order for a number is looked up, read back, and taken back. Raises GoBack, Enough."""
    while True:
        number = yield from talk.number("enter/number", "back")
        password = yield from talk.password()
        found = yield from enquire(talk, OrderEnquiry(number=number), password)
        if found is None:
            return
        reply, password = found
        order = reply.order
        if order is None:
            return
        read = ("read-back/reverse", *talk.voice.digits(order.number), "read-back/amount", *talk.voice.money(order.face_minor))
        if (yield from talk.confirm(*read)) is Confirmed.YES:
            break
    # By its own number: an order that came in between is not the one that was read back.
    done = yield from carry_out(talk, lambda _: Reverse(order_number=order.order_number), password)
    if done is None:
        return
    view = yield from ended(talk, order.order_number)
    if view is None:
        yield from say("result/later")
    else:
        yield from say("result/reversed" if view.state is OrderState.REVERSED else "result/not-reversed")


def transfer(talk: Conversation) -> Talk[None]:
    """Money to another party. Raises GoBack, Enough."""
    while True:
        keyed = yield from talk.party()
        amount_minor = yield from talk.amount("enter/bill-amount", lambda _: None)
        password = yield from talk.password()
        read = ("read-back/transfer", *talk.voice.digits(keyed), "read-back/amount", *talk.voice.money(amount_minor))
        if (yield from talk.confirm(*read)) is Confirmed.YES:
            break
    party = yield from work(lambda: talk.desk.other_party(keyed))
    done = yield from carry_out(talk, lambda _: Transfer(party, amount_minor), password)
    if done is not None:
        yield from say("result/transferred", *talk.voice.balance(done.balance_minor))
