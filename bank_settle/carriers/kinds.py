"""The kinds of difference there are with a carrier, named neutrally; long or short follows from the money's effect on us."""

from bank_settle.texts import lazy_gettext as _
from recharge import Worded


class Kind(Worded):
    """One way in which order, postings and the carrier's line can disagree. Stored with the case: never rename one."""

    OURS_ONLY = "ours_only", _("我方成功，运营商无此单")
    THEIRS_UNKNOWN = "theirs_unknown", _("运营商有，我方从未发出")
    THEIRS_FAILED_HERE = "theirs_failed_here", _("运营商成功，我方已作失败退款")
    THEIRS_NEVER_SENT = "theirs_never_sent", _("运营商成功，我方记为未发出")
    DUPLICATE_AT_CARRIER = "duplicate_at_carrier", _("运营商重复记账")
    AMOUNT = "amount", _("面值不符")
    CHARGE = "charge", _("扣款额不符")
    DELIVERED = "delivered", _("到账额不符")
    NUMBER = "number", _("号码不符")
    PRODUCT_KIND = "product_kind", _("业务种类不符")
    SERIAL_NUMBER = "serial_number", _("流水号不符")
    REVERSED_THERE = "reversed_there", _("运营商已返销，我方仍为成功")
    STANDS_THERE = "stands_there", _("我方已返销，运营商仍为成功")
    REVERSAL_OURS_ONLY = "reversal_ours_only", _("我方返销，运营商无返销记录")
    REVERSAL_THEIRS_ONLY = "reversal_theirs_only", _("运营商返销，我方无返销记录")
    REVERSAL_AMOUNT = "reversal_amount", _("返销金额不符")
    CROSSED_MIDNIGHT = "crossed_midnight", _("跨日")
    LATE_AT_CARRIER = "late_at_carrier", _("运营商隔日入账")
    LIMBO_SUCCESS = "limbo_success", _("我方结果不明，运营商成功")
    LIMBO_ABSENT = "limbo_absent", _("我方结果不明，运营商无此单")
    LIMBO_REVERSAL = "limbo_reversal", _("返销结果不明")
    NOT_BOOKED = "not_booked", _("订单成功但未记账")
    BOOKED_WITHOUT_SUCCESS = "booked_without_success", _("未成功却已记账")
    REFERENCE_GARBLED = "reference_garbled", _("参考号不符，号码、金额、时间相符（待确认）")


# Held as doubtful (存疑) until the carrier's statement of the next days has been seen, T+2 at the latest.
DOUBTFUL = frozenset(
    {Kind.OURS_ONLY, Kind.REVERSAL_OURS_ONLY, Kind.LIMBO_ABSENT, Kind.LIMBO_REVERSAL, Kind.LIMBO_SUCCESS, Kind.CROSSED_MIDNIGHT}
)
# Two days' halves of one thing: when the other half turns up, both are done with.
HALVES = frozenset({Kind.OURS_ONLY, Kind.REVERSAL_OURS_ONLY, Kind.LIMBO_ABSENT, Kind.LIMBO_REVERSAL})
LONG, SHORT = _("长款"), _("短款")


def money_word(effect_minor: int) -> str:
    """长款 where the difference leaves us with more than we should have, 短款 where with less, nothing where no money is in it."""
    return "" if not effect_minor else LONG if effect_minor > 0 else SHORT
