"""The codec: every PDU there and back, octets as the specification has them, streams in any pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stk_sms.smpp import codec
from stk_sms.smpp.codec import BadFrame, FrameReader, Pdu, answer_to, decode, encode, header_of
from stk_sms.smpp.pdus import (
    BODIES,
    RESPONSE,
    AlertNotification,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    DeliverSm,
    EnquireLink,
    GenericNack,
    Outbind,
    SubmitSm,
    SubmitSmResp,
)
from stk_sms.smpp.status import Status, name_of
from stk_sms.smpp.wire import MalformedPdu, Tlv, Unencodable
from tests.stk_sms.smpp import bodies

# The bind of the specification's own example (SMPP 3.4, 3.2.1.1).
BIND_EXAMPLE = "0000002f000000020000000000000001534d50503354455354007365637265743038005355424d49543100000101" + "00"


@given(bodies.pdus())
def test_every_pdu_there_and_back(pdu: Pdu) -> None:
    frame = encode(pdu)
    assert decode(frame) == pdu
    assert header_of(frame).length == len(frame)


def test_the_specifications_example() -> None:
    pdu = decode(bytes.fromhex(BIND_EXAMPLE))
    assert (pdu.sequence, pdu.body.command) == (1, 2)
    assert pdu.body == BindTransmitter("SMPP3TEST", "secret08", "SUBMIT1", 0, 1, 1)
    assert encode(pdu).hex() == BIND_EXAMPLE


def test_a_binary_order() -> None:
    body = DeliverSm(source_addr="13800138000", destination_addr="10086", esm_class=0x40, data_coding=0xF6, short_message=b"\x02\x70\x00x")
    frame = encode(Pdu(body, 2))
    assert frame.hex() == (
        "00000035000000050000000000000002" + "00" + "0000" + b"13800138000".hex() + "00" + "0000" + b"10086".hex() + "00"
        "400000" + "00" + "00" + "00" + "00" + "f6" + "00" + "04" + "02700078"
    )


def test_no_password_is_shown() -> None:
    assert "secret" not in repr(BindTransceiver("me", "secret"))
    assert "secret" not in repr(Outbind("me", "secret"))
    assert "4321" not in repr(SubmitSm(short_message=b"4321"))


def test_an_error_response_has_no_body() -> None:
    frame = encode(Pdu(SubmitSmResp(), 5, Status.RTHROTTLED))
    assert frame.hex() == "00000010800000040000005800000005"
    assert decode(frame) == Pdu(SubmitSmResp(), 5, Status.RTHROTTLED)


def test_an_error_response_may_name_its_message() -> None:
    pdu = Pdu(SubmitSmResp("abc"), 5, Status.RINVDSTADR)
    assert decode(encode(pdu)) == pdu


def test_a_good_response_without_a_body_is_read_too() -> None:
    assert decode(bytes.fromhex("00000010800000050000000000000007")).sequence == 7


def test_every_answer_has_its_request() -> None:
    for body in BODIES:
        answer = answer_to(body.command)
        if body in (AlertNotification, Outbind) or body.command & RESPONSE:
            assert answer is None
        else:
            assert answer is not None
            assert answer.command == body.command | RESPONSE
    assert answer_to(0x7777) is None


@pytest.mark.parametrize(
    ("frame", "field", "position", "status"),
    [
        ("0000", "header", 0, Status.RINVCMDLEN),
        ("00000011000000150000000000000001", "command_length", 0, Status.RINVCMDLEN),
        ("00000010000077770000000000000001", "command_id", 4, Status.RINVCMDID),
        ("0000001100000015000000000000000100", "body", 16, Status.RINVCMDLEN),
        ("00000010000000050000000000000001", "service_type", 16, Status.RINVPARLEN),
        ("00000016000000050000000000000001414141414141", "service_type", 16, Status.RINVPARLEN),
        ("0000001200000009000000000000000141" + "00", "password", 18, Status.RINVPARLEN),
        ("0000001480000009000000000000000100" + "001000", "tlvs", 17, Status.RINVMSGLEN),
        ("0000001680000009000000000000000100" + "0210000500", "tlvs 0210", 17, Status.RINVMSGLEN),
    ],
)
def test_what_is_wrong_and_where(frame: str, field: str, position: int, status: Status) -> None:
    with pytest.raises(MalformedPdu) as caught:
        decode(bytes.fromhex(frame))
    assert (caught.value.field, caught.value.position, caught.value.status) == (field, position, status)


def test_a_message_shorter_than_it_says() -> None:
    frame = bytearray(encode(Pdu(DeliverSm(short_message=b"abc"), 1)))
    frame[-4] = 9
    with pytest.raises(MalformedPdu) as caught:
        decode(bytes(frame))
    assert (caught.value.field, caught.value.status) == ("short_message", Status.RINVMSGLEN)


@pytest.mark.parametrize(
    "body",
    [
        SubmitSm(source_addr="1" * 21),
        SubmitSm(source_addr="充"),
        SubmitSm(source_addr="a\0b"),
        SubmitSm(short_message=bytes(256)),
        SubmitSm(data_coding=256),
        SubmitSm(tlvs=(Tlv(0x10000),)),
        SubmitSm(tlvs=(Tlv(1, bytes(0x10000)),)),
        SubmitSm(priority_flag=-1),
    ],
)
def test_what_cannot_be_written(body: SubmitSm) -> None:
    with pytest.raises(Unencodable):
        encode(Pdu(body, 1))


@given(st.lists(bodies.pdus(), max_size=6), st.data())
def test_a_stream_in_any_pieces(sent: list[Pdu], data: st.DataObject) -> None:
    stream = b"".join(map(encode, sent))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    reader, found = FrameReader(), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += reader.feed(stream[start:end])
    assert list(map(decode, found)) == sent


@pytest.mark.parametrize("length", ["00000000", "0000000f", "00011171", "ffffffff"])
def test_a_length_that_cannot_be_ends_the_stream(length: str) -> None:
    with pytest.raises(BadFrame):
        FrameReader().feed(bytes.fromhex(length))


def test_a_frame_that_never_comes_takes_no_room() -> None:
    reader = FrameReader()
    reader.feed((codec.MOST_OCTETS).to_bytes(4, "big"))
    for _ in range(codec.MOST_OCTETS // 1000 - 1):
        assert reader.feed(bytes(1000)) == []
    with pytest.raises(MalformedPdu):
        decode(reader.feed(bytes(996))[0])


def test_a_small_limit() -> None:
    with pytest.raises(BadFrame):
        FrameReader(16).feed(encode(Pdu(SubmitSm(), 1)))
    assert FrameReader(16).feed(encode(Pdu(EnquireLink(), 1)))


def test_bodies_of_one_shape_are_not_the_same() -> None:
    assert len({Pdu(body(), 1) for body in BODIES}) == len(BODIES)
    assert decode(encode(Pdu(GenericNack(), 3, Status.RINVCMDID))) == Pdu(GenericNack(), 3, 3)


def test_tlvs_keep_their_order_and_repeats() -> None:
    sent = BindTransceiverResp("x", (Tlv(0x210, b"\x34"), Tlv(0x1400, b""), Tlv(0x210, b"\x50")))
    assert decode(encode(Pdu(sent, 1))).body == sent


def test_names_of_statuses() -> None:
    assert name_of(0x58) == "ESME_RTHROTTLED"
    assert name_of(0x0400) == "0x00000400"
