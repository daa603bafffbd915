"""One connection for many lines: every answer finds its line, in pieces or in heaps, and everybody hears when the link is gone."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from simulators.concentrator.link import Link, LinkDown
from simulators.pos_terminal.messages import Frame
from tests.simulators.concentrator.conftest import linked
from tests.simulators.pos_terminal.host import Host

QUESTION = Frame(b"\x08\x20" + bytes(8)).octets()
Server = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answer_to(frame: bytes, text: bytes = b"answer") -> bytes:
    """A frame back to the line that asked."""
    inside = frame[2:3] + frame[5:7] + frame[3:5] + text
    return len(inside).to_bytes(2, "big") + inside


def with_peer(serve: Server, steps: Callable[[Link], Awaitable[None]]) -> None:
    """Run steps on a link to a server of one's own in the same loop."""

    async def whole() -> None:
        async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await serve(reader, writer)
            finally:
                writer.close()

        server = await asyncio.start_server(served, "127.0.0.1", 0)
        link = await Link.connect("127.0.0.1", server.sockets[0].getsockname()[1])
        try:
            await steps(link)
        finally:
            await link.close()
            server.close()
            await server.wait_closed()

    asyncio.run(whole())


async def frames(reader: asyncio.StreamReader, count: int) -> list[bytes]:
    """Some whole frames, with their lengths."""
    found = []
    for _ in range(count):
        length = await reader.readexactly(2)
        found.append(length + await reader.readexactly(int.from_bytes(length, "big")))
    return found


def test_the_line_is_the_source_and_the_answers_destination(host: Host) -> None:
    async def steps(link: Link) -> None:
        inside = await link.ask(0x0107, Frame(bytes.fromhex("0820") + bytes(8)).octets(), 30)
        assert inside[:5].hex() == "6001070003"

    linked(host.port, steps)
    assert host.heard[0].tpdu.hex() == "6000030107"


def test_answers_in_any_order_find_their_lines() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await frames(reader, 50)
        writer.write(b"".join(answer_to(frame, frame[5:7]) for frame in reversed(asked)))
        await reader.read()

    async def steps(link: Link) -> None:
        answers = await asyncio.gather(*(link.ask(line, QUESTION, 30) for line in range(1, 51)))
        assert [int.from_bytes(answer[5:], "big") for answer in answers] == list(range(1, 51))

    with_peer(serve, steps)


def test_frames_in_pieces_are_put_together() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await frames(reader, 2)
        octets = b"".join(map(answer_to, asked))
        for place in range(len(octets)):
            writer.write(octets[place : place + 1])
            await writer.drain()
            await asyncio.sleep(0)
        await reader.read()

    async def steps(link: Link) -> None:
        answers = await asyncio.gather(link.ask(1, QUESTION, 30), link.ask(2, QUESTION, 30))
        assert [answer[5:] for answer in answers] == [b"answer", b"answer"]

    with_peer(serve, steps)


def test_what_nobody_waits_for_is_a_stray() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (asked,) = await frames(reader, 1)
        stranger = asked[:5] + b"\x77\x77" + asked[7:]
        writer.write(answer_to(stranger) + b"\x00\x02ab" + b"\x00\x00" + answer_to(asked))
        await reader.read()

    async def steps(link: Link) -> None:
        assert (await link.ask(1, QUESTION, 30))[5:] == b"answer"
        assert link.strays == 3

    with_peer(serve, steps)


def test_everybody_hears_that_the_link_is_gone() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await frames(reader, 3)

    async def steps(link: Link) -> None:
        ends = await asyncio.gather(*(link.ask(line, QUESTION, 30) for line in range(1, 4)), return_exceptions=True)
        assert [type(end) for end in ends] == [LinkDown] * 3
        assert not link.up
        with pytest.raises(LinkDown):
            link.send(1, QUESTION)

    with_peer(serve, steps)


def test_nobody_waits_for_ever() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def steps(link: Link) -> None:
        with pytest.raises(TimeoutError):
            await link.ask(1, QUESTION, 0.05)
        assert link.up

    with_peer(serve, steps)


def test_without_a_host_there_is_no_link(free_port: int) -> None:
    with pytest.raises(OSError, match=r".*"):
        linked(free_port, lambda link: link.close())
