"""Optional parameters: found by tag, read as numbers and text, written."""

from stk_sms.smpp import tlvs
from stk_sms.smpp.tlvs import Tag
from stk_sms.smpp.wire import Tlv

TOLD = (Tlv(0x1E, b"abc\0rest"), Tlv(0x427, b"\x02"), Tlv(0x427, b"\x05"), Tlv(0x20C, b"\x12\x34"), Tlv(0x1383, b""))


def test_the_first_under_a_tag_counts() -> None:
    assert tlvs.value_of(TOLD, Tag.MESSAGE_STATE) == b"\x02"
    assert tlvs.value_of(TOLD, Tag.MESSAGE_PAYLOAD) is None


def test_numbers() -> None:
    assert tlvs.number_of(TOLD, Tag.SAR_MSG_REF_NUM) == 0x1234
    assert tlvs.number_of(TOLD, Tag.USSD_SERVICE_OP) is None
    assert tlvs.number_of(TOLD, Tag.ITS_SESSION_INFO) is None
    assert tlvs.number(Tag.USER_MESSAGE_REFERENCE, 7, 2) == Tlv(0x204, b"\0\7")


def test_text_ends_at_a_zero() -> None:
    assert tlvs.text_of(TOLD, Tag.RECEIPTED_MESSAGE_ID) == "abc"
    assert tlvs.text_of((Tlv(0x1E, b"no end"),), Tag.RECEIPTED_MESSAGE_ID) == "no end"
    assert tlvs.text_of((), Tag.RECEIPTED_MESSAGE_ID) == ""
    assert tlvs.text(Tag.RECEIPTED_MESSAGE_ID, "abc") == Tlv(0x1E, b"abc\0")


def test_tags_as_the_specification_numbers_them() -> None:
    told = {"RECEIPTED_MESSAGE_ID": 0x001E, "MESSAGE_PAYLOAD": 0x0424, "MESSAGE_STATE": 0x0427, "USSD_SERVICE_OP": 0x0501}
    told |= {"ITS_SESSION_INFO": 0x1383, "SAR_TOTAL_SEGMENTS": 0x020E, "NETWORK_ERROR_CODE": 0x0423, "USER_MESSAGE_REFERENCE": 0x0204}
    assert {name: Tag[name].value for name in told} == told
