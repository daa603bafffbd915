"""Who waits for an order's end: one task a process, which asks the engine for all awaited orders in one query."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from recharge import OrderView

FIRST_SECONDS, LATER_SECONDS = 0.01, 0.03
_FEW = 20
_log = logging.getLogger(__name__)


class Outcomes:
    """Futures of orders' ends. The task sleeps while nobody waits. `ended(numbers)` gives those that have ended; it runs in a thread."""

    def __init__(self, ended: Callable[[Sequence[str]], Mapping[str, OrderView]]) -> None:
        self._ended = ended
        self._awaited: dict[str, list[asyncio.Future[OrderView]]] = defaultdict(list)
        self._some = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run())

    async def of(self, order_number: str, timeout: float) -> OrderView | None:  # noqa: ASYNC109  the caller's own limit
        """The order once it has ended; None where it has not by then (seconds)."""
        if timeout <= 0:
            return None
        future: asyncio.Future[OrderView] = asyncio.get_running_loop().create_future()
        self._awaited[order_number].append(future)
        self._some.set()
        try:
            async with asyncio.timeout(timeout):
                return await future
        except TimeoutError:
            return None
        finally:
            self._leave(order_number, future)

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _leave(self, order_number: str, future: "asyncio.Future[OrderView]") -> None:
        waiting = self._awaited.get(order_number, [])
        if future in waiting:
            waiting.remove(future)
        if not waiting:
            self._awaited.pop(order_number, None)

    async def _run(self) -> None:
        while True:
            await self._some.wait()
            if not self._awaited:
                self._some.clear()
                continue
            await asyncio.sleep(FIRST_SECONDS if len(self._awaited) < _FEW else LATER_SECONDS)
            try:
                found = await asyncio.to_thread(self._ended, list(self._awaited))
            # The database is away for a moment, or whatever else: those who wait go on waiting, up to their own limit.
            except Exception:
                _log.warning("cannot look for awaited orders", exc_info=True)
                continue
            for number, order in found.items():
                for future in self._awaited.pop(number, []):
                    if not future.done():
                        future.set_result(order)
