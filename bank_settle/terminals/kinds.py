"""The kinds of difference there are with a terminal's batch. Only what the books miss or have too much is money of ours."""

from enum import StrEnum

from bank_settle.texts import lazy_gettext as _


class BatchKind(StrEnum):
    """Stored with the case: never rename one."""

    NO_TOTALS = "batch_no_totals"
    STILL_OPEN = "batch_still_open"
    TOTALS = "batch_totals"
    OURS_ONLY = "batch_ours_only"
    TERMINAL_ONLY = "batch_terminal_only"
    AMOUNT = "batch_amount"
    IN_HAND = "batch_in_hand"
    FAILED_HERE = "batch_failed_here"
    REVERSED_HERE = "batch_reversed_here"
    NOT_POSTED = "batch_not_posted"
    POSTED_UNDONE = "batch_posted_undone"


TEXTS: dict[BatchKind, str] = {
    BatchKind.NO_TOTALS: _("终端没有结算，批次被日切关闭"),
    BatchKind.STILL_OPEN: _("终端批次跨日未结算"),
    BatchKind.TOTALS: _("终端合计与我方不符，明细不能说明"),
    BatchKind.OURS_ONLY: _("我方有，终端批次无此笔"),
    BatchKind.TERMINAL_ONLY: _("终端批次有，我方无此笔"),
    BatchKind.AMOUNT: _("终端金额与我方不符"),
    BatchKind.IN_HAND: _("终端已计，我方结果未明"),
    BatchKind.FAILED_HERE: _("终端计为成功，我方已失败退款"),
    BatchKind.REVERSED_HERE: _("终端计为成功，我方已返销"),
    BatchKind.NOT_POSTED: _("终端批次已计，账上未记"),
    BatchKind.POSTED_UNDONE: _("终端批次不计，账上仍有扣款"),
}
# Held as doubtful until the order itself has come to its end.
DOUBTFUL = frozenset({BatchKind.IN_HAND})
