"""The kinds of difference there are with a terminal's batch. Only what the books miss or have too much is money of ours."""

from bank_settle.texts import lazy_gettext as _
from recharge import Worded


class BatchKind(Worded):
    """Stored with the case: never rename one."""

    NO_TOTALS = "batch_no_totals", _("终端没有结算，批次被日切关闭")
    STILL_OPEN = "batch_still_open", _("终端批次跨日未结算")
    TOTALS = "batch_totals", _("终端合计与我方不符，明细不能说明")
    OURS_ONLY = "batch_ours_only", _("我方有，终端批次无此笔")
    TERMINAL_ONLY = "batch_terminal_only", _("终端批次有，我方无此笔")
    AMOUNT = "batch_amount", _("终端金额与我方不符")
    IN_HAND = "batch_in_hand", _("终端已计，我方结果未明")
    FAILED_HERE = "batch_failed_here", _("终端计为成功，我方已失败退款")
    REVERSED_HERE = "batch_reversed_here", _("终端计为成功，我方已返销")
    NOT_POSTED = "batch_not_posted", _("终端批次已计，账上未记")
    POSTED_UNDONE = "batch_posted_undone", _("终端批次不计，账上仍有扣款")


# Held as doubtful until the order itself has come to its end.
DOUBTFUL = frozenset({BatchKind.IN_HAND})
