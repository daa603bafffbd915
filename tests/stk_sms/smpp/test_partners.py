"""Partners: accounts, what they submit, what is delivered and reported to them."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from stk_sms.smpp import receipts
from stk_sms.smpp.codec import Pdu
from stk_sms.smpp.partners import Partner, Partners
from stk_sms.smpp.pdus import BindTransceiver, DeliverSm, DeliverSmResp, SubmitSm, SubmitSmResp
from stk_sms.smpp.server import ServerSettings
from stk_sms.smpp.session import SessionRules
from stk_sms.smpp.status import Status
from stk_sms.transport import DeliveryState, Inbound, NotSent, Outbound, Refused, SendUnknown, Verdict
from tests.stk_sms.smpp.peers import NOW, ManualTimers, Peer

ACCOUNTS = {
    "acme": Partner("acme", "secret"),
    "far": Partner("far", "secret", frozenset({"192.0.2.1"})),
    "open": Partner("open", ""),
}


class Scene:
    """Our gate, and what partners sent through it."""

    def __init__(self, port: int) -> None:
        self.timers = ManualTimers()
        self.partners = Partners("partners", ServerSettings("127.0.0.1", port), ACCOUNTS, SessionRules(), self.timers, lambda: NOW)
        self.batches: list[list[Inbound]] = []
        self.verdict = Verdict.ACCEPTED
        self.peers: list[Peer] = []

    async def handle(self, batch: list[Inbound]) -> list[Verdict]:
        self.batches.append(batch)
        return [self.verdict for _ in batch]

    async def bind(self, system_id: str = "acme", password: str = "secret") -> tuple[Peer, int]:
        peer = Peer(*await asyncio.open_connection("127.0.0.1", self.partners.server.port))
        self.peers.append(peer)
        peer.say(BindTransceiver(system_id, password), 1)
        return peer, (await peer.hear()).status


@asynccontextmanager
async def scene(port: int) -> AsyncIterator[Scene]:
    on = Scene(port)
    await on.partners.start(on.handle)
    try:
        yield on
    finally:
        for guest in on.partners.server._guests:
            guest.session.drop("the test is over")
        await on.partners.stop()
        for peer in on.peers:
            peer.close()


def play(steps: Coroutine[Any, Any, None]) -> None:
    asyncio.run(steps)


@pytest.mark.parametrize(
    ("system_id", "password", "status"),
    [
        ("acme", "secret", Status.ROK),
        ("acme", "wrong", Status.RINVPASWD),
        ("acme", "", Status.RINVPASWD),
        ("nobody", "secret", Status.RINVPASWD),
        ("nobody", "", Status.RINVPASWD),
        ("far", "secret", Status.RINVPASWD),
        ("open", "", Status.RINVPASWD),
    ],
)
def test_who_may_bind(free_port: int, system_id: str, password: str, status: Status) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            assert (await on.bind(system_id, password))[1] == status

    play(steps())


def test_what_a_partner_submits_is_inbound_under_its_name(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer, _ = await on.bind()
            peer.say_all(*(Pdu(SubmitSm(source_addr="13800138000", short_message=b"00"), number) for number in (2, 3)))
            ids = [(await peer.hear()).body for _ in range(2)]
            assert all(isinstance(body, SubmitSmResp) and body.message_id for body in ids)
            assert len({repr(body) for body in ids}) == 2
            assert [(one.link, one.sender, one.text) for one in on.batches[0]] == [("partners/acme", "13800138000", "00")] * 2

    play(steps())


@pytest.mark.parametrize(("verdict", "status"), [(Verdict.TEMPORARY, Status.RMSGQFUL), (Verdict.PERMANENT, Status.RSUBMITFAIL)])
def test_verdicts(free_port: int, verdict: Verdict, status: Status) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer, _ = await on.bind()
            on.verdict = verdict
            peer.say(SubmitSm(), 2)
            assert await peer.hear() == Pdu(SubmitSmResp(), 2, status)

    play(steps())


def test_an_answer_finds_its_partner(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            sender = on.partners.sender("acme")
            before = sender.ready
            with pytest.raises(NotSent):
                await sender.send(Outbound("1", "13800138000", "hello"))
            peer, _ = await on.bind()
            assert (before, sender.ready) == (False, True)
            assert sender.name == "partners/acme"
            sending = asyncio.create_task(sender.send(Outbound("1", "13800138000", "余额", sender="10086")))
            heard = await peer.hear()
            assert isinstance(heard.body, DeliverSm)
            assert (heard.body.source_addr, heard.body.destination_addr) == ("10086", "13800138000")
            assert heard.body.short_message.decode("utf-16-be") == "余额"
            peer.say(DeliverSmResp(), heard.sequence)
            assert await sending == ()

    play(steps())


@pytest.mark.parametrize(("status", "error"), [(0x64, NotSent), (0x14, NotSent), (0x65, Refused)])
def test_what_a_partners_error_means(free_port: int, status: int, error: type[Exception]) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer, _ = await on.bind()
            sending = asyncio.create_task(on.partners.send_to("acme", Outbound("1", "138", "x")))
            peer.say(DeliverSmResp(), (await peer.hear()).sequence, status)
            with pytest.raises(error):
                await sending

    play(steps())


def test_a_partner_that_goes_or_is_silent_leaves_it_unknown(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer, _ = await on.bind()
            sending = asyncio.create_task(on.partners.send_to("acme", Outbound("1", "138", "x")))
            await peer.hear()
            await on.timers.advance(11)
            with pytest.raises(SendUnknown):
                await sending
            sending = asyncio.create_task(on.partners.send_to("acme", Outbound("1", "138", "x")))
            await peer.hear()
            peer.close()
            with pytest.raises(SendUnknown):
                await sending

    play(steps())


def test_what_no_partner_can_be_told_is_refused(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            await on.bind()
            for message in (Outbound("1", "1" * 30, "x"), Outbound("1", "138", "x" * 100_000)):
                with pytest.raises(Refused):
                    await on.partners.send_to("acme", message)

    play(steps())


def test_whoever_asks_for_a_receipt_gets_one_that_can_be_read(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer, _ = await on.bind()
            asked = SubmitSm(source_addr="13800138000", destination_addr="10086", registered_delivery=1)
            peer.say_all(Pdu(asked, 2), Pdu(SubmitSm(), 3))
            answers = [await peer.hear() for _ in range(2)]
            await on.timers.advance(1)
            heard = await peer.hear()
            assert isinstance(heard.body, DeliverSm)
            assert receipts.is_receipt(heard.body)
            assert (heard.body.source_addr, heard.body.destination_addr) == ("10086", "13800138000")
            found = receipts.read(heard.body)
            assert found is not None
            assert answers[0].body == SubmitSmResp(found.message_id)
            assert found.state is DeliveryState.DELIVERED
            peer.say(DeliverSmResp(), heard.sequence)

    play(steps())


def test_a_receipt_that_is_not_taken_harms_nobody(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            peer, _ = await on.bind()
            peer.say(SubmitSm(registered_delivery=1), 2)
            await peer.hear()
            await on.timers.advance(1)
            peer.say(DeliverSmResp(), (await peer.hear()).sequence, Status.RX_P_APPN)
            peer.say(SubmitSm(registered_delivery=1), 3)
            assert (await peer.hear()).status == 0

    play(steps())
