"""Batches of PDUs become batches of whole messages; verdicts become statuses."""

import asyncio
from datetime import datetime, timedelta

from stk_sms.smpp.pdus import DeliverSm, SubmitSm
from stk_sms.smpp.status import Status
from stk_sms.smpp.taking import Message, Taker
from stk_sms.smpp.wire import Tlv
from stk_sms.transport import Inbound, Verdict
from tests.stk_sms.smpp.peers import NOW

STATUSES = {Verdict.ACCEPTED: Status.ROK, Verdict.TEMPORARY: Status.RX_T_APPN, Verdict.PERMANENT: Status.RX_P_APPN}


class Scene:
    """A taker, its time, and what it handed on."""

    def __init__(self) -> None:
        self.now: datetime = NOW
        self.batches: list[list[Inbound]] = []
        self.verdicts: list[Verdict] = []
        self.taker = Taker("mobile", self.handle, STATUSES, lambda: self.now)

    async def handle(self, batch: list[Inbound]) -> list[Verdict]:
        self.batches.append(batch)
        return [self.verdicts.pop(0) if self.verdicts else Verdict.ACCEPTED for _ in batch]

    def take(self, *bodies: Message) -> list[int]:
        return asyncio.run(self.taker.take([(str(number), body) for number, body in enumerate(bodies)]))

    @property
    def texts(self) -> list[str]:
        return [message.text for batch in self.batches for message in batch]


def part(number: int, text: bytes, *, count: int = 2, reference: int = 7, sender: str = "138") -> DeliverSm:
    return DeliverSm(source_addr=sender, esm_class=0x40, short_message=bytes([5, 0, 3, reference, count, number]) + text)


def segment(number: int, text: bytes) -> DeliverSm:
    told = (Tlv(0x20C, b"\0\x09"), Tlv(0x20E, b"\2"), Tlv(0x20F, bytes([number])))
    return DeliverSm(source_addr="138", short_message=text, tlvs=told)


def test_a_batch_is_handed_on_once() -> None:
    on = Scene()
    on.verdicts = [Verdict.TEMPORARY, Verdict.ACCEPTED, Verdict.PERMANENT]
    assert on.take(*(SubmitSm(short_message=text) for text in (b"a", b"b", b"c"))) == [0x64, 0, 0x65]
    assert [len(batch) for batch in on.batches] == [3]
    assert [message.message_id for message in on.batches[0]] == ["0", "1", "2"]


def test_nothing_whole_asks_nobody() -> None:
    on = Scene()
    assert on.take(part(1, b"hello ")) == [0]
    assert on.take() == []
    assert on.batches == []


def test_parts_of_one_message_in_one_batch() -> None:
    on = Scene()
    assert on.take(part(2, b"world"), DeliverSm(short_message=b"other"), part(1, b"hello ")) == [0, 0, 0]
    assert on.texts == ["other", "hello world"]


def test_segments_by_tlv() -> None:
    on = Scene()
    on.take(segment(2, b"world"), segment(1, b"hello "))
    assert on.texts == ["hello world"]


def test_a_temporary_error_keeps_the_parts_and_an_acceptance_does_not_give_them_twice() -> None:
    on = Scene()
    on.verdicts = [Verdict.TEMPORARY]
    assert on.take(part(1, b"hello "), part(2, b"world")) == [0, 0x64]
    assert on.take(part(2, b"world")) == [0]
    assert on.take(part(2, b"world")) == [0]
    assert on.texts == ["hello world"] * 2


def test_a_refused_message_is_not_given_again() -> None:
    on = Scene()
    on.verdicts = [Verdict.PERMANENT]
    on.take(part(1, b"a"), part(2, b"b"))
    assert on.take(part(2, b"b")) == [0]
    assert len(on.batches) == 1


def test_parts_of_two_senders_do_not_meet() -> None:
    on = Scene()
    on.take(part(1, b"a"), part(2, b"b", sender="139"))
    assert on.batches == []


def test_parts_that_wait_too_long_are_dropped() -> None:
    on = Scene()
    on.take(part(1, b"hello "))
    on.now += timedelta(minutes=11)
    on.take(part(2, b"world"))
    assert on.batches == []
    on.take(part(1, b"hello "))
    assert on.texts == ["hello world"]


def test_a_broken_header_stands_alone() -> None:
    on = Scene()
    assert on.take(DeliverSm(esm_class=0x40, short_message=b"\x09x"), DeliverSm(short_message=b"ok")) == [0x65, 0]
    assert on.texts == ["ok"]


def test_other_elements_of_the_header_stay() -> None:
    on = Scene()
    header = bytes.fromhex("0b0504158200000003070201")
    rest = bytes.fromhex("0b0504158200000003070202")
    on.take(DeliverSm(esm_class=0x40, short_message=header + b"a"), DeliverSm(esm_class=0x40, short_message=rest + b"b"))
    (message,) = on.batches[0]
    assert message.udh.hex() == "06050415820000"
    assert (message.text, message.parts) == ("ab", 2)
