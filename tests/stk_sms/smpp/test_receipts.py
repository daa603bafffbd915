"""Receipts: TLVs before text, states in words and numbers, ids spelt otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stk_sms.smpp.pdus import DataSm, DeliverSm
from stk_sms.smpp.receipts import Receipt, is_receipt, plain, read, spellings
from stk_sms.smpp.wire import Tlv
from stk_sms.transport import DeliveryState

PHONE = "13800138000"
TEXT = b"id:0123456789 sub:001 dlvrd:001 submit date:2611200200 done date:2611200201 stat:DELIVRD err:000 text:id:9"


def receipt(message_id: str, state: DeliveryState = DeliveryState.DELIVERED, phone: str = PHONE) -> Receipt:
    return Receipt(message_id, phone, state)


def test_the_text_of_appendix_b() -> None:
    assert read(DeliverSm(source_addr=PHONE, esm_class=4, short_message=TEXT)) == receipt("0123456789")


def test_tlvs_go_before_text() -> None:
    told = (Tlv(0x1E, b"7f\0"), Tlv(0x427, b"\x05"), Tlv(0x423, b"\x03\x00\x15"))
    assert read(DeliverSm(source_addr=PHONE, esm_class=4, short_message=TEXT, tlvs=told)) == Receipt(
        "7f", PHONE, DeliveryState.FAILED, "21"
    )


def test_text_in_the_payload_and_by_data_sm() -> None:
    assert read(DeliverSm(esm_class=4, tlvs=(Tlv(0x424, TEXT),))) == receipt("0123456789", phone="")
    assert read(DataSm(source_addr=PHONE, tlvs=(Tlv(0x424, TEXT),))) == receipt("0123456789")


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("DELIVRD", DeliveryState.DELIVERED),
        ("EXPIRED", DeliveryState.EXPIRED),
        ("UNDELIV", DeliveryState.FAILED),
        ("REJECTD", DeliveryState.FAILED),
        ("DELETED", DeliveryState.FAILED),
        ("ACCEPTD", DeliveryState.BUFFERED),
        ("ENROUTE", DeliveryState.BUFFERED),
        ("UNKNOWN", DeliveryState.UNKNOWN),
        ("MBLOCK", DeliveryState.UNKNOWN),
    ],
)
def test_states_in_words(word: str, state: DeliveryState) -> None:
    found = read(DeliverSm(esm_class=4, short_message=f"ID:1 Stat:{word.lower()} err:013".encode()))
    assert found == Receipt("1", "", state, "013")


@pytest.mark.parametrize("number", range(12))
def test_states_in_numbers(number: int) -> None:
    found = read(DeliverSm(tlvs=(Tlv(0x1E, b"1\0"), Tlv(0x427, bytes([number])))))
    assert found is not None
    assert found.state.final == (number not in (0, 1, 6))


def test_what_is_a_receipt() -> None:
    assert is_receipt(DeliverSm(esm_class=0x04))
    assert is_receipt(DeliverSm(esm_class=0x20))
    assert is_receipt(DeliverSm(tlvs=(Tlv(0x1E, b"1\0"),)))
    assert not is_receipt(DeliverSm(short_message=TEXT))
    assert not is_receipt(DeliverSm(esm_class=0x40))


def test_a_receipt_about_nothing() -> None:
    assert read(DeliverSm(esm_class=4, short_message="送达".encode("utf-16-be"))) is None


@given(st.text(max_size=70))
def test_any_id_has_spellings(message_id: str) -> None:
    found = list(spellings(message_id))
    assert found[0] == plain(message_id)
    assert len(found) <= 3
