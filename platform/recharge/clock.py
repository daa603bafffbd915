"""Time as the engine sees it: a clock that is passed in, and the business day with its own zone and cut-off."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Anything that tells the time in aware UTC."""

    def now(self) -> datetime:
        """The present moment, aware, UTC, to the microsecond."""
        ...


def stored(moment: datetime) -> datetime:
    """An aware moment as channels' tables hold it: UTC without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """Which business day a moment belongs to: the local date, the day beginning at the cut-off."""

    zone: ZoneInfo
    cut_off: time = time(0, 0)

    def day_of(self, moment: datetime) -> date:
        """The business date of an aware moment."""
        local = moment.astimezone(self.zone)
        shift = timedelta(hours=self.cut_off.hour, minutes=self.cut_off.minute)
        return (local - shift).date()
