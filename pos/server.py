"""The listener: frames cut out of connections, within limits, and answers written back to where they came from."""

import asyncio
import logging
import ssl
from asyncio import sslproto
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pos.codec.errors import FrameError
from pos.codec.frame import LENGTH_OCTETS, parse
from pos.hall import BadFrame
from pos.judge import Inbound

_SWEEP_SECONDS = 1.0
_MOST_UNREAD = 256 * 1024
_LONGEST_PROXY_LINE = 108
_GUESTS = 500
_TLS_BUFFER = 16 * 1024
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process takes. `guests` beyond `connections` get one polite answer each."""

    frame_octets: int = 2048
    slow_seconds: float = 10.0
    idle_seconds: float = 900.0
    connections: int = 12_000
    connections_per_address: int = 2_000
    bad_frames: int = 5
    in_flight: int = 4_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen. With `proxy`, every connection begins with haproxy's line of who it is (PROXY protocol, version 1)."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    proxy: bool = False


class Answerer(Protocol):
    """What answers frames (pos.hall.Hall)."""

    async def answer(self, inbound: Inbound) -> bytes | None:
        """The answering frame. Raises BadFrame."""
        ...

    def refuse(self, inbound: Inbound) -> bytes | None:
        """The polite answer while there is no room."""
        ...


class Server:
    """Listens at all places. `events(kind, peer, detail)` hears of what staff should see."""

    def __init__(self, hall: Answerer, limits: Limits, now: Callable[[], datetime], events: Callable[[str, str, str], None]) -> None:
        self.hall, self.limits, self.now, self.events = hall, limits, now, events
        self.connections: set[Connection] = set()
        self.addresses: Counter[str] = Counter()
        self.in_flight = 0
        self.draining = False
        self._listening: list[asyncio.Server] = []
        self._sweeper: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()

    async def open(self, places: list[Place]) -> list[int]:
        """Listen; the ports, as they are. Raises OSError."""
        loop = asyncio.get_running_loop()
        for place in places:
            made = await loop.create_server(_factory(self, place), place.host, place.port, ssl=place.tls, backlog=1024)
            self._listening.append(made)
        self._sweeper = asyncio.create_task(self._sweep())
        return [item.getsockname()[1] for made in self._listening for item in made.sockets]

    async def close(self, seconds: float = 25.0) -> None:
        """No new connections; what is being answered is answered, what comes now is told to come again; then all are closed."""
        self.draining = True
        for made in self._listening:
            made.close()
        try:
            async with asyncio.timeout(seconds):
                while self.in_flight:
                    self._idle.clear()
                    await self._idle.wait()
        except TimeoutError:
            _log.warning("%d messages were not answered", self.in_flight)
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
        for connection in list(self.connections):
            connection.end()
        for made in self._listening:
            await made.wait_closed()

    @property
    def full(self) -> bool:
        """Whether the next message is told to come again."""
        return self.draining or self.in_flight >= self.limits.in_flight

    def answered(self) -> None:
        """One message less under way."""
        self.in_flight -= 1
        if not self.in_flight:
            self._idle.set()

    async def _sweep(self) -> None:
        """Ends connections that are silent for too long, or send one frame for too long: one look a second for all of them."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            now = loop.time()
            for connection in list(self.connections):
                why = connection.overdue(now)
                if why:
                    self.events(why, connection.peer, "")
                    connection.end()


