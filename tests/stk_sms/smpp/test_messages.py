"""Messages and PDUs: headers, payloads, parts, addresses, periods."""

import pytest

from gsm import udh
from stk_sms.smpp import tlvs
from stk_sms.smpp.messages import OutRules, address_of, arrived, submissions
from stk_sms.smpp.pdus import DataSm, DeliverSm
from stk_sms.smpp.wire import Tlv
from stk_sms.transport import Outbound, Ussd, UssdOperation
from tests.stk_sms.smpp.peers import NOW

PACKET = bytes.fromhex("0270000038150e001212b2c001")


def test_a_secured_packet_keeps_its_header() -> None:
    body = DeliverSm(
        source_addr="13800138000", destination_addr="10086", esm_class=0x40, protocol_id=0x7F, data_coding=0xF6, short_message=PACKET
    )
    message = arrived("mobile", "7", body, NOW).message
    assert (message.udh.hex(), message.user_data) == ("027000", PACKET)
    assert (message.sender, message.recipient, message.coding, message.protocol_id) == ("13800138000", "10086", 0xF6, 0x7F)
    assert (message.link, message.message_id, message.received_at) == ("mobile", "7", NOW)


def test_no_password_is_shown() -> None:
    message = arrived("mobile", "7", DeliverSm(short_message=b"S10.138.4321"), NOW).message
    assert "4321" not in repr(message)
    assert "4321" not in repr(Outbound("1", "138", "4321", data=b"4321"))


def test_the_payload_counts_where_the_message_is_empty() -> None:
    told = (Tlv(tlvs.Tag.MESSAGE_PAYLOAD, PACKET),)
    assert arrived("x", "1", DeliverSm(esm_class=0x40, tlvs=told), NOW).message.user_data == PACKET
    assert arrived("x", "1", DataSm(esm_class=0x40, tlvs=told), NOW).message.user_data == PACKET
    assert arrived("x", "1", DeliverSm(short_message=b"both", tlvs=told), NOW).message.data == b"both"


def test_text_is_read_by_its_coding() -> None:
    ucs2 = DeliverSm(data_coding=8, short_message="余额".encode("utf-16-be"))
    assert arrived("x", "1", ucs2, NOW).message.text == "余额"
    assert arrived("x", "1", DeliverSm(short_message=b"\x00\x11"), NOW).message.text == "@_"


def test_the_header_says_which_part() -> None:
    body = DeliverSm(source_addr="138", destination_addr="1", esm_class=0x40, short_message=bytes.fromhex("0500037f0201") + b"one")
    found = arrived("x", "1", body, NOW)
    assert found.part == udh.Part(0x7F, 2, 1)
    assert found.key == ("138", "1", 0x7F, 2)
    assert found.message.data == b"one"


def test_tlvs_say_which_part() -> None:
    told = (
        tlvs.number(tlvs.Tag.SAR_MSG_REF_NUM, 0x1234, 2),
        tlvs.number(tlvs.Tag.SAR_TOTAL_SEGMENTS, 3),
        tlvs.number(tlvs.Tag.SAR_SEGMENT_SEQNUM, 2),
    )
    assert arrived("x", "1", DeliverSm(tlvs=told), NOW).part == udh.Part(0x1234, 3, 2, wide=True)
    assert arrived("x", "1", DeliverSm(tlvs=told[:2]), NOW).part is None


def test_one_part_of_one_is_a_whole_message() -> None:
    body = DeliverSm(esm_class=0x40, short_message=bytes.fromhex("0500037f0101") + b"one")
    assert arrived("x", "1", body, NOW).part is None


@pytest.mark.parametrize("octets", ["", "05", "050003"])
def test_a_broken_header_is_refused(octets: str) -> None:
    with pytest.raises(udh.BadHeader):
        arrived("x", "1", DeliverSm(esm_class=0x40, short_message=bytes.fromhex(octets)), NOW)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("+8613800138000", (1, 1, "8613800138000")),
        ("13800138000", (2, 1, "13800138000")),
        ("Kongchong空", (5, 0, "Kongchong空")),
        ("", (2, 1, "")),
    ],
)
def test_addresses(text: str, found: tuple[int, int, str]) -> None:
    address = address_of(text, 2, 1)
    assert (address.ton, address.npi, address.digits) == found


def test_a_short_reply() -> None:
    (body,) = submissions(Outbound("1", "13800138000", "充值成功", want_report=True, valid_seconds=3600), 1, OutRules("10086"))
    assert (body.source_addr, body.destination_addr, body.data_coding, body.esm_class) == ("10086", "13800138000", 8, 0)
    assert body.short_message.decode("utf-16-be") == "充值成功"
    assert (body.registered_delivery, body.validity_period) == (1, "000000010000000R")


def test_a_long_reply_is_cut() -> None:
    bodies = submissions(Outbound("1", "13800138000", "a" * 400), 9, OutRules())
    assert [body.esm_class for body in bodies] == [0x40] * 3
    assert [body.short_message[:6].hex() for body in bodies] == ["050003090301", "050003090302", "050003090303"]
    assert b"".join(body.short_message[6:] for body in bodies) == b"a" * 400


@pytest.mark.parametrize("text", ["hello", "a" * 400, "€" * 200])
def test_a_centre_that_wants_septets_packed(text: str) -> None:
    bodies = submissions(Outbound("1", "138", text), 9, OutRules(packed=True))
    assert all(len(body.short_message) <= 140 for body in bodies)
    back = [DeliverSm(esm_class=body.esm_class, short_message=body.short_message) for body in bodies]
    assert "".join(arrived("x", "1", body, NOW, packed=True).message.text for body in back) == text


def test_only_the_gsm_alphabet_is_packed() -> None:
    (body,) = submissions(Outbound("1", "138", "充值"), 1, OutRules(packed=True))
    assert body.short_message == "充值".encode("utf-16-be")
    for coding in (0xF6, 8, 4, 3):
        assert arrived("x", "1", DeliverSm(short_message=b"abc", data_coding=coding), NOW, packed=True).message.data == b"abc"


def test_a_secured_reply() -> None:
    message = Outbound("1", "13800138000", udh=b"\x02\x71\x00", data=bytes(20), coding=0xF6, protocol_id=0x7F)
    (body,) = submissions(message, 1, OutRules())
    assert (body.esm_class, body.protocol_id, body.data_coding) == (0x40, 0x7F, 0xF6)
    assert body.short_message == b"\x02\x71\x00" + bytes(20)


def test_data_too_long_for_the_field_goes_into_the_payload() -> None:
    (body,) = submissions(Outbound("1", "138", data=bytes(300), coding=4), 1, OutRules())
    assert body.short_message == b""
    assert tlvs.value_of(body.tlvs, tlvs.Tag.MESSAGE_PAYLOAD) == bytes(300)


def test_a_step_of_a_dialogue() -> None:
    ussd = Ussd(UssdOperation.PSSR_RESPONSE, session=7, sequence=2, end=True)
    (body,) = submissions(Outbound("1", "138", "a" * 180, ussd=ussd), 1, OutRules())
    assert body.service_type == "USSD"
    assert tlvs.value_of(body.tlvs, tlvs.Tag.ITS_SESSION_INFO) == bytes([7, 5])
    assert body.short_message == b"a" * 180


@pytest.mark.parametrize(
    ("seconds", "period"), [(0, ""), (59, "000000000059000R"), (90_061, "000001010101000R"), (9**9, "000030000000000R")]
)
def test_periods(seconds: int, period: str) -> None:
    assert submissions(Outbound("1", "138", "x", valid_seconds=seconds), 1, OutRules())[0].validity_period == period
