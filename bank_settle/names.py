"""Names of scopes, steps and kinds of cases as people read them."""

from bank_settle.banks.kinds import BankKind
from bank_settle.carriers.kinds import Kind
from bank_settle.terminals.kinds import BatchKind
from bank_settle.texts import lazy_gettext as _
from bank_settle.texts import say

_KINDS: dict[str, str] = {str(kind): kind.text for kind in (*Kind, *BankKind, *BatchKind)}
_STATES = {
    "open": _("未开始"),
    "cut": _("日切"),
    "snapshot": _("快照"),
    "statement": _("账单已导入"),
    "matched": _("已对账"),
    "commission": _("佣金已计"),
    "closed": _("已关账"),
    "suspect": _("存疑"),
    "resolved": _("已处理"),
    "new": _("未处理"),
    "suspense": _("挂账"),
    "explained": _("已说明"),
    "draft": _("待复核"),
    "approved": _("已复核"),
    "sent": _("已发送"),
    "accepted": _("银行已受理"),
    "rejected": _("被拒绝"),
    "booked": _("银行已付"),
    "returning": _("退回待复核"),
    "returned": _("已退回"),
    "proposed": _("待复核"),
    "partly": _("部分受理"),
}
_RESOLUTIONS = {
    "paired": _("隔日配对"),
    "settled_later": _("订单已有结果"),
    "withdrawn": _("更正后消失"),
    "refund_agent": _("退款给网点"),
    "charge_agent": _("向网点补扣"),
    "correct_stock": _("调整库存"),
    "correct_bank": _("调整银行"),
    "adjudicate_success": _("裁定成功"),
    "adjudicate_failed": _("裁定失败"),
    "credit_party": _("入账给网点"),
    "explain": _("说明（不动账）"),
}
_OPEN_CASE = _("待处理")
_HOUSE, _CARRIER, _BANK, _CHANNEL = _("总账"), _("运营商 {name}"), _("银行 {name}"), _("终端 {name}")


def kind_name(kind: str, language: str | None = None) -> str:
    """What a kind of case is called."""
    return say(_KINDS[kind], language) if kind in _KINDS else kind


def state_name(state: str, language: str | None = None) -> str:
    """What a step or a state is called."""
    return say(_STATES[state], language) if state in _STATES else state


def case_state_name(state: str, language: str | None = None) -> str:
    """What a case's state is called: an open case has still to be dealt with."""
    return say(_OPEN_CASE, language) if state == "open" else state_name(state, language)


def resolution_name(how: str, language: str | None = None) -> str:
    """How a case was ended."""
    return say(_RESOLUTIONS[how], language) if how in _RESOLUTIONS else how


def scope_name(scope: str, language: str | None = None) -> str:
    """What a scope is called."""
    kind, _colon, name = scope.partition(":")
    return say({"carrier": _CARRIER, "bank": _BANK, "channel": _CHANNEL}.get(kind, _HOUSE), language, {"name": name})
