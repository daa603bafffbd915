"""A link to a network: verdicts to statuses, parts, replies, receipts, and what each failure means."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from stk_sms.smpp.codec import Pdu
from stk_sms.smpp.esme import EsmeSettings
from stk_sms.smpp.link import LinkSettings, SmppLink
from stk_sms.smpp.pdus import (
    BindTransceiverResp,
    DeliverSm,
    DeliverSmResp,
    SubmitSm,
    SubmitSmResp,
)
from stk_sms.smpp.status import Status
from stk_sms.smpp.wire import Tlv
from stk_sms.transport import DeliveryReport, DeliveryState, Inbound, NotSent, Outbound, Refused, SendError, SendUnknown, Verdict
from tests.stk_sms.smpp.peers import NOW, ManualTimers, Peer, listener, settle

HELLO = Outbound("order-1", "13800138000", "hello", want_report=True)


class Scene:
    """A bound link, its centre, and what the gateway was handed."""

    def __init__(self, port: int) -> None:
        settings = LinkSettings("mobile", EsmeSettings("127.0.0.1", port, "kongchong"))
        self.timers = ManualTimers()
        self.link = SmppLink(settings, self.timers, lambda: NOW)
        self.batches: list[list[Inbound]] = []
        self.reports: list[DeliveryReport] = []
        self.verdicts: list[Verdict] = []
        self.peer: Peer

    async def handle(self, batch: list[Inbound]) -> list[Verdict]:
        self.batches.append(batch)
        return [self.verdicts.pop(0) if self.verdicts else Verdict.ACCEPTED for _ in batch]

    async def sent(self, message: Outbound, *answers: tuple[str, int]) -> tuple[str, ...] | SendError:
        """Hand a message over; the centre answers its parts like that."""
        sending = asyncio.create_task(self.link.send(message))
        for message_id, status in answers:
            heard = await self.peer.hear()
            assert isinstance(heard.body, SubmitSm)
            self.peer.say(SubmitSmResp(message_id), heard.sequence, status)
        try:
            return await sending
        except SendError as error:
            return error


@asynccontextmanager
async def scene(port: int) -> AsyncIterator[Scene]:
    async with listener(port) as centre:
        on = Scene(centre.port)
        await on.link.start(on.handle, on.reports.append)
        on.peer = await centre.next()
        on.peer.say(BindTransceiverResp(), (await on.peer.hear()).sequence)
        await on.link.bound()
        try:
            yield on
        finally:
            on.peer.close()
            await settle()
            await on.link.stop()


def play(steps: Coroutine[Any, Any, None]) -> None:
    asyncio.run(steps)


def test_each_message_has_its_verdict(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            on.verdicts = [Verdict.ACCEPTED, Verdict.TEMPORARY, Verdict.PERMANENT]
            on.peer.say_all(*(Pdu(DeliverSm(source_addr=f"1380013800{number}"), number) for number in (1, 2, 3)))
            assert [(await on.peer.hear()).status for _ in range(3)] == [0, Status.RX_T_APPN, Status.RX_P_APPN]
            assert [[message.sender for message in batch] for batch in on.batches] == [["13800138001", "13800138002", "13800138003"]]
            assert on.link.ready

    play(steps())


def test_a_broken_header_is_refused_beside_its_neighbours(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            on.peer.say_all(Pdu(DeliverSm(esm_class=0x40, short_message=b"\x09"), 1), Pdu(DeliverSm(), 2))
            assert [(await on.peer.hear()).status for _ in range(2)] == [Status.RX_P_APPN, 0]
            assert len(on.batches[0]) == 1

    play(steps())


def part(number: int, text: bytes) -> DeliverSm:
    return DeliverSm(source_addr="138", esm_class=0x40, short_message=bytes([5, 0, 3, 9, 2, number]) + text)


def test_parts_are_put_together_and_the_last_decides(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            on.verdicts = [Verdict.TEMPORARY]
            for sequence, body, status in (
                (1, part(2, b"world"), 0),
                (2, part(1, b"hello "), 0x64),
                (3, part(1, b"hello "), 0),
                (4, part(1, b"hello "), 0),
            ):
                on.peer.say(body, sequence)
                assert (await on.peer.hear()) == Pdu(DeliverSmResp(), sequence, status)
            assert [batch[0].text for batch in on.batches] == ["hello world"] * 2
            assert on.batches[0][0].parts == 2
            assert on.batches[0][0].udh == b""

    play(steps())


def test_a_reply_and_its_receipt(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            assert await on.sent(HELLO, ("0a1b", 0)) == ("0a1b",)
            on.peer.say(DeliverSm(source_addr="13800138000", esm_class=4, tlvs=(Tlv(0x1E, b"0A1B\0"), Tlv(0x427, b"\x02"))), 5)
            assert (await on.peer.hear()).status == 0
            assert on.reports == [DeliveryReport("mobile", "order-1", "0A1B", DeliveryState.DELIVERED)]
            assert on.batches == []

    play(steps())


def test_a_receipt_before_the_answer(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            sending = asyncio.create_task(on.link.send(HELLO))
            heard = await on.peer.hear()
            receipt = DeliverSm(source_addr="13800138000", esm_class=4, short_message=b"id:2587 stat:UNDELIV err:011")
            on.peer.say_all(Pdu(receipt, 5))
            assert (await on.peer.hear()).sequence == 5
            on.peer.say(SubmitSmResp("A1B"), heard.sequence)
            await sending
            assert on.reports == [DeliveryReport("mobile", "order-1", "2587", DeliveryState.FAILED, "011")]

    play(steps())


def test_a_receipt_of_nothing_is_taken_and_told_to_nobody(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            for sequence, text in ((5, b"id:77 stat:DELIVRD"), (6, b"nothing")):
                on.peer.say(DeliverSm(esm_class=4, short_message=text), sequence)
                assert (await on.peer.hear()).status == 0
            assert on.reports == []

    play(steps())


@pytest.mark.parametrize(
    ("status", "error"),
    [(Status.RSYSERR, NotSent), (Status.RX_T_APPN, NotSent), (Status.RINVDSTADR, Refused), (Status.RSUBMITFAIL, Refused), (0x400, Refused)],
)
def test_what_an_error_means(free_port: int, status: int, error: type[SendError]) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            assert type(await on.sent(HELLO, ("", status))) is error

    play(steps())


def test_no_answer_is_unknown(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            sending = asyncio.create_task(on.link.send(HELLO))
            await on.peer.hear()
            on.peer.close()
            with pytest.raises(SendUnknown):
                await sending
            await settle()
            with pytest.raises(NotSent):
                await on.link.send(HELLO)
            assert not on.link.ready

    play(steps())


def test_an_answer_out_of_time_is_unknown(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            sending = asyncio.create_task(on.link.send(HELLO))
            await on.peer.hear()
            await on.timers.advance(12)
            with pytest.raises(SendUnknown):
                await sending

    play(steps())


def test_half_a_long_message_is_unknown(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            long = Outbound("order-1", "13800138000", "充" * 100)
            assert isinstance(await on.sent(long, ("1", 0), ("", Status.RSYSERR)), SendUnknown)
            assert isinstance(await on.sent(long, ("", Status.RSYSERR)), NotSent)
            assert await on.sent(long, ("1", 0), ("2", 0)) == ("1", "2")

    play(steps())


def test_messages_handed_over_together(free_port: int) -> None:
    """Those of one part at once; a long one's parts one after the other; what cannot be told keeps nobody else back."""

    async def steps() -> None:
        async with scene(free_port) as on:
            messages = [
                Outbound("1", "13800138001", "one"),
                Outbound("2", "1" * 30, "nobody"),
                Outbound("3", "13800138003", "充" * 100),
                Outbound("4", "13800138004", "four", want_report=True),
                Outbound("5", "13800138005", "充" * 20_000),
            ]
            sending = asyncio.create_task(on.link.send_all(messages))
            for message_id, status in (("a", 0), ("", Status.RSYSERR), ("c", 0), ("d", 0)):
                heard = await on.peer.hear()
                on.peer.say(SubmitSmResp(message_id), heard.sequence, status)
            first, second, third, fourth, fifth = await sending
            assert (first, third) == (("a",), ("c", "d"))
            assert [type(told) for told in (second, fourth, fifth)] == [Refused, NotSent, Refused]
            # What did not go out is not waited for.
            assert len(on.link.receipts) == 0

    play(steps())


@pytest.mark.parametrize("message", [Outbound("1", "1" * 30, "x"), Outbound("1", "138", "充" * 20_000), Outbound("1", "充值充值", "x")])
def test_what_no_centre_can_be_told_is_refused(free_port: int, message: Outbound) -> None:
    async def steps() -> None:
        async with scene(free_port) as on:
            with pytest.raises(Refused):
                await on.link.send(message)

    play(steps())
