"""The listener by itself: frames in any pieces, limits, politeness when full, and answers that find their way back."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from pos.codec.frame import Frame, parse, write
from pos.hall import BadFrame
from pos.judge import Inbound
from pos.server import Limits, Place, Server
from tests.pos.stand import HEADER, TPDU
from tests.pos.waiting import until
from tests.support.machine import free_port

LONG = 30.0
BODY = bytes.fromhex("0820") + bytes(8)
FRAME = write(Frame(TPDU, HEADER, BODY))


class EchoHall:
    """Answers every frame with its own body; holds answers back while it is told to."""

    def __init__(self) -> None:
        self.seen: list[Inbound] = []
        self.go = asyncio.Event()
        self.go.set()

    async def answer(self, inbound: Inbound) -> bytes | None:
        self.seen.append(inbound)
        await self.go.wait()
        if inbound.frame.body[:2] == b"\x99\x99":
            raise BadFrame("no message")
        if inbound.frame.body[:2] == b"\x98\x98":
            raise ZeroDivisionError
        return write(inbound.frame.answer(inbound.frame.body))

    def refuse(self, inbound: Inbound) -> bytes | None:
        return write(inbound.frame.answer(b"\x96\x96" + bytes(8)))


class Scene:
    """A server with one place, and clients of it."""

    def __init__(self, limits: Limits, *, proxy: bool) -> None:
        self.hall, self.events = EchoHall(), list[str]()
        self.server = Server(self.hall, limits, lambda: datetime.now(UTC), lambda kind, _, __: self.events.append(kind))
        self.port, self._proxy = free_port(), proxy
        self._writers: list[asyncio.StreamWriter] = []

    async def open(self) -> None:
        assert await self.server.open([Place("127.0.0.1", self.port, proxy=self._proxy)]) == [self.port]

    async def client(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writers.append(writer)
        return reader, writer

    async def close(self) -> None:
        self.hall.go.set()
        for writer in self._writers:
            writer.close()
        await self.server.close()


async def frame_of(reader: asyncio.StreamReader) -> Frame:
    async with asyncio.timeout(LONG):
        length = int.from_bytes(await reader.readexactly(2), "big")
        return parse(await reader.readexactly(length))


async def ended(reader: asyncio.StreamReader) -> bool:
    """Whether the other side has closed, with nothing more to say."""
    async with asyncio.timeout(LONG):
        try:
            return await reader.read(1) == b""
        except ConnectionError:
            return True


def play(script: Callable[[Scene], Awaitable[None]], limits: Limits | None = None, *, proxy: bool = False) -> Scene:
    """Run a script with a server that is closed whatever happens."""

    @asynccontextmanager
    async def scene() -> AsyncIterator[Scene]:
        made = Scene(limits or Limits(), proxy=proxy)
        await made.open()
        try:
            yield made
        finally:
            await made.close()

    async def run() -> Scene:
        async with scene() as made:
            await script(made)
        return made

    return asyncio.run(run())


def test_frames_in_any_pieces() -> None:
    async def script(scene: Scene) -> None:
        reader, writer = await scene.client()
        for octet in FRAME:
            writer.write(bytes([octet]))
            await writer.drain()
        assert (await frame_of(reader)).tpdu == bytes.fromhex("6001230006")
        writer.write(FRAME * 3 + FRAME[:7])
        assert [(await frame_of(reader)).body for _ in range(3)] == [BODY] * 3
        writer.write(FRAME[7:])
        assert (await frame_of(reader)).body == BODY

    scene = play(script)
    assert len(scene.hall.seen) == 5
    assert scene.hall.seen[0].peer.startswith("127.0.0.1:")
    assert scene.events == []


def test_answers_of_many_terminals_go_back_by_their_own_addresses() -> None:
    async def script(scene: Scene) -> None:
        reader, writer = await scene.client()
        sent = [bytes([0x60, 0, 6, number // 256, number % 256]) for number in range(100)]
        writer.write(b"".join(write(Frame(tpdu, HEADER, BODY)) for tpdu in sent))
        answered = [(await frame_of(reader)).tpdu for _ in sent]
        assert sorted(tpdu[1:3] for tpdu in answered) == sorted(tpdu[3:5] for tpdu in sent)

    play(script)


@pytest.mark.parametrize("head", [b"\x00\x00", b"\xff\xff", b"\x08\x01"])
def test_a_length_that_cannot_be_ends_the_connection(head: bytes) -> None:
    async def script(scene: Scene) -> None:
        reader, writer = await scene.client()
        writer.write(head)
        assert await ended(reader)

    assert play(script).events == ["frame_size"]


def test_a_few_bad_frames_are_borne_and_many_are_not() -> None:
    async def script(scene: Scene) -> None:
        reader, writer = await scene.client()
        bad = write(Frame(TPDU, HEADER, b"\x99\x99" + bytes(8)))
        writer.write(bad + b"\x00\x03abc" + FRAME)
        assert (await frame_of(reader)).body == BODY
        writer.write(bad)
        assert await ended(reader)

    assert play(script, Limits(bad_frames=3)).events == ["bad_frame"] * 3


def test_an_error_of_one_message_is_its_own() -> None:
    async def script(scene: Scene) -> None:
        reader, writer = await scene.client()
        writer.write(write(Frame(TPDU, HEADER, b"\x98\x98" + bytes(8))) + FRAME)
        assert (await frame_of(reader)).body == BODY

    play(script)


def test_a_slow_sender_and_a_silent_one_are_ended() -> None:
    async def script(scene: Scene) -> None:
        reader, writer = await scene.client()
        writer.write(FRAME[:5])
        silent, _ = await scene.client()
        assert await ended(reader)
        assert await ended(silent)

    assert set(play(script, Limits(slow_seconds=0.2, idle_seconds=1.5)).events) == {"slow_sender", "idle"}


def test_octets_that_trickle_do_not_make_a_frame_younger() -> None:
    async def script(scene: Scene) -> None:
        reader, writer = await scene.client()

        async def trickle() -> None:
            for octet in FRAME[:-1]:
                writer.write(bytes([octet]))
                await asyncio.sleep(0.1)

        task = asyncio.create_task(trickle())
        assert await ended(reader)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert play(script, Limits(slow_seconds=0.5)).events == ["slow_sender"]


def test_too_many_from_one_address() -> None:
    async def script(scene: Scene) -> None:
        reader, writer = await scene.client()
        writer.write(FRAME)
        await frame_of(reader)
        second, _ = await scene.client()
        assert await ended(second)
        writer.close()
        await until(lambda: not scene.server.connections)
        third, again = await scene.client()
        again.write(FRAME)
        assert (await frame_of(third)).body == BODY

    assert play(script, Limits(connections_per_address=1)).events == ["too_many_connections"]


def test_a_guest_gets_one_polite_answer() -> None:
    async def script(scene: Scene) -> None:
        reader, writer = await scene.client()
        writer.write(FRAME)
        await frame_of(reader)
        guest, asking = await scene.client()
        asking.write(FRAME)
        assert (await frame_of(guest)).body[:2] == b"\x96\x96"
        assert await ended(guest)

    play(script, Limits(connections=1))


def test_no_room_for_more_messages() -> None:
    async def script(scene: Scene) -> None:
        scene.hall.go.clear()
        reader, writer = await scene.client()
        writer.write(FRAME * 3)
        assert (await frame_of(reader)).body[:2] == b"\x96\x96"
        scene.hall.go.set()
        assert [(await frame_of(reader)).body for _ in range(2)] == [BODY] * 2

    play(script, Limits(in_flight=2))


def test_going_down_answers_what_is_under_way() -> None:
    async def script(scene: Scene) -> None:
        scene.hall.go.clear()
        reader, writer = await scene.client()
        writer.write(FRAME)
        await until(lambda: scene.server.in_flight == 1)
        closing = asyncio.create_task(scene.server.close())
        await until(lambda: scene.server.draining)
        writer.write(FRAME)
        assert (await frame_of(reader)).body[:2] == b"\x96\x96"
        scene.hall.go.set()
        assert (await frame_of(reader)).body == BODY
        assert await ended(reader)
        await closing

    play(script)


def test_going_down_does_not_wait_for_ever() -> None:
    async def script(scene: Scene) -> None:
        scene.hall.go.clear()
        _, writer = await scene.client()
        writer.write(FRAME)
        await until(lambda: scene.server.in_flight == 1)
        await scene.server.close(seconds=0.05)

    play(script)


def test_an_answer_to_somebody_who_left_is_dropped() -> None:
    async def script(scene: Scene) -> None:
        scene.hall.go.clear()
        _, writer = await scene.client()
        writer.write(FRAME)
        await until(lambda: scene.server.in_flight == 1)
        writer.close()
        await until(lambda: not scene.server.connections)
        scene.hall.go.set()
        await until(lambda: not scene.server.in_flight)

    assert play(script).events == []


def test_who_does_not_read_is_not_served_for_ever() -> None:
    async def script(scene: Scene) -> None:
        loop = asyncio.get_running_loop()
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.setblocking(False)
            await loop.sock_connect(client, ("127.0.0.1", scene.port))
            big = write(Frame(TPDU, HEADER, BODY + bytes(1900)))

            async def flood() -> None:
                while True:
                    await loop.sock_sendall(client, big * 20)

            task = asyncio.create_task(flood())
            await until(lambda: bool(scene.events) or (bool(scene.server.connections) and all(c.paused for c in scene.server.connections)))
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    play(script, Limits(in_flight=100_000))


def test_behind_a_proxy_the_terminals_own_address_counts() -> None:
    async def script(scene: Scene) -> None:
        reader, writer = await scene.client()
        writer.write(b"PROXY TCP4 192.0.2.77 192.0.2.1 4711 8086\r\n"[:20])
        await writer.drain()
        writer.write(b"PROXY TCP4 192.0.2.77 192.0.2.1 4711 8086\r\n"[20:] + FRAME)
        await frame_of(reader)
        other, unknown = await scene.client()
        unknown.write(b"PROXY UNKNOWN\r\n" + FRAME)
        await frame_of(other)
        for line in (b"GET / HTTP/1.1\r\n", b"x" * 200):
            liar, writing = await scene.client()
            writing.write(line)
            assert await ended(liar)

    scene = play(script, proxy=True)
    assert [inbound.peer for inbound in scene.hall.seen] == ["192.0.2.77:4711", "proxy:0"]
    assert scene.events == ["proxy_line"]


def test_a_proxy_that_says_nothing_is_ended() -> None:
    async def script(scene: Scene) -> None:
        reader, _ = await scene.client()
        assert await ended(reader)

    assert play(script, Limits(slow_seconds=0.2), proxy=True).events == ["slow_sender"]