class Connection(asyncio.Protocol):
    """One connection, of a terminal or of a concentrator with many."""

    def __init__(self, server: Server, *, proxied: bool) -> None:
        self._server, self._proxied = server, proxied
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._loop = asyncio.get_running_loop()
        self._heard, self._frame_since = self._loop.time(), 0.0
        self._address, self.peer = "", ""
        self._bad, self._guest = 0, False
        self.paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connects."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        host, port = (transport.get_extra_info("peername") or ("", 0))[:2]
        self._server.connections.add(self)
        if not self._proxied:
            self._enter(str(host), str(port))

    def _enter(self, host: str, port: str) -> None:
        server = self._server
        self._address, self.peer = host, f"{host}:{port}"
        server.addresses[host] += 1
        over = len(server.connections) - server.limits.connections
        if server.addresses[host] > server.limits.connections_per_address or over > _GUESTS:
            server.events("too_many_connections", self.peer, "")
            self.end()
        self._guest = over > 0

    def connection_lost(self, _: Exception | None) -> None:
        """It is gone; answers to it are lost with it, and asked for again."""
        server = self._server
        server.connections.discard(self)
        self._transport = None
        if self._address:
            server.addresses[self._address] -= 1
            if server.addresses[self._address] <= 0:
                del server.addresses[self._address]

    def data_received(self, octets: bytes) -> None:
        """Octets come, in whatever pieces."""
        self._heard = self._loop.time()
        self._buffer += octets
        if self._proxied and not self._read_proxy_line():
            return
        position, buffer = 0, self._buffer
        while len(buffer) - position >= LENGTH_OCTETS:
            length = int.from_bytes(buffer[position : position + LENGTH_OCTETS], "big")
            if length > self._server.limits.frame_octets or length == 0:
                self._server.events("frame_size", self.peer, str(length))
                self.end()
                return
            end = position + LENGTH_OCTETS + length
            if end > len(buffer):
                break
            self._frame(bytes(buffer[position + LENGTH_OCTETS : end]))
            position = end
        del buffer[:position]
        self._frame_since = (self._frame_since if self._frame_since and not position else self._heard) if buffer else 0.0

    def pause_writing(self) -> None:
        """The other side does not read: nothing more is read from it either."""
        self.paused = True
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """It reads again."""
        self.paused = False
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def overdue(self, now: float) -> str:
        """Why the connection has to end; "" while it need not."""
        limits = self._server.limits
        if self._frame_since and now - self._frame_since > limits.slow_seconds:
            return "slow_sender"
        if self._proxied and now - self._heard > limits.slow_seconds:
            return "slow_sender"
        return "idle" if now - self._heard > limits.idle_seconds else ""

    def end(self) -> None:
        """Close, after what is written has left."""
        if self._transport is not None:
            self._transport.close()

    def _frame(self, octets: bytes) -> None:
        server = self._server
        if self._transport is None or self._transport.is_closing():
            return
        try:
            inbound = Inbound(parse(octets), self.peer, server.now())
        except FrameError as error:
            self._count_bad(str(error))
            return
        if self._guest or server.full:
            self._write(server.hall.refuse(inbound))
            if self._guest:
                self.end()
            return
        server.in_flight += 1
        task = self._loop.create_task(self._serve(inbound))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)

    async def _serve(self, inbound: Inbound) -> None:
        try:
            self._write(await self._server.hall.answer(inbound))
        except BadFrame as error:
            self._count_bad(str(error))
        # One message must not end the others' connection, whatever it met.
        except Exception:
            _log.exception("a message could not be answered")
        finally:
            self._server.answered()

    def _count_bad(self, why: str) -> None:
        self._bad += 1
        self._server.events("bad_frame", self.peer, why)
        if self._bad >= self._server.limits.bad_frames:
            self.end()

    def _write(self, frame: bytes | None) -> None:
        transport = self._transport
        if frame is None or transport is None or transport.is_closing():
            return
        transport.write(frame)
        if transport.get_write_buffer_size() > _MOST_UNREAD:
            self._server.events("does_not_read", self.peer, "")
            transport.abort()

    def _read_proxy_line(self) -> bool:
        """haproxy's first line, once; whether frames may be read."""
        line, found, _ = bytes(self._buffer[:_LONGEST_PROXY_LINE]).partition(b"\r\n")
        words = line.decode("ascii", "replace").split(" ")
        if not found:
            if len(self._buffer) >= _LONGEST_PROXY_LINE:
                self.end()
            return False
        if words[0] != "PROXY" or len(words) not in (2, 6):
            self._server.events("proxy_line", "", "")
            self.end()
            return False
        del self._buffer[: len(line) + 2]
        self._proxied = False
        self._enter(*((words[2], words[4]) if len(words) == 6 else ("proxy", "0")))
        return True


_tasks: set["asyncio.Task[None]"] = set()


def _factory(server: Server, place: Place) -> Callable[[], Connection]:
    return lambda: Connection(server, proxied=place.proxy)


def tls_context(certificate: str, key: str, clients: str = "") -> ssl.SSLContext:
    """TLS 1.2 and later with a server's certificate; with `clients`, only for those whom that authority vouches for. Raises OSError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    if clients:
        context.load_verify_locations(clients)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def keep_tls_buffers_small() -> None:
    """asyncio holds a read buffer of 256 KiB for every TLS connection; a terminal's whole conversation fits into a sixteenth of it."""
    sslproto.SSLProtocol.max_size = _TLS_BUFFER
