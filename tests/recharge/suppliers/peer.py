"""A peer on a raw TCP port that does exactly what a test says: answer, half answer, reset, stay silent, hang up."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Play = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One request that arrived, and the ways to treat it."""

    head: bytes
    body: bytes
    writer: asyncio.StreamWriter

    @property
    def headers(self) -> dict[str, str]:
        """Header names in lower case."""
        lines = self.head.decode().split("\r\n")[1:]
        return {name.strip().lower(): text.strip() for name, _, text in (line.partition(":") for line in lines if line)}

    async def answer(self, body: bytes, status: str = "200 OK", **headers: str) -> None:
        """A whole HTTP answer; header names with _ for -."""
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
        await self.say("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    async def say(self, raw: bytes) -> None:
        """Just these bytes."""
        self.writer.write(raw)
        await self.writer.drain()

    def reset(self) -> None:
        """A TCP reset instead of an orderly end."""
        reset(self.writer)

    async def silence(self) -> None:
        """Nothing, for longer than any test waits."""
        await asyncio.sleep(60)


@dataclass
class Peer:
    """Listens on loopback. `play` treats each request; `at_connect` (if any) each connection before its first byte is read."""

    play: Play
    at_connect: Callable[[asyncio.StreamWriter], bool] | None = None
    port: int = 0
    requests: list[Exchange] = field(default_factory=list)
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            if self.at_connect is not None and self.at_connect(writer):
                return
            while True:
                await self._one(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        exchange = Exchange(head[:-4], b"", writer)
        exchange.body = await reader.readexactly(int(exchange.headers.get("content-length", "0")))
        self.requests.append(exchange)
        await self.play(exchange)


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST."""
    taken = writer.get_extra_info("socket")
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def listening(peer: Peer, port: int) -> AsyncIterator[Peer]:
    """The peer at work on a port of the loopback address."""
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(peer.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    peer.port = port
    server = await asyncio.start_server(connected, "127.0.0.1", port)
    try:
        yield peer
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
