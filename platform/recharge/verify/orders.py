"""Checks of single orders against their entries, attempts and messages: I4 order by order, I5, I6, I8, I9 and I14."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from recharge.verify.findings import Detail, Facts
from recharge.verify.findings import lazy_gettext as _
from recharge.verify.legs import END, HOLD, REVERSAL, Accounts, expected, held_now
from recharge.verify.lives import ENDED, OPEN, OUTWARD, Legs, Life
from recharge.verify.reader import Books, text_of

OPEN_FOR = timedelta(minutes=15)
# Of a message, as the outbox says it: delivered is sent, and more.
_ON_ITS_WAY = frozenset({"waiting", "sent", "delivered"})


def held_by_order(life: Life, accounts: Accounts) -> Iterator[Detail]:
    """I4 of one order: the hold account has its price while it is open, and nothing when it is not."""
    hold = accounts.of("hold")
    held = sum(legs.get(hold, 0) for legs in life.legs.values())
    if held != held_now(life):
        yield Detail(_("订单{order}冻结{held}，应为{wanted}"), {"order": life.id, "held": held, "wanted": held_now(life)})


def ended_once(life: Life, accounts: Accounts) -> Iterator[Detail]:
    """I5 of one order: known steps only, one end, and a reversal only of what was settled."""
    hold, deposit = accounts.of("hold"), accounts.of("deposit", life.party_id)
    steps = sorted({*life.entries, *life.legs})
    for step in steps:
        if step not in {HOLD, END, REVERSAL}:
            yield Detail(_("订单{order}有不认识的第{step}步"), {"order": life.id, "step": step})
    if not life.outward:
        return
    if sum(1 for legs in life.legs.values() if legs.get(hold, 0) < 0) > 1:
        yield Detail(_("订单{order}结束了两次"), {"order": life.id})
    given_back = [step for step in steps if step != HOLD and life.legs[step].get(deposit, 0) >= life.price_minor > 0]
    if len(given_back) > 1:
        yield Detail(_("订单{order}退款{count}次"), {"order": life.id, "count": len(given_back)})


def posted_once(books: Books) -> Iterator[Detail]:
    """I5 of the tables: (order, step) and (order, step, account) are there once, whatever became of the unique keys."""
    text = "SELECT order_id, step, COUNT(*) FROM {} GROUP BY order_id, step{} HAVING COUNT(*) > 1"
    for table, more in (("entry", ""), ("posting", ", account_id")):
        for order_id, step, count in books.rows(text.format(table, more)):
            yield Detail(_("订单{order}第{step}步记了{count}次"), {"order": order_id, "step": step, "count": count})


def right_legs(life: Life, accounts: Accounts) -> Iterator[Detail]:
    """I6 of one order: each step's legs are those derived from the order alone, and no step is there that should not be."""
    wanted = expected(life, accounts)
    for step in sorted({*wanted, *life.legs}):
        choices = wanted.get(step, [{}])
        found = life.legs.get(step, {})
        if found not in choices:
            yield from _differences(life.id, step, found, choices[0] if choices else {})


def _differences(order_id: int, step: int, found: Legs, wanted: Legs) -> Iterator[Detail]:
    for account in sorted({*found, *wanted}):
        amount, should = found.get(account, 0), wanted.get(account, 0)
        if amount != should:
            facts: Facts = {"order": order_id, "step": step, "account": account, "amount": amount, "wanted": should}
            yield Detail(_("订单{order}第{step}步账户{account}为{amount}，应为{wanted}"), facts)


def credited_once(life: Life) -> Iterator[Detail]:
    """I8 of one order: at most one attempt was carried out, by its state and by what was answered."""
    done = {attempt.id for attempt in life.submits() if attempt.state == "succeeded"}
    if "quarantine" not in life.events:
        submits = {attempt.id for attempt in life.submits()}
        done |= {answer.attempt_id for answer in life.answers if answer.state == "success" and answer.attempt_id in submits}
    if len(done) > 1:
        yield Detail(_("订单{order}有{count}次尝试成功"), {"order": life.id, "count": len(done)})


def looked_after(life: Life, now: datetime) -> Iterator[Detail]:
    """I9, the breach: an order that is not at rest and that nobody will look at, or nobody has looked at for too long."""
    if not life.outward or (life.state not in OPEN and life.state != "reversing"):
        return
    facts: Facts = {"order": life.id, "state": life.state, "since": life.held_at}
    if life.due_at is None:
        yield Detail(_("订单{order}在{state}，没有下次跟进时间"), facts)
    elif life.due_at < text_of(now - OPEN_FOR):
        yield Detail(_("订单{order}在{state}，应在{due}跟进而无人跟进"), {**facts, "due": life.due_at})


def open_long(life: Life, now: datetime) -> Iterator[Detail]:
    """I9, the list: orders open for longer than OPEN_FOR. The carrier may be away; that alone is no breach."""
    if life.outward and life.state in OPEN and life.held_at < text_of(now - OPEN_FOR):
        facts: Facts = {"order": life.id, "state": life.state, "since": life.held_at}
        yield Detail(_("订单{order}自{since}起为{state}"), facts)


def told(life: Life) -> Iterator[Detail]:
    """I14 of one order: the message of its end is there, waiting, sent or delivered, and none of an end it never had."""
    if life.kind not in OUTWARD:
        return
    wanted = _messages_due(life)
    ends = {"succeeded", "partial", "failed", "reversed"}
    for kind in sorted(wanted - set(life.messages)):
        yield Detail(_("订单{order}缺消息{kind}"), {"order": life.id, "kind": kind})
    for kind in sorted((set(life.messages) & ends) - wanted):
        yield Detail(_("订单{order}有不该有的消息{kind}"), {"order": life.id, "kind": kind})
    for kind in sorted(wanted & set(life.messages)):
        if life.messages[kind] not in _ON_ITS_WAY:
            yield Detail(_("订单{order}的消息{kind}未能送出"), {"order": life.id, "kind": kind})


def _messages_due(life: Life) -> set[str]:
    if life.state == "failed":
        return {"failed"}
    if life.state not in ENDED | {"reversing"}:
        return set()
    success = "succeeded" if life.delivered_minor is None or life.delivered_minor >= life.face_minor else "partial"
    return {success, "reversed"} if life.state == "reversed" else {success}
