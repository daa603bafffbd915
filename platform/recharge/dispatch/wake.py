"""A nudge from who takes orders in to the dispatcher on the same machine: a datagram without content. A lost one costs half a second."""

import asyncio
import socket
from pathlib import Path
from typing import Any


class WakeReceiver(asyncio.DatagramProtocol):
    """Listens at a path (None: never nudged from outside) and lets the worker wait for a nudge or a time."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._event = asyncio.Event()
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        """Start to listen. A socket left by a process that was killed is replaced. Raises OSError."""
        if self._path is None:
            return
        self._path.unlink(missing_ok=True)
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, family=socket.AF_UNIX, local_addr=str(self._path))

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Called by the loop for each nudge."""
        self._event.set()

    def wake(self) -> None:
        """A nudge from inside the process."""
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Return at the next nudge, or after this long. A nudge that came while nobody waited counts."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            return
        finally:
            self._event.clear()

    def close(self) -> None:
        """Stop listening."""
        if self._transport is not None and self._path is not None:
            self._transport.close()
            self._path.unlink(missing_ok=True)
