"""The kinds of difference there are with a carrier, named neutrally; long or short follows from the money's effect on us."""

from enum import StrEnum

from bank_settle.texts import lazy_gettext as _


class Kind(StrEnum):
    """One way in which order, postings and the carrier's line can disagree. Stored with the case: never rename one."""

    OURS_ONLY = "ours_only"
    THEIRS_UNKNOWN = "theirs_unknown"
    THEIRS_FAILED_HERE = "theirs_failed_here"
    THEIRS_NEVER_SENT = "theirs_never_sent"
    DUPLICATE_AT_CARRIER = "duplicate_at_carrier"
    AMOUNT = "amount"
    CHARGE = "charge"
    DELIVERED = "delivered"
    NUMBER = "number"
    PRODUCT_KIND = "product_kind"
    SERIAL_NUMBER = "serial_number"
    REVERSED_THERE = "reversed_there"
    STANDS_THERE = "stands_there"
    REVERSAL_OURS_ONLY = "reversal_ours_only"
    REVERSAL_THEIRS_ONLY = "reversal_theirs_only"
    REVERSAL_AMOUNT = "reversal_amount"
    CROSSED_MIDNIGHT = "crossed_midnight"
    LATE_AT_CARRIER = "late_at_carrier"
    LIMBO_SUCCESS = "limbo_success"
    LIMBO_ABSENT = "limbo_absent"
    LIMBO_REVERSAL = "limbo_reversal"
    NOT_BOOKED = "not_booked"
    BOOKED_WITHOUT_SUCCESS = "booked_without_success"
    REFERENCE_GARBLED = "reference_garbled"


TEXTS: dict[Kind, str] = {
    Kind.OURS_ONLY: _("我方成功，运营商无此单"),
    Kind.THEIRS_UNKNOWN: _("运营商有，我方从未发出"),
    Kind.THEIRS_FAILED_HERE: _("运营商成功，我方已作失败退款"),
    Kind.THEIRS_NEVER_SENT: _("运营商成功，我方记为未发出"),
    Kind.DUPLICATE_AT_CARRIER: _("运营商重复记账"),
    Kind.AMOUNT: _("面值不符"),
    Kind.CHARGE: _("扣款额不符"),
    Kind.DELIVERED: _("到账额不符"),
    Kind.NUMBER: _("号码不符"),
    Kind.PRODUCT_KIND: _("业务种类不符"),
    Kind.SERIAL_NUMBER: _("流水号不符"),
    Kind.REVERSED_THERE: _("运营商已返销，我方仍为成功"),
    Kind.STANDS_THERE: _("我方已返销，运营商仍为成功"),
    Kind.REVERSAL_OURS_ONLY: _("我方返销，运营商无返销记录"),
    Kind.REVERSAL_THEIRS_ONLY: _("运营商返销，我方无返销记录"),
    Kind.REVERSAL_AMOUNT: _("返销金额不符"),
    Kind.CROSSED_MIDNIGHT: _("跨日"),
    Kind.LATE_AT_CARRIER: _("运营商隔日入账"),
    Kind.LIMBO_SUCCESS: _("我方结果不明，运营商成功"),
    Kind.LIMBO_ABSENT: _("我方结果不明，运营商无此单"),
    Kind.LIMBO_REVERSAL: _("返销结果不明"),
    Kind.NOT_BOOKED: _("订单成功但未记账"),
    Kind.BOOKED_WITHOUT_SUCCESS: _("未成功却已记账"),
    Kind.REFERENCE_GARBLED: _("参考号不符，号码、金额、时间相符（待确认）"),
}

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
