"""The stand-in for Asterisk in a thread of its own, for tests that talk to it as the product does: blocking."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import pytest

from ivr.asterisk.supervisor import Access
from simulators.exchange.exchange import Exchange
from tests.ivr.stage import SECRET
from tests.support import machine

T = TypeVar("T")


class InThread:
    """An exchange, and the loop it lives on."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="exchange")
        self.exchange = Exchange(secret=SECRET)
        self.port = machine.free_port()

    @property
    def access(self) -> Access:
        """How the product reaches it."""
        return Access("127.0.0.1", self.port, "kongchong", SECRET)

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        self.run(self.exchange.manager.start(self.port))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something on its loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def cut(self) -> None:
        """Cut all connections."""
        self._loop.call_soon_threadsafe(self.exchange.manager.cut)

    def tell(self, name: str, *headers: tuple[str, str]) -> None:
        """An event to everybody."""
        self._loop.call_soon_threadsafe(lambda: self.exchange.manager.tell(name, *headers))

    def stop(self) -> None:
        """End it."""
        self.run(self.exchange.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


@pytest.fixture
def fake() -> Iterator[InThread]:
    """A listening stand-in."""
    made = InThread()
    made.start()
    yield made
    made.stop()
