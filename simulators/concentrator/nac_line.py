"""A terminal's line on a concentrator's link, for the simulated terminal to speak over."""

import asyncio

from simulators.concentrator.link import Link, LinkDown
from simulators.pos_terminal.line import NoAnswer, NoLine


class NacLine:
    """One line of a link; as the terminal's own line over TCP, but that hanging up leaves the link as it is."""

    def __init__(self, link: Link, line: int) -> None:
        self._link, self._number = link, line
        self._heard: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def open(self) -> None:
        """Pick the line up. Raises NoLine when the link is gone."""
        if not self._link.up:
            raise NoLine("the link is down")
        self._link.attach(self._number, self._heard.put_nowait)

    async def send(self, octets: bytes) -> None:
        """A whole frame. Raises NoAnswer."""
        try:
            self._link.send(self._number, octets)
        except LinkDown as error:
            raise NoAnswer from error

    async def receive(self, seconds: float) -> bytes:
        """The next frame without its length. Raises NoAnswer."""
        try:
            async with asyncio.timeout(seconds):
                inside = await self._heard.get()
        except TimeoutError as error:
            raise NoAnswer from error
        if inside is None:
            raise NoAnswer
        return inside

    async def close(self) -> None:
        """Hang up: answers that come later find nobody."""
        self._link.detach(self._number)
        self._heard = asyncio.Queue()
