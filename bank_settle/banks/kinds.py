"""The kinds of difference there are with a bank; each is a case, and none is ever settled by a name or a slip."""

from bank_settle.texts import lazy_gettext as _
from recharge import Worded


class BankKind(Worded):
    """Stored with the case: never rename one."""

    OPENING = "bank_opening", _("期初余额与上日期末不符")
    GAP = "bank_gap", _("对账单缺号或缺日")
    LINE_WITHDRAWN = "bank_line_withdrawn", _("银行更正账单后撤掉了已处理的一笔")
    NO_REFERENCE = "deposit_no_reference", _("来款没有参考号（挂账）")
    WRONG_REFERENCE = "deposit_wrong_reference", _("来款参考号校验不对（挂账）")
    AMBIGUOUS = "deposit_ambiguous", _("来款可能属于多个网点（挂账）")
    UNKNOWN_PARTY = "deposit_unknown_party", _("来款指名的网点不存在（挂账）")
    LATE_TICKET = "deposit_late_ticket", _("来款晚于约定金额的有效期（挂账）")
    SHORT = "deposit_short", _("来款少于约定金额，按实收入账")
    REFUSED = "deposit_refused", _("来款未能入账（挂账）")
    REVERSED = "deposit_reversed", _("银行冲回了来款")
    PAYMENT_RETURNED = "payment_returned", _("付款被退回")
    PAYMENT_AMOUNT = "payment_amount", _("付款金额与指令不符")
    PAYMENT_UNKNOWN = "payment_unknown", _("银行扣款没有对应的付款")
    PAYMENT_TWICE = "payment_twice", _("同一付款被扣两次")
    FEE = "bank_fee", _("银行费用待入账")
    INTEREST = "bank_interest", _("银行利息待入账")


SUSPENSE = frozenset({
    BankKind.NO_REFERENCE, BankKind.WRONG_REFERENCE, BankKind.AMBIGUOUS, BankKind.UNKNOWN_PARTY, BankKind.LATE_TICKET, BankKind.REFUSED,
})  # fmt: skip
