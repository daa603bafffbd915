"""What a read text is evidence of: whose order it speaks of, and what it says of it."""

from collections.abc import Callable
from datetime import datetime

from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.domain.reply_notation import Likeness, likeness
from recharge.domain.reply_rules import Meaning, Reply
from recharge.suppliers.contract import LONGEST_TEXT, AttemptOrder, masked_raw

UNREAD = "no_rule"


def of_reply(text: str, reply: Reply | None, order: AttemptOrder, meaning_of: Callable[[Meaning], OutcomeState], now: datetime) -> Outcome:
    """What a text proves for the attempt it was an answer to."""
    if reply is None:
        return Outcome(OutcomeState.UNKNOWN, now, code=UNREAD, text=shown(text, order.number)[:LONGEST_TEXT], raw=shown(text, order.number))
    state, wrong = meaning_of(reply.meaning), whose(reply, order.reference, order.number)
    return told(text, reply, OutcomeState.UNKNOWN if wrong else state, now, order.number, wrong)


def told(text: str, reply: Reply, state: OutcomeState, now: datetime, number: str, wrong: str = "") -> Outcome:
    """An outcome of a read text."""
    done = state is OutcomeState.SUCCESS
    plain = shown(text, number)
    return Outcome(
        state,
        now,
        supplier_reference=reply.supplier_reference[:64],
        serial_number=(reply.serial_number or reply.supplier_reference)[:40] if done else "",
        charged_minor=reply.charged_minor if done else None,
        stock_after_minor=reply.balance_minor,
        amount_minor=reply.amount_minor,
        code=reply.rule,
        text=(f"{plain} [{wrong}]" if wrong else plain)[:LONGEST_TEXT],
        raw=plain,
    )


def whose(reply: Reply, reference: str, number: str) -> str:
    """Why a reply cannot be about this order, "" when it is: it must name our reference or our customer's number, and neither wrongly."""
    same = likeness(reply.number, number) if reply.number else Likeness.PARTLY
    if (reply.our_reference and reply.our_reference != reference) or same is Likeness.OTHER:
        return "echo"
    if not reply.our_reference and same is not Likeness.SAME:
        return "nobody's"
    return ""


def shown(text: str, number: str) -> str:
    """A text as people may see it, the customer's number masked with and without its first zero."""
    return masked_raw(" ".join(text.split()), number, number.lstrip("0"))
