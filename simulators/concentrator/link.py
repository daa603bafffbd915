"""The connection to the host: frames of many lines go out, and each answer goes back to the line its TPDU names."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Final, cast

_LENGTH_OCTETS = 2
_TPDU_OCTETS = 5
# In the TPDU of an answer the destination is the line that asked.
_DESTINATION = slice(1, 3)
_SOURCE = slice(_LENGTH_OCTETS + 3, _LENGTH_OCTETS + 5)
LINES: Final = 0xFFFF
"""Lines have the numbers 1 to this."""


class LinkDown(ConnectionError):
    """The connection to the host is gone; what was asked on it has no answer."""


class Link(asyncio.Protocol):
    """One TCP connection. Make it with `connect`; a line is attached by its number, and hears its answers without length."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting_octets = bytearray()
        self._lines: dict[int, Callable[[bytes | None], None]] = {}
        self._writable = asyncio.Event()
        self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.strays = 0
        """Answers for lines that nobody is on any more."""

    @classmethod
    async def connect(cls, host: str, port: int, secured: ssl.SSLContext | None = None) -> "Link":
        """Raises OSError."""
        _, link = await asyncio.get_running_loop().create_connection(cls, host, port, ssl=secured)
        return link

    @property
    def up(self) -> bool:
        """Whether the connection stands."""
        return not self._gone.done()

    def attach(self, line: int, hear: Callable[[bytes | None], None]) -> None:
        """Answers to a line go to `hear`; None says that the connection is gone."""
        self._lines[line] = hear

    def detach(self, line: int) -> None:
        """Nobody is on the line any more."""
        self._lines.pop(line, None)

    def send(self, line: int, octets: bytes) -> None:
        """A whole frame, sent with the line's number as its source. Raises LinkDown."""
        if self._transport is None or not self.up:
            raise LinkDown
        frame = bytearray(octets)
        frame[_SOURCE] = line.to_bytes(2, "big")
        self._transport.write(frame)

    async def ask(self, line: int, octets: bytes, seconds: float) -> bytes:
        """Send, and wait for the next answer to the line, without length. Raises LinkDown, TimeoutError."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        def hear(inside: bytes | None) -> None:
            if answer.done():
                return
            if inside is None:
                answer.set_exception(LinkDown())
            else:
                answer.set_result(inside)

        self.attach(line, hear)
        try:
            self.send(line, octets)
            async with asyncio.timeout(seconds):
                await self._writable.wait()
                return await answer
        finally:
            self.detach(line)
            if answer.done() and not answer.cancelled():
                # Whoever waited may have run out of time before this was looked at.
                answer.exception()

    async def close(self) -> None:
        """Hang up, and see it happen."""
        if self._transport is not None:
            self._transport.close()
        with suppress(asyncio.CancelledError):
            await asyncio.shield(self._gone)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's call."""
        self._transport = cast("asyncio.Transport", transport)
        self._writable.set()

    def pause_writing(self) -> None:
        """asyncio's call."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """asyncio's call."""
        self._writable.set()

    def data_received(self, octets: bytes) -> None:
        """asyncio's call: hand out every whole frame."""
        held = self._waiting_octets
        held += octets
        place = 0
        while len(held) - place >= _LENGTH_OCTETS:
            end = place + _LENGTH_OCTETS + int.from_bytes(held[place : place + _LENGTH_OCTETS], "big")
            if end > len(held):
                break
            self._hand_out(bytes(held[place + _LENGTH_OCTETS : end]))
            place = end
        del held[:place]

    def _hand_out(self, inside: bytes) -> None:
        hear = self._lines.get(int.from_bytes(inside[_DESTINATION], "big")) if len(inside) > _TPDU_OCTETS else None
        if hear is None:
            self.strays += 1
        else:
            hear(inside)

    def connection_lost(self, _why: Exception | None) -> None:
        """asyncio's call: every line hears it."""
        if not self._gone.done():
            self._gone.set_result(None)
        self._writable.set()
        for hear in list(self._lines.values()):
            hear(None)
