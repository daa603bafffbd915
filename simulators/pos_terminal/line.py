"""The terminal's line to the host: one TCP connection, a frame out, a frame back, and no patience beyond the limit."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

_LENGTH_OCTETS = 2
_CONNECT_SECONDS = 10.0


class NoLine(Exception):
    """No connection came about: nothing was sent."""


class NoAnswer(Exception):
    """Something was sent, and no answer can be relied upon; `reason` is what field 39 of a reversal will say."""

    def __init__(self, reason: str = "98") -> None:
        super().__init__(reason)
        self.reason = reason


class Line(Protocol):
    """What a terminal needs of a line; a concentrator offers the same."""

    async def open(self) -> None:
        """Be connected. Raises NoLine."""

    async def send(self, octets: bytes) -> None:
        """A whole frame. Raises NoAnswer."""

    async def receive(self, seconds: float) -> bytes:
        """The next frame without its length. Raises NoAnswer."""

    async def close(self) -> None:
        """Hang up."""


class TcpLine:
    """A line over TCP, or TLS where a context is given."""

    def __init__(self, host: str, port: int, secured: ssl.SSLContext | None = None) -> None:
        self._address, self._secured = (host, port), secured
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        """Connect, unless the connection stands. Raises NoLine."""
        if self._writer is not None and self._reader is not None and not self._reader.at_eof():
            return
        await self.close()
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                self._reader, self._writer = await asyncio.open_connection(*self._address, ssl=self._secured)
        except (OSError, TimeoutError) as error:
            raise NoLine(str(error)) from error

    async def send(self, octets: bytes) -> None:
        """Raises NoAnswer: some of it may have left."""
        if self._writer is None:
            raise NoAnswer
        try:
            self._writer.write(octets)
            await self._writer.drain()
        except OSError as error:
            raise NoAnswer from error

    async def receive(self, seconds: float) -> bytes:
        """Raises NoAnswer when the time is over or the other side has hung up."""
        if self._reader is None:
            raise NoAnswer
        try:
            async with asyncio.timeout(seconds):
                length = int.from_bytes(await self._reader.readexactly(_LENGTH_OCTETS), "big")
                return await self._reader.readexactly(length)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            # Half a frame may have come: what follows on this connection could not be told apart.
            await self.close()
            raise NoAnswer from error

    async def close(self) -> None:
        """Hang up; an answer on its way is lost."""
        writer, self._reader, self._writer = self._writer, None, None
        if writer is not None:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def host_of(told: str) -> tuple[str, int]:
    """HOST:PORT as a pair. Raises ValueError."""
    host, _, port = told.rpartition(":")
    if not host:
        raise ValueError(told)
    return host, int(port)


def line_to(server: tuple[str, int], certificate: Path | None = None) -> Callable[[], TcpLine]:
    """Makes lines to a server; over TLS where a certificate vouches for it."""
    secured = ssl.create_default_context(cafile=str(certificate)) if certificate else None
    return lambda: TcpLine(*server, secured)
