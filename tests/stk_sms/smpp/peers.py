"""For tests of sessions: time that a test moves, a peer that says what a test wants, waiting for what is about to happen."""

import asyncio
import heapq
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from itertools import count

from stk_sms.smpp.codec import FrameReader, Pdu, decode, encode
from stk_sms.smpp.pdus import Body, EnquireLink, EnquireLinkResp

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


class ManualTimers:
    """Time that stands until a test moves it."""

    def __init__(self) -> None:
        self.moment = 1000.0
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self.slept: list[float] = []

    def now(self) -> float:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        until: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.moment + seconds, next(self._order), until))
        await until

    async def advance(self, seconds: float) -> None:
        """Let time pass, waking whoever is due in order."""
        end = self.moment + seconds
        while self._sleepers and self._sleepers[0][0] <= end:
            self.moment, _, until = heapq.heappop(self._sleepers)
            if not until.done():
                until.set_result(None)
            await settle()
        self.moment = end
        await settle()


async def settle() -> None:
    """Let everything that can run now run."""
    for _ in range(20):
        await asyncio.sleep(0)


async def until(condition: Callable[[], bool], what: str = "it") -> None:
    """Wait until something is so; give up after many turns of the loop."""
    for _ in range(5000):
        if condition():
            return
        await asyncio.sleep(0.002)
    raise AssertionError(f"{what} did not happen")


class Peer:
    """The other end of a connection, PDU by PDU."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._frames = FrameReader()
        self._kept: list[bytes] = []
        self.gone = False

    async def hear(self) -> Pdu:
        """The next PDU. Raises EOFError when the other side has closed."""
        while not self._kept:
            async with asyncio.timeout(20):
                octets = await self._reader.read(65_536)
            if not octets:
                self.gone = True
                raise EOFError
            self._kept = self._frames.feed(octets)
        return decode(self._kept.pop(0))

    async def hear_request(self) -> Pdu:
        """The next PDU that is no link check; checks are answered."""
        while True:
            pdu = await self.hear()
            if not isinstance(pdu.body, EnquireLink):
                return pdu
            self.say(EnquireLinkResp(), pdu.sequence)

    async def closed(self) -> bool:
        """Reads on until the other side closes; link checks are answered."""
        with suppress(EOFError, ConnectionError):
            while True:
                await self.hear_request()
        return True

    def say(self, body: Body, sequence: int = 1, status: int = 0) -> None:
        """Send one PDU."""
        self.say_all(Pdu(body, sequence, status))

    def say_all(self, *pdus: Pdu) -> None:
        """Send PDUs in one write."""
        self.say_octets(b"".join(map(encode, pdus)))

    def say_octets(self, octets: bytes) -> None:
        """Send anything."""
        self._writer.write(octets)

    def close(self) -> None:
        self._writer.close()


@asynccontextmanager
async def pipe() -> AsyncIterator[tuple[Peer, asyncio.StreamReader, asyncio.StreamWriter]]:
    """A peer, and the streams of the other end."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)
    peer = Peer(*await asyncio.open_connection(sock=theirs))
    try:
        yield peer, reader, writer
    finally:
        for one in (peer._writer, writer):
            one.close()
            with suppress(OSError):
                await one.wait_closed()


class Listener:
    """A centre that a test plays itself: connections as they come."""

    def __init__(self, server: asyncio.Server, peers: "asyncio.Queue[Peer]") -> None:
        self._server, self._peers = server, peers
        self.port = int(server.sockets[0].getsockname()[1])

    @property
    def waiting(self) -> bool:
        """Whether a connection has come that nobody has asked for."""
        return not self._peers.empty()

    async def next(self) -> Peer:
        """The next connection."""
        async with asyncio.timeout(20):
            return await self._peers.get()


@asynccontextmanager
async def listener(port: int) -> AsyncIterator[Listener]:
    """Listens on loopback."""
    peers: asyncio.Queue[Peer] = asyncio.Queue()
    known: list[Peer] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer)
        known.append(peer)
        peers.put_nowait(peer)

    server = await asyncio.start_server(connected, "127.0.0.1", port)
    try:
        yield Listener(server, peers)
    finally:
        server.close()
        for peer in known:
            peer.close()
        await settle()
