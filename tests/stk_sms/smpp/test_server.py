"""The centre's side: who may bind, what may be asked in which state, deliveries, limits."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from stk_sms.smpp import tlvs
from stk_sms.smpp.asking import NotBound
from stk_sms.smpp.codec import Pdu
from stk_sms.smpp.pdus import (
    BindReceiver,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    Body,
    CancelSm,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    QuerySm,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from stk_sms.smpp.server import ServerSettings, SmppServer
from stk_sms.smpp.session import SessionRules
from stk_sms.smpp.status import Status
from tests.stk_sms.smpp.peers import ManualTimers, Peer, until


class Scene:
    """Our centre, and what partners submitted."""

    def __init__(self, port: int, most_sessions: int = 4, most_connections: int = 64) -> None:
        self.batches: list[tuple[str, list[Pdu]]] = []
        self.timers = ManualTimers()
        settings = ServerSettings("127.0.0.1", port, most_sessions=most_sessions, most_connections=most_connections)
        self.server = SmppServer(settings, self.may_bind, self.submitted, SessionRules(), self.timers)
        self.peers: list[Peer] = []

    @staticmethod
    def may_bind(system_id: str, password: str, address: str) -> bool:
        return bool(system_id) and password == "secret" and address == "127.0.0.1"

    async def submitted(self, system_id: str, batch: list[Pdu]) -> list[tuple[int, str]]:
        self.batches.append((system_id, batch))
        return [(0 if pdu.sequence != 99 else Status.RSUBMITFAIL, f"id{pdu.sequence}") for pdu in batch]

    async def connect(self) -> Peer:
        peer = Peer(*await asyncio.open_connection("127.0.0.1", self.server.port))
        self.peers.append(peer)
        return peer

    async def bind(self, body: Body) -> Peer:
        peer = await self.connect()
        assert await say(peer, body) == Status.ROK
        return peer


async def say(peer: Peer, body: Body, sequence: int = 1) -> int:
    """The status a request is answered with."""
    peer.say(body, sequence)
    return (await peer.hear()).status


@asynccontextmanager
async def scene(port: int, **limits: int) -> AsyncIterator[Scene]:
    on = Scene(port, **limits)
    await on.server.start()
    try:
        yield on
    finally:
        for guest in on.server._guests:
            guest.session.drop("the test is over")
        await on.server.stop()
        for peer in on.peers:
            peer.close()


def play(steps: Coroutine[Any, Any, None]) -> None:
    asyncio.run(steps)


def test_a_partner_binds_and_submits(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer = await on.connect()
            peer.say(BindTransceiver("acme", "secret"), 1)
            heard = await peer.hear()
            assert isinstance(heard.body, BindTransceiverResp)
            assert tlvs.number_of(heard.body.tlvs, tlvs.Tag.SC_INTERFACE_VERSION) == 0x34
            peer.say_all(*(Pdu(SubmitSm(), number) for number in range(2, 6)), Pdu(DataSm(), 6))
            answers = [await peer.hear() for _ in range(5)]
            assert [pdu.body for pdu in answers] == [*(SubmitSmResp(f"id{number}") for number in range(2, 6)), DataSmResp("id6")]
            assert [(who, len(batch)) for who, batch in on.batches] == [("acme", 5)]

    play(steps())


def test_bind_and_messages_in_one_write(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer = await on.connect()
            peer.say_all(Pdu(BindTransmitter("acme", "secret"), 1), Pdu(SubmitSm(), 2))
            assert [(await peer.hear()).status for _ in range(2)] == [0, 0]

    play(steps())


def test_a_wrong_password(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer = await on.connect()
            assert await say(peer, BindTransceiver("acme", "guess")) == Status.RINVPASWD
            assert await say(peer, SubmitSm()) == Status.RINVBNDSTS
            assert on.batches == []
            await on.timers.advance(11)
            assert await peer.closed()

    play(steps())


def test_passwords_cannot_be_found_by_trying(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            guesser = await on.connect()
            told = [await say(guesser, BindTransceiver("acme", f"guess{number}")) for number in range(6)]
            assert told == [Status.RINVPASWD] * 5 + [Status.RBINDFAIL]
            assert await say(await on.connect(), BindTransceiver("acme", "secret")) == Status.RBINDFAIL
            await on.timers.advance(61)
            await on.bind(BindTransceiver("acme", "secret"))

    play(steps())


def test_binding_twice(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer = await on.bind(BindTransceiver("acme", "secret"))
            assert await say(peer, BindTransceiver("acme", "secret")) == Status.RALYBND

    play(steps())


def test_a_receiver_cannot_submit(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer = await on.bind(BindReceiver("acme", "secret"))
            assert await say(peer, SubmitSm()) == Status.RINVBNDSTS

    play(steps())


@pytest.mark.parametrize("body", [QuerySm("1"), CancelSm(message_id="1"), DeliverSm()])
def test_what_is_not_offered(free_port: int, body: Body) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer = await on.bind(BindTransceiver("acme", "secret"))
            assert await say(peer, body) == Status.RINVCMDID

    play(steps())


def test_a_refused_message_has_no_id(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer = await on.bind(BindTransmitter("acme", "secret"))
            peer.say(SubmitSm(), 99)
            assert await peer.hear() == Pdu(SubmitSmResp(), 99, Status.RSUBMITFAIL)

    play(steps())


def test_deliveries_go_to_who_receives(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            await on.bind(BindTransmitter("acme", "secret"))
            assert isinstance(await on.server.deliver("acme", DeliverSm()), NotBound)
            receiver = await on.bind(BindReceiver("acme", "secret"))
            other = await on.bind(BindReceiver("other", "secret"))
            asked = asyncio.create_task(on.server.deliver("acme", DeliverSm(source_addr="10086")))
            heard = await receiver.hear()
            assert heard.body == DeliverSm(source_addr="10086")
            receiver.say(DeliverSmResp(), heard.sequence)
            assert await asked == Pdu(DeliverSmResp(), heard.sequence)
            assert not other._kept

    play(steps())


def test_a_partner_has_so_many_connections(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port, most_sessions=2) as on:
            for _ in range(2):
                await on.bind(BindTransceiver("acme", "secret"))
            assert await say(await on.connect(), BindTransceiver("acme", "secret")) == Status.RBINDFAIL
            await on.bind(BindTransceiver("other", "secret"))

    play(steps())


def test_all_together_have_so_many(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port, most_connections=1) as on:
            await on.bind(BindTransceiver("acme", "secret"))
            assert await (await on.connect()).closed()

    play(steps())


def test_a_partner_leaves_and_its_place_is_free(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port, most_sessions=1) as on:
            peer = await on.bind(BindTransceiver("acme", "secret"))
            peer.say(Unbind(), 9)
            assert await peer.hear() == Pdu(UnbindResp(), 9)
            await until(lambda: not on.server.bound("acme"), "the place is free")
            await on.bind(BindTransceiver("acme", "secret"))

    play(steps())


def test_stopping_unbinds_partners(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer = await on.bind(BindTransceiver("acme", "secret"))
            stopping = asyncio.create_task(on.server.stop())
            unbind = await peer.hear()
            assert unbind.body == Unbind()
            peer.say(UnbindResp(), unbind.sequence)
            await stopping

    play(steps())


def test_a_stranger_who_sends_rubbish_does_no_harm(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            stranger = await on.connect()
            stranger.say_octets(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc")
            assert await stranger.closed()
            await on.bind(BindTransceiver("acme", "secret"))

    play(steps())
