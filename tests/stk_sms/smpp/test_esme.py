"""The application's side: binding by one or two connections, reconnecting, backing off, refusing what is not for it."""

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest

from stk_sms.smpp.asking import ErrorStatus, NotBound
from stk_sms.smpp.codec import Pdu
from stk_sms.smpp.esme import Esme, EsmeSettings
from stk_sms.smpp.pdus import (
    AlertNotification,
    BindReceiver,
    BindReceiverResp,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    DeliverSm,
    DeliverSmResp,
    GenericNack,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from stk_sms.smpp.session import SessionRules, State
from stk_sms.smpp.status import Status
from tests.stk_sms.smpp.peers import Listener, ManualTimers, Peer, listener, settle, until


class Scene:
    """A centre the test plays, an application of ours, its time."""

    def __init__(self, centre: Listener, mode: Literal["transceiver", "pair"]) -> None:
        self.centre, self.timers = centre, ManualTimers()
        self.delivered: list[Pdu] = []
        settings = EsmeSettings("127.0.0.1", centre.port, "kongchong", "secret", mode=mode)
        self.esme = Esme(settings, self.deliver, SessionRules(), self.timers, random.Random(1))

    async def deliver(self, batch: list[Pdu]) -> list[int]:
        self.delivered += batch
        return [Status.ROK for _ in batch]

    async def bind(self) -> Peer:
        """The next connection, bound as a transceiver."""
        peer = await self.centre.next()
        asked = await peer.hear()
        assert isinstance(asked.body, BindTransceiver)
        peer.say(BindTransceiverResp("centre"), asked.sequence)
        await until(lambda: self.esme.can_send, "bound")
        return peer


@asynccontextmanager
async def scene(port: int, mode: Literal["transceiver", "pair"] = "transceiver") -> AsyncIterator[Scene]:
    async with listener(port) as centre:
        on = Scene(centre, mode)
        on.esme.start()
        try:
            yield on
        finally:
            for session in on.esme._sessions.values():
                session.drop("the test is over")
            await on.esme.stop()


def play(steps: Coroutine[Any, Any, None]) -> None:
    asyncio.run(steps)


def test_a_transceiver_sends_and_receives(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer = await on.bind()
            asked = asyncio.create_task(on.esme.submit_all([SubmitSm(destination_addr="13800138000")]))
            heard = await peer.hear()
            peer.say(SubmitSmResp("m1"), heard.sequence)
            assert [told.body for told in await asked if isinstance(told, Pdu)] == [SubmitSmResp("m1")]
            peer.say(DeliverSm(), 7)
            assert await peer.hear() == Pdu(DeliverSmResp(), 7)
            assert [pdu.sequence for pdu in on.delivered] == [7]

    play(steps())


def test_two_connections(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port, "pair") as on:
            peers: dict[type, Peer] = {}
            for _ in range(2):
                peer = await on.centre.next()
                asked = await peer.hear()
                peers[type(asked.body)] = peer
                peer.say(BindTransmitterResp() if isinstance(asked.body, BindTransmitter) else BindReceiverResp(), asked.sequence)
            await on.esme.bound()
            assert on.esme.states == {State.BOUND_TX, State.BOUND_RX}
            sending = asyncio.create_task(on.esme.submit_all([SubmitSm()]))
            heard = await peers[BindTransmitter].hear()
            peers[BindTransmitter].say(SubmitSmResp("1"), heard.sequence)
            await sending
            peers[BindReceiver].say(DeliverSm(), 3)
            assert (await peers[BindReceiver].hear()).body == DeliverSmResp()

    play(steps())


def test_bind_tells_who_we_are(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            body = (await (await on.centre.next()).hear()).body
            assert isinstance(body, BindTransceiver)
            assert (body.system_id, body.password, body.interface_version) == ("kongchong", "secret", 0x34)

    play(steps())


def test_nothing_is_sent_unbound(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            assert not on.esme.can_send
            assert [type(told) for told in await on.esme.submit_all([SubmitSm(), SubmitSm()])] == [NotBound, NotBound]

    play(steps())


def test_a_connection_that_ends_before_it_is_bound_is_made_again(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            for _ in range(3):
                (await on.centre.next()).close()
                while not on.centre.waiting:
                    await on.timers.advance(0.5)
            await on.bind()

    play(steps())


def test_a_link_that_was_bound_comes_back_at_once(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            for _ in range(3):
                peer = await on.bind()
                peer.close()
                await until(lambda: not on.esme.can_send, "the loss was seen")
                await on.timers.advance(1.0)

    play(steps())


def test_nobody_there_is_asked_again_up_to_once_a_minute(free_port: int) -> None:
    async def steps() -> None:
        timers = ManualTimers()

        async def deliver(batch: list[Pdu]) -> list[int]:
            return [0 for _ in batch]

        esme = Esme(EsmeSettings("127.0.0.1", free_port, "x"), deliver, SessionRules(), timers)
        esme.start()
        for tries in range(1, 10):
            await until(lambda tries=tries: len(timers.slept) >= tries)  # type: ignore[misc]
            await timers.advance(timers.slept[-1])
        assert timers.slept[:9] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
        await esme.stop()

    play(steps())


def test_a_wrong_password_is_not_tried_again_quickly(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer = await on.centre.next()
            peer.say(BindTransceiverResp(), (await peer.hear()).sequence, Status.RINVPASWD)
            await until(lambda: 60.0 in on.timers.slept)
            assert await peer.closed()

    play(steps())


@pytest.mark.parametrize("status", [Status.RTHROTTLED, Status.RMSGQFUL])
def test_throttling_waits_longer_and_longer_and_sends_again(free_port: int, status: Status) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer = await on.bind()
            asked = asyncio.create_task(on.esme.submit_all([SubmitSm(source_addr="same")]))
            waits = []
            for _ in range(3):
                heard = await peer.hear()
                peer.say(SubmitSmResp(), heard.sequence, status)
                await until(lambda: on.esme._not_before > on.timers.now(), "back-off")
                waits.append(on.esme._not_before - on.timers.now())
                await on.timers.advance(waits[-1] + 0.001)
            heard = await peer.hear()
            assert heard.body == SubmitSm(source_addr="same")
            peer.say(SubmitSmResp("at last"), heard.sequence)
            assert [told.body for told in await asked if isinstance(told, Pdu)] == [SubmitSmResp("at last")]
            assert [0.5 * 2**n * 0.5 <= wait <= 0.5 * 2**n for n, wait in enumerate(waits)] == [True] * 3

    play(steps())


def test_of_many_only_those_that_were_throttled_go_out_again(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer = await on.bind()
            asked = asyncio.create_task(on.esme.submit_all([SubmitSm(source_addr=name) for name in "abc"]))
            for status in (0, Status.RTHROTTLED, Status.RINVDSTADR):
                heard = await peer.hear()
                peer.say(SubmitSmResp("m" if not status else ""), heard.sequence, status)
            await until(lambda: on.esme._not_before > on.timers.now(), "back-off")
            await on.timers.advance(1)
            again = await peer.hear()
            assert again.body == SubmitSm(source_addr="b")
            peer.say(SubmitSmResp("n"), again.sequence)
            told = await asked
            assert [one.body if isinstance(one, Pdu) else str(one) for one in told] == [
                SubmitSmResp("m"),
                SubmitSmResp("n"),
                "ESME_RINVDSTADR",
            ]

    play(steps())


def test_while_one_waits_all_wait(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer = await on.bind()
            on.esme._slow_down(4)
            asked = [asyncio.create_task(on.esme.submit_all([SubmitSm()])) for _ in range(3)]
            await settle()
            assert not peer._kept
            await on.timers.advance(8)
            for _ in asked:
                peer.say(SubmitSmResp("x"), (await peer.hear()).sequence)
            await asyncio.gather(*asked)

    play(steps())


def test_throttled_for_ever_is_told(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer = await on.bind()
            asked = asyncio.create_task(on.esme.submit_all([SubmitSm()]))
            for _ in range(8):
                peer.say(SubmitSmResp(), (await peer.hear_request()).sequence, Status.RTHROTTLED)
                await until(lambda: on.esme._not_before > on.timers.now() or asked.done())
                await on.timers.advance(max(on.esme._not_before - on.timers.now(), 0) + 0.001)
            assert [type(told) for told in await asked] == [ErrorStatus]

    play(steps())


def test_what_is_not_for_an_application(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer = await on.bind()
            peer.say_all(Pdu(SubmitSm(), 1), Pdu(AlertNotification(), 2), Pdu(DeliverSm(), 3))
            assert await peer.hear() == Pdu(GenericNack(), 1, Status.RINVCMDID)
            assert await peer.hear() == Pdu(DeliverSmResp(), 3)

    play(steps())


def test_stopping_leaves_in_order(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer = await on.bind()
            stopping = asyncio.create_task(on.esme.stop())
            unbind = await peer.hear()
            assert unbind.body == Unbind()
            peer.say(UnbindResp(), unbind.sequence)
            await stopping
            assert await peer.closed()

    play(steps())
