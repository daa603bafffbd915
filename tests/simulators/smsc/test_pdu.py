"""The centre's own SMPP, and that it agrees with the product's, which shares no code with it."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.smsc import pdu
from stk_sms.smpp.codec import Pdu, decode, encode
from stk_sms.smpp.pdus import DeliverSm, SubmitSm
from stk_sms.smpp.wire import Tlv

LATIN = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20)


@given(LATIN, LATIN, st.binary(max_size=300), st.integers(0, 255))
def test_the_product_reads_what_the_centre_writes(source: str, target: str, octets: bytes, coding: int) -> None:
    short = pdu.Short(source, target, coding=coding, octets=octets, options={0x204: b"\0\7"})
    body = decode(pdu.pack(pdu.DELIVER_SM, 7, pdu.write_short(short))).body
    assert isinstance(body, DeliverSm)
    assert (body.source_addr, body.destination_addr, body.data_coding) == (source, target, coding)
    payload = {one.tag: one.value for one in body.tlvs}
    assert body.short_message + payload.get(pdu.PAYLOAD, b"") == octets
    assert payload[0x204] == b"\0\7"


@given(LATIN, LATIN, st.binary(max_size=254), st.integers(0, 1))
def test_the_centre_reads_what_the_product_writes(source: str, target: str, octets: bytes, registered: int) -> None:
    body = SubmitSm(
        source_addr=source, destination_addr=target, short_message=octets, registered_delivery=registered, tlvs=(Tlv(0x501, b"\2"),)
    )
    (head,) = pdu.cut(bytearray(encode(Pdu(body, 9))))
    assert (head.command, head.sequence) == (pdu.SUBMIT_SM, 9)
    short = pdu.read_short(head.body)
    assert (short.source, short.target, short.octets, short.registered) == (source, target, octets, registered)
    assert short.options == {0x501: b"\2"}


def test_pieces_of_a_stream() -> None:
    stream = bytearray(pdu.pack(pdu.ENQUIRE_LINK, 1) + pdu.pack(pdu.UNBIND, 2))
    kept = bytearray(stream[:20])
    assert [head.sequence for head in pdu.cut(kept)] == [1]
    kept += stream[20:]
    assert [head.command for head in pdu.cut(kept)] == [pdu.UNBIND]


@pytest.mark.parametrize("length", [0, 15, 100_001])
def test_an_impossible_length(length: int) -> None:
    with pytest.raises(pdu.Unreadable):
        pdu.cut(bytearray(length.to_bytes(4, "big") + bytes(20)))


def test_broken_messages_are_unreadable(request: pytest.FixtureRequest) -> None:
    chance = random.Random(request.config.getoption("randomly_seed", default=1))
    whole = encode(Pdu(SubmitSm(source_addr="138", short_message=b"hello", tlvs=(Tlv(0x424, b"x"),)), 1))[16:]
    for _ in range(2000):
        octets = bytearray(whole)
        octets[chance.randrange(len(octets))] = chance.randrange(256)
        cut = bytes(octets[: chance.randint(0, len(octets))])
        try:
            pdu.read_short(cut)
        except pdu.Unreadable:
            continue


def test_strings_of_a_bind() -> None:
    assert pdu.strings(b"acme\0secret\0rest\0", 2) == ["acme", "secret"]
    with pytest.raises(pdu.Unreadable):
        pdu.strings(b"acme", 2)
