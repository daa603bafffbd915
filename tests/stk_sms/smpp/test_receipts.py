"""Receipts: TLVs before text, ids spelt otherwise, receipts that come first, parts of one message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stk_sms.smpp.pdus import DataSm, DeliverSm
from stk_sms.smpp.receipts import Receipt, ReceiptBook, is_receipt, plain, read, spellings
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


def test_a_message_and_its_receipt() -> None:
    book = ReceiptBook()
    assert book.sent("order-1", PHONE, ("0A1B",), 0.0) == []
    assert book.match(receipt("0a1b"), 1.0) == [("order-1", receipt("0a1b"))]
    assert book.match(receipt("0a1b"), 2.0) == []
    assert len(book) == 0


@pytest.mark.parametrize(
    ("answered", "reported"),
    [
        ("1234", "4d2"),
        ("4D2", "1234"),
        ("0000001234", "1234"),
        ("1234", "0000001234"),
        ("00004d2", "1234"),
        ("1234", "000004D2"),
        ("ab-7", "AB-7"),
    ],
)
def test_the_same_id_spelt_otherwise(answered: str, reported: str) -> None:
    book = ReceiptBook()
    book.sent("order-1", PHONE, (answered,), 0.0)
    assert book.match(receipt(reported), 1.0) == [("order-1", receipt(reported))]


def test_another_spelling_needs_the_same_phone() -> None:
    book = ReceiptBook()
    book.sent("order-1", PHONE, ("16",), 0.0)
    assert book.match(receipt("10", phone="8613900139000"), 1.0) == []
    assert book.match(receipt("10", phone="8613800138000"), 1.0) == [("order-1", receipt("10", phone="8613800138000"))]


def test_an_exact_id_goes_before_another_spelling() -> None:
    book = ReceiptBook()
    book.sent("hexadecimal", PHONE, ("16",), 0.0)
    book.sent("exact", PHONE, ("10",), 0.0)
    assert book.match(receipt("10"), 1.0)[0][0] == "exact"


def test_a_receipt_that_comes_before_the_answer() -> None:
    book = ReceiptBook()
    assert book.match(receipt("4d2"), 0.0) == []
    assert book.sent("other", PHONE, ("9",), 1.0) == []
    assert book.sent("order-1", PHONE, ("1234",), 2.0) == [("order-1", receipt("4d2"))]
    assert book.sent("order-2", PHONE, ("1234",), 3.0) == []


def test_early_receipts_are_kept_a_minute() -> None:
    book = ReceiptBook()
    book.match(receipt("1"), 0.0)
    assert book.sent("order-1", PHONE, ("1",), 61.0) == []


def test_two_parts_are_one_report() -> None:
    book = ReceiptBook()
    book.sent("order-1", PHONE, ("1", "2"), 0.0)
    assert book.match(receipt("2"), 1.0) == []
    assert book.match(receipt("1"), 2.0) == [("order-1", receipt("1"))]


def test_one_bad_part_is_the_report() -> None:
    book = ReceiptBook()
    book.sent("order-1", PHONE, ("1", "2", "3"), 0.0)
    bad = receipt("2", DeliveryState.FAILED)
    assert book.match(bad, 1.0) == [("order-1", bad)]
    assert book.match(receipt("1"), 2.0) == []
    assert book.match(receipt("3", DeliveryState.FAILED), 2.0) == []


def test_an_interim_report_ends_nothing() -> None:
    book = ReceiptBook()
    book.sent("order-1", PHONE, ("1",), 0.0)
    waiting = receipt("1", DeliveryState.BUFFERED)
    assert book.match(waiting, 1.0) == [("order-1", waiting)]
    assert book.match(receipt("1"), 2.0) == [("order-1", receipt("1"))]


def test_what_nobody_asks_for_is_forgotten() -> None:
    book = ReceiptBook(most=10)
    for number in range(50):
        book.sent(f"order-{number}", PHONE, (f"x{number}",), 0.0)
        book.match(receipt(f"unknown-{number}"), 0.0)
    assert len(book) == 10
    assert len(book._early) == 10


@given(st.text(max_size=70))
def test_any_id_has_spellings(message_id: str) -> None:
    found = list(spellings(message_id))
    assert found[0] == plain(message_id)
    assert len(found) <= 3


@given(st.integers(0, 2**64), st.booleans(), st.integers(0, 8))
def test_any_number_is_found_in_both_bases(number: int, hexadecimal: bool, zeros: int) -> None:
    book = ReceiptBook()
    book.sent("order", PHONE, (str(number) if hexadecimal else f"{number:x}",), 0.0)
    assert book.match(receipt("0" * zeros + (f"{number:X}" if hexadecimal else str(number))), 0.0)
