"""Text by coding: which alphabet, how long, and reading whatever comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm import text


@given(st.text(max_size=80))
def test_any_text_goes_there_and_back(message: str) -> None:
    data, coding = text.encode(message)
    half = any("\ud800" <= character <= "\udfff" for character in message)
    assert half or text.decode(data, coding) == message


@given(st.binary(max_size=200), st.integers(0, 255))
def test_any_octets_of_any_coding_are_read(data: bytes, coding: int) -> None:
    text.decode(data, coding)


def test_letters_outside_the_first_plane_are_two_units() -> None:
    data, coding = text.encode("充😀")
    assert (data.hex(), coding) == ("5145d83dde00", text.UCS2)
    assert text.decode(data, 8) == "充😀"


def test_half_a_pair_does_no_harm() -> None:
    assert text.decode(text.encode("充\ud83d")[0], 8) == "充\ufffd"
    assert text.decode(bytes.fromhex("d83d"), 8) == "\ufffd"


@pytest.mark.parametrize(
    ("message", "one"), [("a" * 160, True), ("a" * 161, False), ("€" * 80, True), ("€" * 81, False), ("充" * 70, True), ("充" * 71, False)]
)
def test_what_fits_one_message(message: str, one: bool) -> None:
    assert text.fits_one(*text.encode(message)) is one


@pytest.mark.parametrize("coding", [0x02, 0x04, 0xF4, 0xF5, 0xF6, 0xF7, 0x14, 0x36])
def test_binary_codings(coding: int) -> None:
    assert text.is_binary(coding)
    assert not text.is_ucs2(coding)


@pytest.mark.parametrize("coding", [0x08, 0x18, 0x19, 0xE0])
def test_ucs2_codings(coding: int) -> None:
    assert text.is_ucs2(coding)
    assert not text.is_binary(coding)


@pytest.mark.parametrize("coding", [0x00, 0x01, 0x03, 0x10, 0xF0, 0xF1, 0xC0])
def test_codings_that_are_neither(coding: int) -> None:
    assert not text.is_binary(coding)
    assert not text.is_ucs2(coding)


def test_latin_1() -> None:
    assert text.decode(b"caf\xe9", text.LATIN_1) == "café"
