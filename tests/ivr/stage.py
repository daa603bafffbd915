"""Where calls take place in tests: the stand-in for Asterisk or a real one behind the same methods, and the service that answers."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Protocol

import pytest

from ivr.configuration import Box, Configuration, Fast
from ivr.service import Service
from recharge import Engine
from recharge.settings import Settings
from simulators.exchange.call import Refused as FakeRefused
from simulators.exchange.exchange import Exchange
from simulators.sip_caller import call as sip
from simulators.sip_caller.ears import Library
from tests.support import machine
from tests.support.asterisk import Asterisk

UP_SECONDS = 30.0
SECRET = "between us"


class Caller(Protocol):
    """A person with a telephone."""

    @property
    def over(self) -> bool: ...

    async def press(self, keys: str) -> None: ...

    async def hear(self, *names: str) -> None: ...

    async def hear_at_last(self, name: str, *, whole: bool = True) -> list[str]: ...

    async def hang_up(self) -> None: ...

    async def ended(self) -> None: ...

    def close(self) -> None: ...


class Stage(Protocol):
    """An exchange."""

    def box(self) -> Box: ...

    async def call(self, number: str) -> Caller: ...

    async def refused(self, number: str) -> list[str]:
        """A call that is not taken: what was heard, and that the caller pays nothing for it."""

    async def cut(self) -> None:
        """Cut the manager's connection."""

    def limit(self, most: int) -> None:
        """Calls at once."""


class FakeStage:
    """The stand-in."""

    def __init__(self, **how: Any) -> None:
        self.exchange = Exchange(secret=SECRET, **how)
        self.port = machine.free_port()

    def box(self) -> Box:
        return Box.model_validate({"port": self.port, "secret": SECRET})

    async def call(self, number: str) -> Caller:
        return await self.exchange.call(number)

    async def refused(self, number: str) -> list[str]:
        call = self.exchange.ring(number)
        with pytest.raises(FakeRefused, match="503"):
            await call.dial()
        return call.names

    async def cut(self) -> None:
        self.exchange.manager.cut()

    def limit(self, most: int) -> None:
        self.exchange.most = most


class Wire:
    """A connection through us to the real manager, so that it can be cut."""

    def __init__(self, port: int) -> None:
        self._to, self.port = port, machine.free_port()
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port)

    async def stop(self) -> None:
        assert self._server is not None
        self.cut()
        self._server.close()
        await self._server.wait_closed()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.close()
            return
        self._writers += [writer, far_writer]
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._carry(source, sink))
            self._tasks.add(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()


class RealStage:
    """A real Asterisk."""

    def __init__(self, asterisk: Asterisk, library: Library, wire: Wire) -> None:
        self.asterisk, self._library, self._wire = asterisk, library, wire
        self._calls: list[sip.Call] = []

    def box(self) -> Box:
        return self.asterisk.box().model_copy(update={"port": self._wire.port})

    async def call(self, number: str, by_info: bool = False, silent: bool = False) -> Caller:
        call = sip.Call(self._library, by_info=by_info, silent=silent)
        self._calls.append(call)
        return await call.dial(self.asterisk.sip_port, number)

    def close(self) -> None:
        """Whatever became of the calls, nothing of them stays."""
        for call in self._calls:
            call.close()

    async def refused(self, number: str) -> list[str]:
        call = sip.Call(self._library)
        with pytest.raises(sip.Refused, match="503"):
            await call.dial(self.asterisk.sip_port, number)
        assert all(item.whole for item in call.heard)
        return [item.name for item in call.heard]

    async def cut(self) -> None:
        self._wire.cut()

    def limit(self, most: int) -> None:
        self.asterisk.console(f"dialplan set global IVR_MOST {most}")


@asynccontextmanager
async def fake_stage(**how: Any) -> AsyncIterator[FakeStage]:
    """The stand-in, listening."""
    stage = FakeStage(**how)
    await stage.exchange.manager.start(stage.port)
    try:
        yield stage
    finally:
        await stage.exchange.stop()


@asynccontextmanager
async def real_stage(asterisk: Asterisk, library: Library) -> AsyncIterator[RealStage]:
    """A running Asterisk behind a wire that can be cut."""
    wire = Wire(asterisk.ami_port)
    await wire.start()
    stage = RealStage(asterisk, library, wire)
    try:
        yield stage
    finally:
        stage.close()
        await wire.stop()


def settings_for(url: str = "sqlite://") -> Settings:
    """A deployment's settings."""
    return Settings.model_validate({"database_url": url, "master_key": bytes(range(32)).hex()})


@contextmanager
def served(engine: Engine, *boxes: Box, fast_port: int = 0, wait: bool = True) -> Iterator[Service]:
    """The service in this process, answering calls; it is stopped without waiting for them."""
    fast = Fast(port=fast_port) if fast_port else None
    service = Service(engine, Configuration(asterisk=boxes, fast=fast, drain_seconds=0), settings_for())
    over, ready = threading.Event(), threading.Event()
    thread = threading.Thread(target=service.run, args=(over, ready.set), name="ivr")
    thread.start()
    try:
        assert not wait or ready.wait(UP_SECONDS)
        yield service
    finally:
        over.set()
        thread.join(UP_SECONDS)


@asynccontextmanager
async def served_in_thread(engine: Engine, *boxes: Box, **how: Any) -> AsyncIterator[Service]:
    """As `served`, from within a loop whose exchange has to go on answering."""
    context = served(engine, *boxes, **how)
    service = await asyncio.to_thread(context.__enter__)
    try:
        yield service
    finally:
        await asyncio.to_thread(context.__exit__, None, None, None)


async def until(true: Callable[[], bool]) -> None:
    """Wait for a condition, with a generous limit."""
    async with asyncio.timeout(UP_SECONDS):
        while not true():  # noqa: ASYNC110  what is waited for happens in other threads and processes
            await asyncio.sleep(0.02)


async def together(*calls: Awaitable[None]) -> None:
    """Several calls at once; the first fault is raised when all have ended."""
    done = await asyncio.gather(*calls, return_exceptions=True)
    for fault in done:
        if isinstance(fault, BaseException):
            raise fault
