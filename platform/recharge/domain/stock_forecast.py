"""When stock at a supplier runs out, from what was sold by hour of the day lately; and whether somebody must be told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

HOURS = 24
HORIZON = timedelta(days=14)


class StockLevel(StrEnum):
    """How stock stands. Stored with alarms: never rename one."""

    FINE = "fine"
    LOW = "low"
    OUT = "out"
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True)
class Forecast:
    """How long stock lasts. `runs_out_at` is None when it lasts beyond the horizon or nothing is known."""

    level: StockLevel
    runs_out_at: datetime | None = None


def by_hour_of_day(sold: Iterable[tuple[datetime, int]], days: int) -> tuple[int, ...]:
    """What one day sells in each local hour, in minor units, from hours with their sums over so many days; rounded up."""
    sums = [0] * HOURS
    for hour, minor in sold:
        sums[hour.hour] += minor
    return tuple(-(-total // days) for total in sums)


def runs_out_at(free_minor: int, hourly_minor: Sequence[int], now: datetime) -> datetime | None:
    """The moment, in the zone of `now`, at which so much is sold; None beyond HORIZON."""
    if free_minor <= 0:
        return now
    at, end = now, now + HORIZON
    while at < end:
        following = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        rate = hourly_minor[at.hour]
        seconds = int((following - at).total_seconds())
        # Sold until the full hour, in proportion.
        sold = rate * seconds // 3600
        if sold >= free_minor and rate:
            return at + timedelta(seconds=free_minor * 3600 // rate)
        free_minor, at = free_minor - sold, following
    return None


def forecast(free_minor: int | None, hourly_minor: Sequence[int], now: datetime, tell_within: timedelta) -> Forecast:
    """How stock stands that is free to be sold (less its reserve and what is on its way); None where it was never told."""
    if free_minor is None:
        return Forecast(StockLevel.UNTOLD)
    if free_minor <= 0:
        return Forecast(StockLevel.OUT, now)
    until = runs_out_at(free_minor, hourly_minor, now)
    low = until is not None and until - now <= tell_within
    return Forecast(StockLevel.LOW if low else StockLevel.FINE, until)
