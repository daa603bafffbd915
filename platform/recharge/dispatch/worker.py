"""The dispatcher's event loop: claims, hundreds of requests on their way at once, outcomes applied together."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from recharge.books.database import DatabaseBusy
from recharge.dispatch.core import LOOK_AFTER_LINKS_EVERY, Core
from recharge.dispatch.links import LinkPool
from recharge.dispatch.shelf import StatementShelf
from recharge.dispatch.wake import WakeReceiver
from recharge.dispatch.work import Answered, AskBalance, Balanced, Done, Look, Query, Reverse, Submit, Work
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.contract import CannotTell, Stock, SupplierLink

_log = structlog.get_logger(__name__)
# As large as the batches of the engine's door, and for the same reason.
_BATCH = 256
_AFTER_FAILURE_SECONDS = 0.5
_REFRESH_EVERY = 5
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WorkerRules:
    """How many requests may be on their way, and how long to sleep between looks when there is and when there is nothing to do."""

    most_in_flight: int = 200
    busy: timedelta = timedelta(milliseconds=50)
    idle: timedelta = timedelta(milliseconds=500)


class Worker:
    """One dispatcher process's loop. `database_thread` is shared with who else finishes orders, so that it happens one at a time."""

    def __init__(self, core: Core, pool: LinkPool, rules: WorkerRules, wake: WakeReceiver, database_thread: ThreadPoolExecutor) -> None:
        self._core, self._pool, self._rules, self._wake = core, pool, rules, wake
        self._shelf = StatementShelf(pool)
        self._concluding = database_thread
        self._claiming = ThreadPoolExecutor(1, "claim")
        self._done: asyncio.Queue[Done] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._unapplied = 0
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Claim nothing more; `run` ends when what is on its way has been applied."""
        self._stopping.set()
        self._wake.wake()

    async def run(self) -> None:
        """Work until `stop`, then drain: every request on its way gets its answer, or its time-out, and is applied.

        Raises whatever ended one of its own loops: a dispatcher that only claims, or only applies, must not live on.
        """
        await self._refresh_links()
        background = [asyncio.create_task(self._conclude_forever()), asyncio.create_task(self._look_after_links_forever())]
        for task in background:
            task.add_done_callback(lambda _ended: self.stop())
        await self._claim_until_stopped()
        while self._open_work() and not background[0].done():
            await self._wake.wait(self._rules.busy.total_seconds())
        for task in background:
            task.cancel()
        ended = await asyncio.gather(*background, return_exceptions=True)
        self._claiming.shutdown()
        await self._pool.close()
        for error in ended:
            if isinstance(error, Exception):
                raise error

    def _open_work(self) -> int:
        return len(self._tasks) + self._unapplied

    async def _claim_until_stopped(self) -> None:
        while not self._stopping.is_set():
            room = self._rules.most_in_flight - self._open_work()
            works = await self._claimed(room) if room > 0 else []
            for work in works:
                self._start(work)
            if not works:
                pause = self._rules.busy if self._open_work() else self._rules.idle
                await self._wake.wait(pause.total_seconds())

    async def _claimed(self, room: int) -> Sequence[Work]:
        try:
            return await self._in(self._claiming, lambda: self._core.claim(room))
        except Exception as error:  # the loop's boundary: a failed claim sends nothing, and the next one may do
            _log.warning("claim_failed", why=type(error).__name__)
            await asyncio.sleep(_AFTER_FAILURE_SECONDS)
            return []

    def _start(self, work: Work) -> None:
        known = self._core.without_asking(work)
        if known is not None:
            self._put(known)
            return
        task = asyncio.create_task(self._carry_out(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _put(self, done: Done) -> None:
        self._unapplied += 1
        self._done.put_nowait(done)

    async def _carry_out(self, work: Work) -> None:
        # Counted as unapplied before the task ends: draining must not see a moment with neither.
        if isinstance(work, Look):
            self._put(await self._shelf.look(work))
        elif isinstance(work, AskBalance):
            self._put(Balanced(work, await _stock(self._pool, work)))
        elif isinstance(work, Submit | Reverse | Query):
            self._put(await self._ask(work))

    async def _ask(self, work: Submit | Reverse | Query) -> Answered:
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            outcome = await _asked(self._pool[work.link_id], work)
        except Exception as error:  # a link's mistake is its own: the request may have left, so the outcome is unknown
            _log.exception("link_failed", attempt=work.attempt_id, why=type(error).__name__)
            outcome = Outcome(OutcomeState.UNKNOWN, work.order.at, code="link_failed", text=type(error).__name__)
        return Answered(work, outcome, timedelta(seconds=loop.time() - started))

    async def _conclude_forever(self) -> None:
        while True:
            batch = [await self._done.get()]
            while not self._done.empty() and len(batch) < _BATCH:
                batch.append(self._done.get_nowait())
            for work in await self._concluded(batch):
                self._start(work)
            self._unapplied -= len(batch)
            self._wake.wake()

    async def _concluded(self, batch: Sequence[Done]) -> list[Work]:
        """Apply a batch, for as long as it takes: what suppliers said is never thrown away because the database is away."""
        while True:
            try:
                return await self._in(self._concluding, lambda: self._core.conclude(batch))
            except (OperationalError, InterfaceError, DatabaseBusy) as error:
                _log.warning("outcomes_wait", count=len(batch), why=type(error).__name__)
                await asyncio.sleep(_AFTER_FAILURE_SECONDS)
            except Exception:  # the loop's boundary: one outcome that cannot be applied must not hold up the others
                return await self._halved(batch)

    async def _halved(self, batch: Sequence[Done]) -> list[Work]:
        if len(batch) == 1:
            # Left as it is, the order comes due again and is asked about.
            _log.exception("outcome_not_applied", work=repr(batch[0])[:500])
            return []
        middle = len(batch) // 2
        return [*await self._concluded(batch[:middle]), *await self._concluded(batch[middle:])]

    async def _look_after_links_forever(self) -> None:
        rounds = 0
        while True:
            await asyncio.sleep(LOOK_AFTER_LINKS_EVERY.total_seconds() if rounds else 0)
            rounds += 1
            try:
                if rounds % _REFRESH_EVERY == 1:
                    await self._refresh_links()
                    await self._in(self._concluding, self._core.free_orphans)
                for work in await self._in(self._concluding, self._core.look_after_links):
                    self._start(work)
            except (DBAPIError, DatabaseBusy) as error:
                _log.warning("links_not_looked_after", why=type(error).__name__)

    async def _refresh_links(self) -> None:
        self._pool.take(await self._in(self._concluding, self._pool.read))
        await self._pool.close_retired()

    async def _in(self, thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(thread, work)


async def _asked(link: SupplierLink, work: Submit | Reverse | Query) -> Outcome:
    if isinstance(work, Submit):
        return await link.submit(work.order)
    if isinstance(work, Reverse):
        return await link.reverse(work.order)
    return await link.query(work.order)


async def _stock(links: Mapping[int, SupplierLink], work: AskBalance) -> Stock | None:
    try:
        return await links[work.link_id].balance()
    except CannotTell:
        return None
    except Exception as error:  # a link's mistake is its own: it did not tell its stock
        _log.exception("link_failed", why=type(error).__name__)
        return None
