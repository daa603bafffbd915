"""Limits by order, count and value, day and month, and the counters they are checked against."""

from dataclasses import dataclass
from datetime import date

from recharge.domain.errors import Refusal, RefusalCode


@dataclass(frozen=True, slots=True)
class Limits:
    """What a scope (party, tier, platform) may sell; None is no limit. Values in minor units of face value."""

    order_most_minor: int | None = None
    day_count: int | None = None
    day_minor: int | None = None
    month_count: int | None = None
    month_minor: int | None = None


@dataclass(slots=True)
class Counters:
    """What has been sold in the present day and month. They roll over by themselves when asked about a new day or month."""

    day: date
    day_count: int = 0
    day_minor: int = 0
    month: str = ""
    month_count: int = 0
    month_minor: int = 0

    def roll_to(self, business_date: date) -> None:
        """Start from zero where the day or month is a later one; a process whose clock is a little behind changes nothing."""
        if business_date > self.day:
            self.day, self.day_count, self.day_minor = business_date, 0, 0
        month = month_of(business_date)
        if month > self.month:
            self.month, self.month_count, self.month_minor = month, 0, 0

    def add(self, business_date: date, face_minor: int) -> None:
        """Count an order of that day in."""
        self._count(business_date, 1, face_minor)

    def give_back(self, business_date: date, face_minor: int) -> None:
        """Count an order of that day out again."""
        self._count(business_date, -1, -face_minor)

    def _count(self, business_date: date, count: int, face_minor: int) -> None:
        """Those counters that speak of the order's day or month."""
        if self.day == business_date:
            self.day_count += count
            self.day_minor += face_minor
        if self.month == month_of(business_date):
            self.month_count += count
            self.month_minor += face_minor


def month_of(day: date) -> str:
    """The month as counters name it: 2026-11."""
    return day.isoformat()[:7]


def check_order(limits: Limits, face_minor: int) -> None:
    """Raises Refusal(OVER_ORDER_LIMIT) when one order is too large."""
    if limits.order_most_minor is not None and face_minor > limits.order_most_minor:
        raise Refusal(RefusalCode.OVER_ORDER_LIMIT, {"limit_minor": limits.order_most_minor})


def check_counters(limits: Limits, counters: Counters, face_minor: int) -> None:
    """Raises Refusal(OVER_DAY_LIMIT or OVER_MONTH_LIMIT) when one more order of this value would pass a limit."""
    if _over(limits.day_count, counters.day_count + 1) or _over(limits.day_minor, counters.day_minor + face_minor):
        raise Refusal(RefusalCode.OVER_DAY_LIMIT)
    if _over(limits.month_count, counters.month_count + 1) or _over(limits.month_minor, counters.month_minor + face_minor):
        raise Refusal(RefusalCode.OVER_MONTH_LIMIT)


def _over(limit: int | None, value: int) -> bool:
    return limit is not None and value > limit
