"""Work that gathers while work runs: what many connections bring at once is carried out together, in threads, off the loop."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

_log = logging.getLogger(__name__)
Item = TypeVar("Item")
Result = TypeVar("Result")


class Lane(Generic[Item, Result]):
    """Feeds `work(items) -> results` with groups of at most `most`. There is no timer: an idle lane works at once.

    `workers` groups may be under way at the same time: while one waits for its commit, the next is read and checked.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Result]], name: str, *, most: int = 200, workers: int = 2) -> None:
        self._work, self._name, self._most, self._workers = work, name, most, workers
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=name)

    async def put(self, item: Item) -> Result:
        """The item's result. Raises what the work of its group raised."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._begin()
        return await future

    async def close(self) -> None:
        """Wait for what is under way and what waits, then let the threads go."""
        while self._running:
            await asyncio.wait(self._running)
        await asyncio.to_thread(self._pool.shutdown)

    def _begin(self) -> None:
        if len(self._running) < self._workers and self._waiting:
            task = asyncio.create_task(self._run())
            self._running.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._begin()

    async def _run(self) -> None:
        # What the loop is bringing in this very turn belongs to the group.
        await asyncio.sleep(0)
        group = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        if not group:
            return
        try:
            results = await asyncio.get_running_loop().run_in_executor(self._pool, self._work, [item for item, _ in group])
        # A lane serves everybody: one group's failure must not end it.
        except Exception as error:
            _log.warning("%s: a group of %d failed: %s", self._name, len(group), type(error).__name__, exc_info=error)
            self._fail(group, error)
            return
        for (_, future), result in zip(group, results, strict=True):
            if not future.done():
                future.set_result(result)

    @staticmethod
    def _fail(group: "Sequence[tuple[Item, asyncio.Future[Result]]]", error: Exception) -> None:
        for _, future in group:
            if not future.done():
                future.set_exception(error)
