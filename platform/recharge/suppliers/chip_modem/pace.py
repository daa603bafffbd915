"""How fast, how often and when a chip may be used: operators look for chips that do not behave like a shopkeeper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from recharge.domain.routing import Reason

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """Gaps between two orders and between two to one number, counts for a running hour and day, and the hours of the chip's zone."""

    gap: timedelta
    same_number: timedelta
    most_an_hour: int
    most_a_day: int
    opens: str = "00:00"
    closes: str = "24:00"

    def objection(self, sent: Sequence[tuple[datetime, str]], number: str, now: datetime, local_time: str) -> Reason | None:
        """Why an order to this number cannot go now. `sent` are moments and numbers of the last day, oldest first."""
        if not self._is_open(local_time):
            return Reason.CLOSED
        if len(sent) >= self.most_a_day and now - sent[-self.most_a_day][0] < DAY:
            return Reason.OVER_PACE
        if len(sent) >= self.most_an_hour and now - sent[-self.most_an_hour][0] < HOUR:
            return Reason.OVER_PACE
        if sent and now - sent[-1][0] < self.gap:
            return Reason.RESTING
        if any(other == number and now - at < self.same_number for at, other in reversed(sent)):
            return Reason.NUMBER_OPEN
        return None

    def _is_open(self, local_time: str) -> bool:
        if self.opens <= self.closes:
            return self.opens <= local_time < self.closes
        return local_time >= self.opens or local_time < self.closes
