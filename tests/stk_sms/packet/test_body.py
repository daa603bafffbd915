"""The body: eight operations, what each must carry, and everything that is refused with its field and octet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stk_sms.packet import Body, PacketError, StkOperation, parse_body, write_body
from stk_sms.packet.body import SHAPES, Tag

NONCE = bytes.fromhex("0123456789abcdef")
OTHER = bytes.fromhex("fedcba9876543210")
OPERATION, NONCE_FIELD = "8102010{}", "82080123456789abcdef"
NUMBER, AMOUNT, PASSWORD = "830613800138000f", "840400001388", "8503274961"
SECOND, NEW, ORIGINAL, MARK = "8603200001", "8703135792", "8808fedcba9876543210", "c00101"

GOOD = {
    StkOperation.RECHARGE: [NUMBER, AMOUNT, PASSWORD],
    StkOperation.REPEAT: [NUMBER, AMOUNT, PASSWORD],
    StkOperation.QUERY: [ORIGINAL],
    StkOperation.BALANCE: [],
    StkOperation.REVERSAL: [PASSWORD, ORIGINAL],
    StkOperation.TRANSFER: [AMOUNT, PASSWORD, SECOND],
    StkOperation.CHANGE_PASSWORD: [PASSWORD, NEW],
    StkOperation.KEY_UPDATED: [],
}


def octets(operation: int, *fields: str) -> bytes:
    return bytes.fromhex(OPERATION.format(operation) + NONCE_FIELD + "".join(fields))


def refused(data: bytes) -> PacketError:
    with pytest.raises(PacketError) as caught:
        parse_body(data)
    return caught.value


def digits(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=least, max_size=most)


@st.composite
def bodies(draw: st.DrawFn) -> Body:
    """Any order a card can make."""
    operation = draw(st.sampled_from(list(StkOperation)))
    shape = SHAPES[operation]
    extra = draw(st.sets(st.sampled_from(sorted(shape.allowed | shape.one_of)))) if shape.allowed | shape.one_of else set()
    tags = shape.needed | extra | ({min(shape.one_of)} if shape.one_of else set())
    return Body(
        operation,
        draw(st.binary(min_size=8, max_size=8)),
        number=draw(digits(1, 12)) if Tag.NUMBER in tags else None,
        amount_minor=draw(st.integers(0, 2**32 - 1)) if Tag.AMOUNT in tags else None,
        password=draw(digits(1, 12)) if Tag.PASSWORD in tags else None,
        second_number=draw(digits(1, 20)) if Tag.SECOND_NUMBER in tags else None,
        new_password=draw(digits(1, 6)) if Tag.NEW_PASSWORD in tags else None,
        original_nonce=draw(st.binary(min_size=8, max_size=8)) if Tag.ORIGINAL_NONCE in tags else None,
        repeat_mark=draw(st.integers(0, 255)) if Tag.REPEAT_MARK in tags else 0,
    )


@given(bodies())
def test_there_and_back(body: Body) -> None:
    assert parse_body(write_body(body)) == body


@given(st.binary(max_size=100))
def test_any_octets_are_read_or_refused(data: bytes) -> None:
    try:
        body = parse_body(data)
    except PacketError:
        return
    assert parse_body(write_body(body)) == body


def test_a_recharge_as_the_page_writes_it() -> None:
    body = parse_body(octets(1, NUMBER, AMOUNT, PASSWORD))
    assert body == Body(StkOperation.RECHARGE, NONCE, number="13800138000", amount_minor=5000, password="274961")
    assert "274961" not in repr(body)


@pytest.mark.parametrize("operation", list(StkOperation))
def test_each_operation_with_what_it_needs(operation: StkOperation) -> None:
    body = parse_body(octets(operation, *GOOD[operation]))
    assert body.operation is operation
    assert body.nonce == NONCE
    assert write_body(body) == octets(operation, *GOOD[operation])


@pytest.mark.parametrize(
    ("operation", "missing"), [(operation, index) for operation, fields in GOOD.items() for index in range(len(fields))]
)
def test_each_operation_without_one_of_its_fields(operation: StkOperation, missing: int) -> None:
    fields = [field for index, field in enumerate(GOOD[operation]) if index != missing]
    error = refused(octets(operation, *fields))
    assert "missing" in error.reason or "which order" in error.reason
    assert error.position == 0


@pytest.mark.parametrize(("operation", "field"), [(operation, field) for operation, fields in GOOD.items() for field in fields])
def test_a_field_twice(operation: StkOperation, field: str) -> None:
    error = refused(octets(operation, *GOOD[operation], field))
    assert error.reason == "twice"
    assert error.position == len(octets(operation, *GOOD[operation]))


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        (StkOperation.RECHARGE, SECOND),
        (StkOperation.RECHARGE, NEW),
        (StkOperation.RECHARGE, ORIGINAL),
        (StkOperation.REPEAT, NEW),
        (StkOperation.QUERY, AMOUNT),
        (StkOperation.BALANCE, NUMBER),
        (StkOperation.REVERSAL, AMOUNT),
        (StkOperation.TRANSFER, NUMBER),
        (StkOperation.CHANGE_PASSWORD, SECOND),
        (StkOperation.KEY_UPDATED, PASSWORD),
    ],
)
def test_a_field_that_belongs_elsewhere(operation: StkOperation, field: str) -> None:
    assert "does not belong" in refused(octets(operation, *GOOD[operation], field)).reason


@pytest.mark.parametrize("which", [NUMBER, SECOND, ORIGINAL])
@pytest.mark.parametrize("operation", [StkOperation.QUERY, StkOperation.REVERSAL])
def test_an_order_may_be_named_in_three_ways(operation: StkOperation, which: str) -> None:
    body = parse_body(octets(operation, PASSWORD, which))
    assert [body.number, body.second_number, body.original_nonce].count(None) == 2


def test_a_repeat_may_name_the_first_nonce() -> None:
    assert parse_body(octets(2, *GOOD[StkOperation.REPEAT], ORIGINAL)).original_nonce == OTHER


def test_fields_in_any_order() -> None:
    mixed = bytes.fromhex(PASSWORD + AMOUNT + NONCE_FIELD + NUMBER + OPERATION.format(1))
    assert parse_body(mixed) == parse_body(octets(1, NUMBER, AMOUNT, PASSWORD))


@pytest.mark.parametrize("tag", [0x00, 0x01, 0x7F, 0x80, 0x89, 0xA1, 0xBF])
def test_an_unknown_tag(tag: int) -> None:
    error = refused(octets(4) + bytes((tag, 1, 0)))
    assert (error.field, error.position, error.reason) == (f"tag {tag:02x}", 14, "unknown")


@pytest.mark.parametrize("tag", [0xC1, 0xD0, 0xFF])
def test_what_a_newer_card_adds_is_passed_over(tag: int) -> None:
    assert parse_body(octets(4) + bytes((tag, 2, 1, 2)) + bytes((tag, 0))) == parse_body(octets(4))


def test_the_mark_of_a_wanted_second_order() -> None:
    assert parse_body(octets(1, NUMBER, AMOUNT, PASSWORD, MARK)).repeat_mark == 1
    assert parse_body(octets(4, MARK)).operation is StkOperation.BALANCE


@pytest.mark.parametrize("tail", ["83", "8306", "83061380", "8404000013", "c0", "c005aa"])
def test_cut_short(tail: str) -> None:
    error = refused(octets(1) + bytes.fromhex(tail))
    assert (error.reason, error.position) == ("cut short", 14)


@pytest.mark.parametrize(
    "field",
    [
        "8301ff",
        "830713800138000fff",
        "8403001388",
        "84050000001388",
        "85021234",
        "850712345678901234",
        "8600",
        "860b" + "12" * 11,
        "87021234",
        "870412345678",
        "8807fedcba98765432",
        "8809fedcba987654321000",
        "c00100c000",
    ],
)
def test_a_length_that_cannot_be(field: str) -> None:
    error = refused(octets(1) + bytes.fromhex(field))
    assert "octets" in error.reason or error.reason == "twice"


@pytest.mark.parametrize(("head", "field"), [("82080123456789abcdef", "OPERATION"), ("81020104", "NONCE"), ("", "OPERATION")])
def test_no_operation_or_no_nonce(head: str, field: str) -> None:
    assert refused(bytes.fromhex(head)).field == field


@pytest.mark.parametrize("version", [0, 2, 255])
def test_another_version(version: int) -> None:
    error = refused(bytes((0x81, 2, version, 1)) + bytes.fromhex(NONCE_FIELD))
    assert (error.field, error.position) == ("OPERATION", 2)


@pytest.mark.parametrize("operation", [0, 9, 255])
def test_another_operation(operation: int) -> None:
    error = refused(bytes((0x81, 2, 1, operation)) + bytes.fromhex(NONCE_FIELD))
    assert (error.field, error.position) == ("OPERATION", 3)


def test_a_number_that_is_none() -> None:
    error = refused(octets(1, "83061380a138000f", AMOUNT, PASSWORD))
    assert (error.field, error.position) == ("NUMBER", 18)
