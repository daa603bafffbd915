"""What the carrier does by itself after a while: settling orders in process and taking orders back."""

import asyncio
from contextlib import suppress

from simulators.carrier.callbacks import Caller
from simulators.carrier.clock import CarrierClock
from simulators.carrier.ledger import Ledger
from simulators.carrier.orders import OrderBook, next_due

_LONGEST_PAUSE_SECONDS = 1.0


class Timers:
    """Runs what the ledger says is due; since the ledger holds the times, a restart loses none of it."""

    def __init__(self, ledger: Ledger, book: OrderBook, caller: Caller, clock: CarrierClock) -> None:
        self._ledger = ledger
        self._book = book
        self._caller = caller
        self._clock = clock
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look again at what is due."""
        self._wake.set()

    async def run_forever(self) -> None:
        """Run until cancelled."""
        while True:
            self._wake.clear()
            if self._seconds_left() == 0:
                await self._ledger.write(self._book.run_due)
                self._caller.wake()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds_left()):
                    await self._wake.wait()

    def _seconds_left(self) -> float:
        due = self._ledger.read(next_due)
        if due is None:
            return _LONGEST_PAUSE_SECONDS
        return min(max(due - self._clock.machine_seconds(), 0.0), _LONGEST_PAUSE_SECONDS)
