"""The carrier's clock: the machine's time, moved by an offset that a person or a test may set."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

CHINA: Final = timezone(timedelta(hours=8))


class CarrierClock:
    """Times as the carrier sees them; `offset_seconds` makes its clock wrong or puts it into another day."""

    def __init__(self, machine: Callable[[], float] = time.time) -> None:
        self._machine = machine
        self.offset_seconds = 0.0

    def machine_seconds(self) -> float:
        """Seconds since the epoch, without the offset: what delays are counted on."""
        return self._machine()

    def seconds(self) -> float:
        """Seconds since the epoch as the carrier believes them to be."""
        return self._machine() + self.offset_seconds

    def local(self) -> datetime:
        """The carrier's time at +08:00, to the second."""
        return datetime.fromtimestamp(int(self.seconds()), UTC).astimezone(CHINA)


def day_of(moment: datetime) -> str:
    """The accounting day of a moment, YYYYMMDD."""
    return f"{moment:%Y%m%d}"
