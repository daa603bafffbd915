"""The centre's SMPP side, connection by connection, against a peer that a test plays."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from simulators.smsc.book import Book
from simulators.smsc.centre import Centre
from simulators.smsc.pdu import Short
from stk_sms.smpp.codec import Pdu
from stk_sms.smpp.pdus import (
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    QuerySm,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from tests.stk_sms.smpp.peers import Peer, pipe, until


class Scene:
    """A centre and a connection to it."""

    def __init__(self, centre: Centre, peer: Peer) -> None:
        self.centre, self.book, self.peer = centre, centre.book, peer

    async def bind(self, body: BindReceiver | BindTransceiver | BindTransmitter | None = None) -> int:
        self.peer.say(body or BindTransceiver("acme", "secret"), 1)
        return (await self.peer.hear()).status

    async def submit(self, **fields: Any) -> Pdu:
        self.peer.say(SubmitSm(destination_addr="13800138000", **fields), 2)
        return await self.peer.hear()


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    centre = Centre(Book(), {"acme": "secret"})
    async with pipe() as (peer, reader, writer):
        life = asyncio.create_task(centre.connected(reader, writer))
        await until(lambda: bool(centre.connections))
        try:
            yield Scene(centre, peer)
        finally:
            centre.disconnect()
            peer.close()
            await life


def play(steps: Coroutine[Any, Any, None]) -> None:
    asyncio.run(steps)


def test_who_may_bind() -> None:
    async def steps() -> None:
        async with scene() as on:
            assert await on.bind(BindTransceiver("acme", "guess")) == 0x0E
            assert (await on.submit()).status == 0x04
            assert await on.bind() == 0

    play(steps())


def test_what_waits_comes_at_once() -> None:
    async def steps() -> None:
        async with scene() as on:
            for number in range(3):
                on.book.put(Short("13800138000", "10086", octets=bytes([number])))
            await on.bind()
            heard = [await on.peer.hear() for _ in range(3)]
            bodies = [pdu.body for pdu in heard]
            assert [body.short_message for body in bodies if isinstance(body, DeliverSm)] == [b"\0", b"\1", b"\2"]
            for pdu in heard:
                on.peer.say(DeliverSmResp(), pdu.sequence)
            await until(lambda: all(message.state == "taken" for message in on.book.from_phones))

    play(steps())


def test_a_transmitter_gets_nothing() -> None:
    async def steps() -> None:
        async with scene() as on:
            on.book.put(Short())
            await on.bind(BindTransmitter("acme", "secret"))
            on.centre.deliver()
            on.peer.say(EnquireLink(), 5)
            assert await on.peer.hear() == Pdu(EnquireLinkResp(), 5)

    play(steps())


def test_a_receiver_cannot_submit() -> None:
    async def steps() -> None:
        async with scene() as on:
            await on.bind(BindReceiver("acme", "secret"))
            assert (await on.submit()).status == 0x04

    play(steps())


def test_no_more_than_the_window_is_out() -> None:
    async def steps() -> None:
        async with scene() as on:
            on.book.change({"window": 2})
            for _ in range(3):
                on.book.put(Short())
            await on.bind()
            first = await on.peer.hear()
            await on.peer.hear()
            assert [message.state for message in on.book.from_phones] == ["sent", "sent", "waiting"]
            on.peer.say(DeliverSmResp(), first.sequence)
            assert isinstance((await on.peer.hear()).body, DeliverSm)

    play(steps())


def test_what_was_out_when_the_connection_went_comes_again() -> None:
    async def steps() -> None:
        async with scene() as on:
            message = on.book.put(Short())
            await on.bind()
            await on.peer.hear()
            on.centre.disconnect()
            assert await on.peer.closed()
            assert (message.state, message.tries) == ("waiting", 1)

    play(steps())


def test_a_message_and_its_receipt() -> None:
    async def steps() -> None:
        async with scene() as on:
            await on.bind()
            answer = await on.submit(source_addr="10086", registered_delivery=1)
            assert answer.body == SubmitSmResp("2576")
            receipt = (await on.peer.hear()).body
            assert isinstance(receipt, DeliverSm)
            assert receipt.short_message.startswith(b"id:2576 ")
            assert (receipt.esm_class, receipt.source_addr, receipt.destination_addr) == (4, "13800138000", "10086")
            assert [message.by for message in on.book.to_phones] == ["acme"]

    play(steps())


def test_a_receipt_may_come_first() -> None:
    async def steps() -> None:
        async with scene() as on:
            await on.bind()
            on.book.change({"early_receipts": True})
            assert isinstance((await on.submit(registered_delivery=1)).body, DeliverSm)
            assert isinstance((await on.peer.hear()).body, SubmitSmResp)

    play(steps())


def test_an_answer_that_is_lost() -> None:
    async def steps() -> None:
        async with scene() as on:
            await on.bind()
            on.book.change({"lose": 1})
            on.peer.say(SubmitSm(), 2)
            on.peer.say(SubmitSm(), 3)
            assert (await on.peer.hear()).sequence == 3
            assert len(on.book.to_phones) == 2

    play(steps())


@pytest.mark.parametrize("setting", ["throttle", "queue_full"])
def test_busy(setting: str) -> None:
    async def steps() -> None:
        async with scene() as on:
            await on.bind()
            on.book.change({setting: 1})
            assert (await on.submit()).status == {"throttle": 0x58, "queue_full": 0x14}[setting]
            assert (await on.submit()).status == 0

    play(steps())


def test_either_side_leaves() -> None:
    async def steps() -> None:
        async with scene() as on:
            await on.bind()
            on.peer.say(Unbind(), 8)
            assert await on.peer.hear() == Pdu(UnbindResp(), 8)
            assert await on.peer.closed()
        async with scene() as on:
            await on.bind()
            on.centre.unbind()
            asked = await on.peer.hear()
            assert asked.body == Unbind()
            on.peer.say(UnbindResp(), asked.sequence)
            assert await on.peer.closed()

    play(steps())


def test_what_it_does_not_speak() -> None:
    async def steps() -> None:
        async with scene() as on:
            on.peer.say(QuerySm("1"), 6)
            assert await on.peer.hear() == Pdu(GenericNack(), 6, 3)

    play(steps())


@pytest.mark.parametrize("octets", [b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\x12\0\0\0\x09\0\0\0\0\0\0\0\x01ab"])
def test_rubbish_ends_the_connection_and_nothing_else(octets: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    async def steps() -> None:
        async with scene() as on:
            on.peer.say_octets(octets)
            assert await on.peer.closed()
            assert on.centre.connections == []

    play(steps())
    assert "connection lost" in capsys.readouterr().out
