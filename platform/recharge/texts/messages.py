"""The wording of messages to agents and customers, short enough in Chinese for one SMS (70 characters) with everyday facts.

A message is a row of clauses; a clause whose facts are not known is left out, so a message is never held back by a missing
serial number. The facts, all optional: order_kind, order_number, number, face_minor, delivered_minor, serial_number, failure,
amount_minor (a transfer's or deposit's), party (code of the other side of a transfer), balance_minor (the recipient's, after it);
of an alarm about stock: link, stock_minor, runs_out (a time).
"""

from collections.abc import Mapping
from enum import StrEnum

from recharge.domain.orders import OrderKind
from recharge.texts.catalogue import Fact, placeholders, say
from recharge.texts.catalogue import lazy_gettext as _
from recharge.texts.orders import failure_text, kind_text

TAIL_DIGITS = 6


class MessageKind(StrEnum):
    """What a message tells. The value is stored in the outbox."""

    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    REVERSED = "reversed"
    REVERSAL_FAILED = "reversal_failed"
    TRANSFERRED = "transferred"
    RECEIVED = "received"
    TAKEN_BACK = "taken_back"
    ADJUSTED = "adjusted"
    COMMISSION_MOVED = "commission_moved"
    STOCK_LOW = "stock_low"
    STOCK_OUT = "stock_out"


class Recipient(StrEnum):
    """Whom a message is for. A customer is never told an agent's balance."""

    AGENT = "agent"
    CUSTOMER = "customer"


SERIAL = _("凭证号{serial_number}")
BALANCE = _("余额{balance_minor}")
TAIL = _("单号尾号{tail}")
MONEY_BACK = _("款已退回")

# Each clause may have a second, plainer wording for when the facts of the first are not known.
Clause = tuple[str, ...]
AGENT_CLAUSES: dict[str, tuple[Clause, ...]] = {
    MessageKind.SUCCEEDED: ((_("{kind}成功：{number} {face_minor}"), _("{kind}成功")), (SERIAL,), (BALANCE,), (TAIL,)),
    MessageKind.PARTIAL: (
        (_("{kind}部分成功：{number}到账{delivered_minor}，应{face_minor}"), _("{kind}部分成功")),
        (_("差额已退"),),
        (SERIAL,),
        (BALANCE,),
    ),
    MessageKind.FAILED: (
        (_("{kind}未成功：{number} {face_minor}"), _("{kind}未成功")),
        ("{reason}",),
        (MONEY_BACK,),
        (BALANCE,),
        (TAIL,),
    ),
    MessageKind.REVERSED: ((_("返销成功：{number} {face_minor}"), _("返销成功")), (MONEY_BACK,), (BALANCE,), (TAIL,)),
    MessageKind.REVERSAL_FAILED: (
        (_("返销未成功：{number} {face_minor}"), _("返销未成功")),
        (_("原单仍有效"),),
        (_("如有疑问请联系客服"),),
        (TAIL,),
    ),
    MessageKind.TRANSFERRED: (
        (_("已转给{party} {amount_minor}"), _("已转出{amount_minor}"), _("转账成功")),
        (BALANCE,),
        (TAIL,),
    ),
    MessageKind.RECEIVED: (
        (_("收到{party}转来{amount_minor}"), _("收到{amount_minor}"), _("款项已到账")),
        (BALANCE,),
        (TAIL,),
    ),
    MessageKind.TAKEN_BACK: (
        (_("{party}已收回转账{amount_minor}"), _("转账{amount_minor}已收回"), _("转账已收回")),
        (BALANCE,),
        (TAIL,),
    ),
    MessageKind.ADJUSTED: (
        (_("账户已调账{amount_minor}"), _("账户已调账")),
        (BALANCE,),
        (_("如有疑问请联系客服"),),
        (TAIL,),
    ),
    MessageKind.STOCK_LOW: (
        (_("通道{link}库存{stock_minor}"), _("通道库存不足")),
        (_("预计{runs_out}用完"),),
        (_("请及时进货"),),
    ),
    MessageKind.STOCK_OUT: ((_("通道{link}库存已用完"), _("通道库存已用完")), (_("请立即进货"),)),
    MessageKind.COMMISSION_MOVED: ((_("佣金{amount_minor}已转入预存"), _("佣金已转入预存")), (BALANCE,), (TAIL,)),
}

CUSTOMER_CLAUSES: dict[str, tuple[Clause, ...]] = {
    MessageKind.SUCCEEDED: ((_("您的号码{number}{kind}{face_minor}已成功"), _("您的{kind}已成功")), (SERIAL,)),
    MessageKind.PARTIAL: (
        (_("您的号码{number}{kind}已到账{delivered_minor}，应{face_minor}"), _("您的{kind}已部分到账")),
        (SERIAL,),
        (_("差额请向代理网点领回"),),
    ),
    MessageKind.REVERSED: (
        (_("您的号码{number}{kind}{face_minor}已撤回"), _("您的{kind}已撤回")),
        (_("如有疑问请联系代理网点"),),
    ),
}

# A kind that a newer process wrote and this one cannot word yet still reaches its reader.
ANY_CLAUSES: tuple[Clause, ...] = ((_("您的业务有新结果，请查询"),), (TAIL,))

BETWEEN = _("，")
AT_END = _("。")


def message_text(kind: str, recipient: str, facts: Mapping[str, Fact], language: str | None, minor_digits: int = 2) -> str:
    """The text of one message. `kind` and `recipient` are values of MessageKind and Recipient as the outbox stores them."""
    table = CUSTOMER_CLAUSES if recipient == Recipient.CUSTOMER else AGENT_CLAUSES
    known = _completed(facts, language)
    worded = (_worded(clause, known) for clause in table.get(kind, ANY_CLAUSES))
    said = [say(text, language, known, minor_digits) for text in worded if text]
    return say(BETWEEN, language).join(said) + say(AT_END, language)


def _worded(clause: Clause, known: Mapping[str, Fact]) -> str:
    return next((text for text in clause if placeholders(text) <= known.keys()), "")


def _completed(facts: Mapping[str, Fact], language: str | None) -> dict[str, Fact]:
    """The facts, without empty ones, and with those that follow from others."""
    known = {name: fact for name, fact in facts.items() if fact != ""}
    known["kind"] = kind_text(OrderKind(str(known.get("order_kind", OrderKind.RECHARGE))), language)
    if "failure" in known:
        known["reason"] = failure_text(str(known["failure"]), language)
    if "order_number" in known:
        known["tail"] = str(known["order_number"])[-TAIL_DIGITS:]
    if "face_minor" in known:
        known.setdefault("amount_minor", known["face_minor"])
    return known
