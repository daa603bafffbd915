"""Octets from peers that mean harm: only the codec's own error, whatever comes. KONGCHONG_MUTANTS says how many are tried."""

import os
import random
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm.udh import BadHeader
from stk_sms.smpp import receipts, ussd
from stk_sms.smpp.codec import BadFrame, FrameReader, Pdu, decode, encode
from stk_sms.smpp.messages import arrived
from stk_sms.smpp.pdus import (
    AlertNotification,
    BindTransceiver,
    BindTransceiverResp,
    CancelSm,
    DataSm,
    DeliverSm,
    QuerySmResp,
    ReplaceSm,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
)
from stk_sms.smpp.wire import Destination, MalformedPdu, Tlv, Unsuccessful
from tests.stk_sms.smpp.bodies import broken
from tests.stk_sms.smpp.peers import NOW

MUTANTS = int(os.environ.get("KONGCHONG_MUTANTS", "5000"))
SAMPLES = [
    encode(Pdu(body, 1))
    for body in (
        BindTransceiver("agent", "secret", "kc"),
        BindTransceiverResp("smsc", (Tlv(0x210, b"\x34"),)),
        SubmitSm(source_addr="10086", destination_addr="13800138000", short_message="充值成功".encode("utf-16-be"), data_coding=8),
        SubmitSmResp("0a1b2c"),
        DeliverSm(source_addr="13800138000", esm_class=0x40, data_coding=0xF6, short_message=bytes.fromhex("02700000380e")),
        DeliverSm(esm_class=4, short_message=b"id:0123 stat:DELIVRD err:000", tlvs=(Tlv(0x1E, b"123\0"), Tlv(0x427, b"\x02"))),
        DeliverSm(service_type="USSD", short_message=b"*888*1#", tlvs=(Tlv(0x501, b"\x01"), Tlv(0x1383, b"\x07\x00"))),
        DataSm(source_addr="1", tlvs=(Tlv(0x424, bytes.fromhex("0500031f0201") + b"part"),), esm_class=0x40),
        SubmitMulti(destinations=(Destination("138", 1, 1), Destination(list_name="all")), short_message=b"x"),
        SubmitMultiResp("1", (Unsuccessful(1, 1, "138", 0x0B),)),
        QuerySmResp("1", "260101000000000R", 2),
        CancelSm(message_id="1"),
        ReplaceSm("1", short_message=b"new"),
        AlertNotification(source_addr="1", esme_addr="2"),
    )
]


def read_on(pdu: Pdu) -> None:
    """What the product does with a message that could be read."""
    if isinstance(pdu.body, DeliverSm | DataSm | SubmitSm):
        with suppress(BadHeader):
            assert isinstance(arrived("link", "1", pdu.body, NOW).message.text, str)
        ussd.read(pdu.body.service_type, pdu.body.tlvs)
    if isinstance(pdu.body, DeliverSm | DataSm):
        found = receipts.read(pdu.body)
        if found is not None:
            list(receipts.spellings(found.message_id))
        receipts.is_receipt(pdu.body)


def read_or_none(frame: bytes) -> Pdu | None:
    """The PDU, or None where the codec refused with its own error, which names a field and a position inside the frame."""
    try:
        return decode(frame)
    except MalformedPdu as error:
        if not error.field or not 0 <= error.position <= len(frame):
            raise AssertionError(frame.hex()) from error
        return None


def mutate(count: int, seed: int) -> int:
    """How many of so many broken PDUs could still be read; whatever was read can be written again."""
    chance = random.Random(seed)
    readable = 0
    for number in range(count):
        frame = broken(chance.choice(SAMPLES), chance)
        pdu = read_or_none(frame)
        if pdu is None:
            continue
        readable += 1
        read_on(pdu)
        assert decode(encode(pdu)) == pdu, (seed, number, frame.hex())
    return readable


def test_no_broken_pdu_stumbles(request: pytest.FixtureRequest) -> None:
    readable = mutate(MUTANTS, int(request.config.getoption("randomly_seed", default=1)))
    assert 0 < readable < MUTANTS


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_any_stream(pieces: list[bytes]) -> None:
    reader = FrameReader()
    with suppress(BadFrame):
        for piece in pieces:
            for frame in reader.feed(piece):
                read_or_none(frame)


@given(st.binary(max_size=200), st.sampled_from([0x04, 0x05, 0x103, 0x21, 0x80000021, 0x09]))
def test_any_body(body: bytes, command: int) -> None:
    frame = (16 + len(body)).to_bytes(4, "big") + command.to_bytes(4, "big") + bytes(8) + body
    pdu = read_or_none(frame)
    if pdu is not None:
        read_on(pdu)
