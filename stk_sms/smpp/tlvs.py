"""Tags of the optional parameters (SMPP 3.4, 5.3.2) that we read or write; any other passes through as octets."""

from enum import IntEnum

from stk_sms.smpp.wire import Tlv


class Tag(IntEnum):
    """Optional parameters by their names in the specification."""

    DEST_ADDR_SUBUNIT = 0x0005
    SOURCE_SUBADDRESS = 0x0202
    USER_MESSAGE_REFERENCE = 0x0204
    USER_RESPONSE_CODE = 0x0205
    SOURCE_PORT = 0x020A
    DESTINATION_PORT = 0x020B
    SAR_MSG_REF_NUM = 0x020C
    LANGUAGE_INDICATOR = 0x020D
    SAR_TOTAL_SEGMENTS = 0x020E
    SAR_SEGMENT_SEQNUM = 0x020F
    SC_INTERFACE_VERSION = 0x0210
    RECEIPTED_MESSAGE_ID = 0x001E
    ADDITIONAL_STATUS_INFO_TEXT = 0x001D
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    DELIVERY_FAILURE_REASON = 0x0425
    MORE_MESSAGES_TO_SEND = 0x0426
    MESSAGE_STATE = 0x0427
    USSD_SERVICE_OP = 0x0501
    ITS_REPLY_TYPE = 0x1380
    ITS_SESSION_INFO = 0x1383


def value_of(tlvs: tuple[Tlv, ...], tag: int) -> bytes | None:
    """The first value under a tag."""
    for one in tlvs:
        if one.tag == tag:
            return one.value
    return None


def number_of(tlvs: tuple[Tlv, ...], tag: int) -> int | None:
    """The first value under a tag as a whole number; None where it is missing or empty."""
    value = value_of(tlvs, tag)
    return int.from_bytes(value, "big") if value else None


def text_of(tlvs: tuple[Tlv, ...], tag: int) -> str:
    """The first value under a tag as text up to a zero octet; empty where it is missing."""
    value = value_of(tlvs, tag) or b""
    return value.partition(b"\0")[0].decode("latin-1")


def number(tag: Tag, value: int, octets: int = 1) -> Tlv:
    """A parameter that is a whole number."""
    return Tlv(tag, value.to_bytes(octets, "big"))


def text(tag: Tag, value: str) -> Tlv:
    """A parameter that is text ended by a zero octet."""
    return Tlv(tag, value.encode("latin-1") + b"\0")
