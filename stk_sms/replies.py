"""The SMS that answers a card: how the order stands, serial number, balance, the number's tail, within one message where that can be."""

from collections.abc import Sequence
from dataclasses import dataclass

from recharge import OrderKind, OrderState, OrderView, RefusalCode, Reply, explain, failure_text, format_amount, kind_text, state_text
from stk_sms.packet import Body, StkOperation
from stk_sms.texts import lazy_gettext as _
from stk_sms.texts import say, wording

TAIL_DIGITS = 6
ONE_UCS2, ONE_GSM = 70, 160


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing to say, long where there is room and short where there is not; left out unless its facts are known."""

    needs: frozenset[str]
    long: str
    short: str


HEAD = Clause(frozenset({"number", "kind", "amount", "state"}), _("{number} {kind}{amount}：{state}"), _("{number} {amount}{state}"))
TO_PARTY = Clause(frozenset({"party", "amount", "state"}), _("转给{party} {amount}：{state}"), _("转{party} {amount}{state}"))
REASON = Clause(frozenset({"reason"}), "{reason}", "{reason}")
SERIAL = Clause(frozenset({"serial"}), _("凭证号{serial}"), _("凭{serial}"))
BALANCE = Clause(frozenset({"balance"}), _("余额{balance}"), _("余{balance}"))
COMMISSION = Clause(frozenset({"commission"}), _("佣金{commission}"), _("佣{commission}"))
TAIL = Clause(frozenset({"tail"}), _("单号尾号{tail}"), _("尾{tail}"))

PASSWORD_CHANGED = _("服务密码已修改，请用新密码办理业务。")
KEYS_UPDATED = _("卡片密钥已更新。")
LATE = _("这条短信到得太晚，未受理。请先查询，确未办理再用“重复充值”。")
NOT_FOUND = _("没有找到原业务，本次未办理。原业务如稍后到达也不再受理。")
NO_SUCH = _("没有找到原业务，请核对后再查。")
BETWEEN, AT_END = _("，"), _("。")


def answer_text(body: Body, reply: Reply, language: str | None, minor_digits: int = 2) -> str:
    """The answer to one message of a card."""
    if body.original_nonce is not None and _nothing_found(reply):
        return say(NOT_FOUND if body.operation is StkOperation.REVERSAL else NO_SUCH, language)
    if reply.refusal is not None:
        return explain(reply.refusal, language, minor_digits)
    if body.operation is StkOperation.CHANGE_PASSWORD:
        return say(PASSWORD_CHANGED, language)
    if body.operation is StkOperation.KEY_UPDATED:
        return say(KEYS_UPDATED, language)
    if reply.order is None:
        return _one_message((BALANCE, COMMISSION), _balances(reply, minor_digits), language)
    return order_text(reply.order, reply.balance_minor, language, minor_digits, body.second_number or "")


def order_text(order: OrderView, balance_minor: int | None, language: str | None, minor_digits: int = 2, party: str = "") -> str:
    """How an order stands, to the agent whose it is; `party` is the other side of a transfer."""
    facts = _order_facts(order, language, minor_digits) | {"party": party}
    if balance_minor is not None:
        facts["balance"] = format_amount(balance_minor, minor_digits)
    head = TO_PARTY if order.kind is OrderKind.TRANSFER else HEAD
    return _one_message((head, REASON, SERIAL, BALANCE, TAIL), facts, language)


def late_text(language: str | None) -> str:
    """To a sender whose message is too old to be told from a replay."""
    return say(LATE, language)


def fits_one_message(text: str) -> bool:
    """Whether a text goes into one SMS: 160 letters of the GSM alphabet (here: plain ASCII), or 70 of any other."""
    return len(text) <= (ONE_GSM if text.isascii() else ONE_UCS2)


def _nothing_found(reply: Reply) -> bool:
    """The reference was used up without anything done: now, or when the message first came."""
    if reply.refusal is not None:
        return reply.refusal.code is RefusalCode.VOIDED
    return reply.order is None


def _order_facts(order: OrderView, language: str | None, minor_digits: int) -> dict[str, str]:
    delivered = order.face_minor if order.delivered_minor is None else order.delivered_minor
    facts = {
        "number": order.number,
        "kind": kind_text(order.kind, language),
        "amount": format_amount(delivered, minor_digits),
        "state": state_text(order.state, language),
        "tail": order.order_number[-TAIL_DIGITS:],
    }
    if order.serial_number:
        facts["serial"] = order.serial_number
    if order.failure and order.state is OrderState.FAILED:
        facts["reason"] = failure_text(order.failure, language)
    return facts


def _balances(reply: Reply, minor_digits: int) -> dict[str, str]:
    amounts = {"balance": reply.balance_minor, "commission": reply.commission_minor}
    return {name: format_amount(amount, minor_digits) for name, amount in amounts.items() if amount is not None}


def _one_message(clauses: Sequence[Clause], facts: dict[str, str], language: str | None) -> str:
    """The clauses whose facts are known, all long or, if that is more than one message, all short."""
    known = [clause for clause in clauses if facts.keys() >= clause.needs]
    long = _joined([clause.long for clause in known], facts, language)
    return long if fits_one_message(long) else _joined([clause.short for clause in known], facts, language)


def _joined(texts: Sequence[str], facts: dict[str, str], language: str | None) -> str:
    said = [wording(text, language).format_map(facts).rstrip("。.") for text in texts]
    return wording(BETWEEN, language).join(said) + wording(AT_END, language)
