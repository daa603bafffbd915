"""Time as sessions see it: a clock that only goes forward, and waiting; passed in, so that tests need not wait."""

import asyncio
from typing import Protocol


class Timers(Protocol):
    """A monotonic clock and sleep by it."""

    def now(self) -> float:
        """Seconds since whenever."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Come back so many seconds later."""
        ...


class SystemTimers:
    """The event loop's own time."""

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
