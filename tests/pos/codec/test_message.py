"""Fields to octets and back: every kind, every alignment, every way to be wrong."""

import pytest

from pos.codec import bcd
from pos.codec.errors import FrameError
from pos.codec.message import Message, decode, encode, gbk
from pos.codec.spec import FIELDS, Field, Kind, fields_of


def body_of(message: Message) -> bytes:
    """What stands behind type and bitmap."""
    return encode(message)[10:]


@pytest.mark.parametrize(
    ("number", "value", "octets"),
    [
        (22, "012", "0120"),
        (22, "030", "0300"),
        (22, "072", "0720"),
        (23, "001", "0001"),
        (2, "62220000111", "1162220000111 0".replace(" ", "")),
        (35, "6222=0001", "096222D00010"),
        (32, "12345", "05123450"),
        (60, "2600000100060000000", "001926000001000600000000"),
        (48, b"CZ01#", "0005435a303123"),
        (37, "ABCDEFGHIJKL", b"ABCDEFGHIJKL".hex()),
        (64, b"\x01\x02\x03\x04\x05\x06\x07\x08", "0102030405060708"),
    ],
)
def test_packing(number: int, value: str | bytes, octets: str) -> None:
    message = Message("0200", {number: value})
    assert body_of(message).hex() == octets.lower()
    assert decode(encode(message)) == message


def test_field_48_is_digits_in_settlement_and_octets_elsewhere() -> None:
    totals = "0" * 62
    assert body_of(Message("0500", {48: totals})).hex() == "0062" + totals
    assert decode(encode(Message("0320", {48: "123"}))).text(48) == "123"
    assert fields_of("0510")[48].kind is Kind.DIGITS
    assert fields_of("0200")[48].kind is Kind.OCTETS


def test_every_field_at_its_longest_goes_and_comes_back() -> None:
    def longest(spec: Field) -> str | bytes:
        if spec.kind is Kind.OCTETS:
            return b"\xb3" * spec.length
        return {Kind.DIGITS: "1", Kind.TRACK: "=", Kind.TEXT: "A"}[spec.kind] * spec.length

    fields = {number: longest(spec) for number, spec in FIELDS.items()}
    message = Message("0200", fields)
    assert decode(encode(message)) == message


def test_fields_that_are_not_there_are_empty() -> None:
    message = decode(encode(Message("0820", {41: "KC000001"})))
    assert (message.text(11), message.octets(62), message.octets(41), message.text(41)) == ("", b"", b"", "KC000001")


def test_the_error_says_where() -> None:
    octets = bytearray(encode(Message("0200", {3: "190000", 11: "000001"})))
    octets[13] = 0xAB
    with pytest.raises(FrameError) as caught:
        decode(bytes(octets))
    assert (caught.value.field, caught.value.position) == (11, 13)
    assert str(caught.value) == "field 11 at 13: not digits"


@pytest.mark.parametrize(
    ("octets", "field"),
    [
        ("", 0),
        ("0200", 0),
        ("02AA0000000000000000", 0),
        ("0200" + "8000000000000000", 1),
        ("0200" + "0400000000000000" + "00", 6),
        ("0200" + "2000000000000000" + "1900", 3),
        ("0200" + "2000000000000000" + "190000FF", 0),
        ("0200" + "4000000000000000", 2),
        ("0200" + "4000000000000000" + "20" + "11" * 10, 2),
        ("0200" + "4000000000000000" + "1A" + "11" * 10, 2),
        ("0200" + "0000000000800000" + "FF" * 8, 41),
        ("0200" + "0000000000010000" + "0600", 48),
    ],
)
def test_octets_that_are_no_message(octets: str, field: int) -> None:
    with pytest.raises(FrameError) as caught:
        decode(bytes.fromhex(octets))
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("mti", "fields"),
    [
        ("0200", {3: "1900"}),
        ("0200", {3: "19000a"}),
        ("0200", {3: b"190000"}),
        ("0200", {64: "12345678"}),
        ("0200", {6: "1"}),
        ("0200", {41: "终端终端终端终端"}),
        ("0200", {48: b"x" * 513}),
        ("020", {}),
        ("02x0", {}),
        ("0200", {3: "１９００００"}),
    ],
)
def test_values_that_fit_no_field(mti: str, fields: dict[int, str | bytes]) -> None:
    with pytest.raises(FrameError):
        encode(Message(mti, fields))


def test_chinese_is_gbk_and_nothing_else_comes_out() -> None:
    assert gbk("空中充值".encode("gbk"), 48) == "空中充值"
    with pytest.raises(FrameError) as caught:
        gbk(b"ok\xff\xff", 48)
    assert (caught.value.field, caught.value.position) == (48, 2)


def test_bcd_digits() -> None:
    assert bcd.pack("123", 1) == b"\x12\x30"
    assert bcd.pack("123", 1, right=True) == b"\x01\x23"
    assert bcd.unpack(b"\x01\x23", 3, 1, 0, right=True) == "123"
    assert bcd.unpack(b"\x12\x3f", 3, 1, 0) == "123"
    assert bcd.unpack(b"\x62\xd0", 4, 35, 0, track=True) == "62=0"
    with pytest.raises(FrameError):
        bcd.unpack(b"\xd1", 2, 3, 0)
