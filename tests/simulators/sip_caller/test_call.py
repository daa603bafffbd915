"""A call against another telephone that does what Asterisk seldom does."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import cast

import pytest

from simulators.sip_caller import call as call_module
from simulators.sip_caller.call import Call, NotHeard, Refused, is_key
from simulators.sip_caller.ears import Library
from simulators.sip_caller.rtp import SAMPLES
from simulators.sip_caller.sip import Message, offer
from tests.ivr.stage import until

SOUND = b"".join(bytes([7, at]) * 80 for at in range(4))


class Other(asyncio.DatagramProtocol):
    """The other side: keeps what comes, and answers by the script."""

    def __init__(self, answer: Callable[["Other", Message], None]) -> None:
        self._answer = answer
        self.got: list[Message] = []
        self.invite: Message | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message, self.peer = Message.read(data), addr
        self.got.append(message)
        if message.method == "INVITE" and not message.status:
            self.invite = message
        self._answer(self, message)

    def reply(self, asked: Message, status: int, body: str = "") -> None:
        answer = asked.response(status, "Said", "other", body)
        answer.headers.append(("contact", "<sip:other@127.0.0.1>"))
        self.transport.sendto(answer.octets(), self.peer)

    def ask(self, method: str) -> None:
        assert self.invite is not None
        headers = [(name, value) for name, value in self.invite.headers if name in ("via", "from", "to", "call-id")]
        self.transport.sendto(Message(f"{method} sip:138@127.0.0.1 SIP/2.0", [*headers, ("cseq", f"9 {method}")]).octets(), self.peer)

    def methods(self) -> list[str]:
        return [message.method for message in self.got if not message.status]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh" / "bye.alaw").write_bytes(SOUND)
    return Library(tmp_path)


@asynccontextmanager
async def other(answer: Callable[[Other, Message], None]) -> AsyncIterator[tuple[Other, int]]:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(lambda: Other(answer), ("127.0.0.1", 0))
    try:
        yield protocol, transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


def takes(media: int) -> Callable[[Other, Message], None]:
    """A side that takes every call and lets it go."""

    def answer(side: Other, message: Message) -> None:
        if message.status or message.method == "ACK":
            return
        side.reply(message, 200, offer("127.0.0.1", media) if message.method == "INVITE" else "")

    return answer


def test_a_lost_invitation_is_sent_again(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_module, "_FIRST_RESEND", 0.02)

    def answer(side: Other, message: Message) -> None:
        if len(side.got) >= 3:
            takes(9)(side, message)

    async def scene() -> None:
        async with other(answer) as (side, port):
            call = await Call(library).dial(port, "138")
            await call.hang_up()
            assert side.methods()[:3] == ["INVITE"] * 3
            assert side.methods()[-1] == "BYE"

    asyncio.run(scene())


@pytest.mark.parametrize("status", [404, 486, 503])
def test_a_refusal_is_acknowledged(library: Library, status: int) -> None:
    def answer(side: Other, message: Message) -> None:
        if message.method == "INVITE":
            side.reply(message, 100)
            side.reply(message, status)

    async def scene() -> None:
        async with other(answer) as (side, port):
            with pytest.raises(Refused, match=str(status)):
                await Call(library).dial(port, "138")
            await until(lambda: "ACK" in side.methods())

    asyncio.run(scene())


def test_the_other_side_asks_refreshes_and_ends(library: Library) -> None:
    async def scene() -> None:
        async with other(takes(9)) as (side, port):
            call = await Call(library).dial(port, "138")
            for method in ("OPTIONS", "INVITE", "BYE"):
                side.ask(method)
            await call.ended()
            assert call.over
            await until(lambda: [message.method for message in side.got if message.status] == ["OPTIONS", "INVITE", "BYE"])
            await call.hang_up()

    asyncio.run(scene())


def test_sound_is_heard_and_keys_are_sent(library: Library) -> None:
    async def scene() -> None:
        media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        media.bind(("127.0.0.1", 0))
        media.setblocking(False)
        loop = asyncio.get_running_loop()
        async with other(takes(media.getsockname()[1])) as (_, port):
            call = await Call(library).dial(port, "138")
            data, address = await loop.sock_recvfrom(media, 2000)
            assert len(data) == 12 + SAMPLES
            for at in range(4):
                head = bytes([0x80, 8, 0, at]) + bytes(8)
                await loop.sock_sendto(media, head + SOUND[at * SAMPLES : (at + 1) * SAMPLES], address)
            await call.hear("bye")
            await call.press("5#")
            kinds = set()
            with suppress(BlockingIOError):
                while True:
                    kinds.add(media.recv(2000)[1] & 0x7F)
            assert kinds == {8, 101}
            await call.hang_up()
        media.close()

    asyncio.run(scene())


def test_what_was_not_heard_is_told_with_what_was(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        async with other(takes(9)) as (_, port):
            call = await Call(library).dial(port, "138")
            monkeypatch.setattr(call_module, "PATIENCE", 0.05)
            for line in SOUND[:SAMPLES], SOUND[SAMPLES : 2 * SAMPLES]:
                call.ears.listen(line)
            with pytest.raises(NotHeard, match=r"waited for \['greeting'\]; heard since: \['bye \(cut short\)'\]; the call goes on"):
                await call.hear_at_last("greeting")
            with pytest.raises(NotHeard):
                await call.hear("greeting")
            with pytest.raises(NotHeard, match="the end of the call"):
                await call.ended()
            monkeypatch.undo()
            await call.hang_up()
            with pytest.raises(NotHeard, match="the call is over"):
                await call.hear_at_last("greeting")

    asyncio.run(scene())


@pytest.mark.parametrize(("text", "key"), [("0", True), ("#", True), ("*", True), ("A", False), ("", False), ("12", False)])
def test_keys(text: str, key: bool) -> None:
    assert is_key(text) is key
