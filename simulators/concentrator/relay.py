"""The concentrator as a box between terminals and host: takes calls in, puts who rang before each message, and routes answers back."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle

from simulators.concentrator.link import LINES, Link, LinkDown
from simulators.pos_terminal.messages import dial_up

_LENGTH_OCTETS = 2
_TPDU_OCTETS = 5
_DESTINATION = slice(1, 3)
_SOURCE = slice(3, 5)
_BLOCK_HEAD = b"LRI"


class Relay:
    """Takes terminals' connections as calls; all of them travel over one link, which is made when the first one needs it."""

    def __init__(self, host: str, port: int, called: str = "", secured: ssl.SSLContext | None = None) -> None:
        self._address, self._called, self._secured = (host, port), called, secured
        self._link: Link | None = None
        self._linking = asyncio.Lock()
        self._numbers: Iterator[int] = cycle(range(1, LINES + 1))
        self._busy: set[int] = set()
        self._calls: set[asyncio.Task[None]] = set()

    @property
    def calls(self) -> int:
        """How many terminals are on the line."""
        return len(self._busy)

    async def call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One terminal's call, for asyncio.start_server."""
        if task := asyncio.current_task():
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)
        line = next(number for number in self._numbers if number not in self._busy)
        self._busy.add(line)
        try:
            await self._carry(line, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            # The terminal hung up, or the host is not there: the call is over.
            pass
        finally:
            self._busy.discard(line)
            await _hang_up(writer)

    async def _carry(self, line: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = await self._up()
        back = _Back(writer)
        link.attach(line, back.hear)
        try:
            while True:
                length = int.from_bytes(await reader.readexactly(_LENGTH_OCTETS), "big")
                inside = await reader.readexactly(length)
                back.source = inside[_SOURCE]
                link.send(line, _framed(self._named(line, inside)))
        finally:
            link.detach(line)

    def _named(self, line: int, inside: bytes) -> bytes:
        """The frame with who rang, unless the terminal has said so itself."""
        rest = inside[_TPDU_OCTETS:]
        if not self._called or rest.startswith(_BLOCK_HEAD):
            return inside
        # Every line has a number of its own, as in a shop whose terminal stands on its telephone line.
        return inside[:_TPDU_OCTETS] + dial_up(f"0731{line:08d}", self._called) + rest

    async def _up(self) -> Link:
        async with self._linking:
            if self._link is None or not self._link.up:
                self._link = await Link.connect(*self._address, secured=self._secured)
            return self._link

    async def close(self) -> None:
        """End all calls, then the link."""
        for task in list(self._calls):
            task.cancel()
        for task in list(self._calls):
            with suppress(asyncio.CancelledError):
                await task
        if self._link is not None:
            await self._link.close()


class _Back:
    """The way back to one terminal, under the address by which it knows itself."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.source = bytes(2)

    def hear(self, inside: bytes | None) -> None:
        """An answer for the terminal; None when the link is gone, and then the terminal is hung up."""
        if inside is None:
            self._writer.close()
            return
        frame = bytearray(inside)
        frame[_DESTINATION] = self.source
        self._writer.write(_framed(bytes(frame)))


def _framed(inside: bytes) -> bytes:
    return len(inside).to_bytes(_LENGTH_OCTETS, "big") + inside


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError, LinkDown):
        await writer.wait_closed()
