"""The dispatcher as a process: worker, callback server, wake socket and the outbox's sender, from start to drained end."""

import asyncio
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from recharge.dispatch.callback_server import CallbackServer
from recharge.dispatch.callbacks import Callbacks
from recharge.dispatch.core import Core
from recharge.dispatch.heard import Heard
from recharge.dispatch.links import LinkPool
from recharge.dispatch.parts import DispatchParts
from recharge.dispatch.rereading import Rereader
from recharge.dispatch.wake import WakeReceiver
from recharge.dispatch.worker import Worker, WorkerRules
from recharge.suppliers.contract import Told

Chore = Callable[[threading.Event], None]
"""Something that runs beside the worker in a thread of its own until the event is set (the outbox's sender)."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """Where the process listens and how hard it works. `callback_bind` is host:port, "" for no callbacks.

    `heard` is the tray of what links learn by themselves.
    """

    worker: WorkerRules
    wake_path: Path | None
    callback_bind: str
    chores: tuple[Chore, ...] = ()
    heard: Heard | None = None


class Service:
    """Owns everything that must be closed again. `parts.links` is the pool that is given beside it."""

    def __init__(self, parts: DispatchParts, pool: LinkPool, options: ServiceOptions) -> None:
        self._options = options
        self._thread = ThreadPoolExecutor(1, "conclude")
        self._wake = WakeReceiver(options.wake_path)
        self._worker = Worker(Core(parts), pool, options.worker, self._wake, self._thread)
        self._callbacks = Callbacks(parts, pool)
        self._rereader = Rereader(parts, pool)
        self._server = CallbackServer(self._callbacks, options.callback_bind, self._thread) if options.callback_bind else None

    def stop(self) -> None:
        """Drain and end; what is on its way is waited for."""
        self._worker.stop()

    async def run(self) -> None:
        """Serve until `stop`. Raises OSError when an address is taken."""
        await self._wake.open()
        stopped = threading.Event()
        chores = [threading.Thread(target=chore, args=(stopped,), name="chore") for chore in self._chores()]
        try:
            if self._server is not None:
                await self._server.open()
            for chore in chores:
                chore.start()
            _log.info("dispatcher_started")
            await self._worker.run()
        finally:
            stopped.set()
            if self._server is not None:
                await self._server.close()
            self._wake.close()
            await asyncio.to_thread(_join, chores)
            self._thread.shutdown()
            _log.info("dispatcher_stopped")

    def _chores(self) -> list[Chore]:
        heard = self._options.heard
        chores: list[Chore] = [*self._options.chores, partial(self._rereader.run, self._on_thread)]
        return chores if heard is None else [*chores, partial(heard.run, self._apply)]

    def _apply(self, told: Told) -> None:
        self._on_thread(partial(self._callbacks.take_told, told))

    def _on_thread(self, work: Callable[[], object]) -> object:
        return self._thread.submit(work).result()


def run_until_signal(parts: DispatchParts, pool: LinkPool, options: ServiceOptions) -> None:
    """Run the dispatcher in this process until SIGTERM or SIGINT, then drain."""

    async def serve() -> None:
        service = Service(parts, pool, options)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, service.stop)
        await service.run()

    asyncio.run(serve())


def _join(threads: list[threading.Thread]) -> None:
    for thread in threads:
        if thread.is_alive():
            thread.join()
