"""The kinds of difference there are with a bank; each is a case, and none is ever settled by a name or a slip."""

from enum import StrEnum

from bank_settle.texts import lazy_gettext as _


class BankKind(StrEnum):
    """Stored with the case: never rename one."""

    OPENING = "bank_opening"
    GAP = "bank_gap"
    LINE_WITHDRAWN = "bank_line_withdrawn"
    NO_REFERENCE = "deposit_no_reference"
    WRONG_REFERENCE = "deposit_wrong_reference"
    AMBIGUOUS = "deposit_ambiguous"
    UNKNOWN_PARTY = "deposit_unknown_party"
    LATE_TICKET = "deposit_late_ticket"
    SHORT = "deposit_short"
    REFUSED = "deposit_refused"
    REVERSED = "deposit_reversed"
    PAYMENT_RETURNED = "payment_returned"
    PAYMENT_AMOUNT = "payment_amount"
    PAYMENT_UNKNOWN = "payment_unknown"
    PAYMENT_TWICE = "payment_twice"
    FEE = "bank_fee"
    INTEREST = "bank_interest"


TEXTS: dict[BankKind, str] = {
    BankKind.OPENING: _("期初余额与上日期末不符"),
    BankKind.GAP: _("对账单缺号或缺日"),
    BankKind.LINE_WITHDRAWN: _("银行更正账单后撤掉了已处理的一笔"),
    BankKind.NO_REFERENCE: _("来款没有参考号（挂账）"),
    BankKind.WRONG_REFERENCE: _("来款参考号校验不对（挂账）"),
    BankKind.AMBIGUOUS: _("来款可能属于多个网点（挂账）"),
    BankKind.UNKNOWN_PARTY: _("来款指名的网点不存在（挂账）"),
    BankKind.LATE_TICKET: _("来款晚于约定金额的有效期（挂账）"),
    BankKind.SHORT: _("来款少于约定金额，按实收入账"),
    BankKind.REFUSED: _("来款未能入账（挂账）"),
    BankKind.REVERSED: _("银行冲回了来款"),
    BankKind.PAYMENT_RETURNED: _("付款被退回"),
    BankKind.PAYMENT_AMOUNT: _("付款金额与指令不符"),
    BankKind.PAYMENT_UNKNOWN: _("银行扣款没有对应的付款"),
    BankKind.PAYMENT_TWICE: _("同一付款被扣两次"),
    BankKind.FEE: _("银行费用待入账"),
    BankKind.INTEREST: _("银行利息待入账"),
}
SUSPENSE = frozenset({
    BankKind.NO_REFERENCE, BankKind.WRONG_REFERENCE, BankKind.AMBIGUOUS, BankKind.UNKNOWN_PARTY, BankKind.LATE_TICKET, BankKind.REFUSED,
})  # fmt: skip
