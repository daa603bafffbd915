"""The GSM alphabet, packing and UCS2: published examples, and properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.modem_farm import alphabet

LETTERS = "".join(alphabet.from_septets([code]) for code in range(128) if code != 0x1B)
EXTENDED = "\f^{}\\[~]|€"


# "hellohello" as dreamfabric.com's page on SMS and the PDU format packs it; "how are you?" from 3GPP documents' usual example.
@pytest.mark.parametrize(("text", "packed"), [("hellohello", "E8329BFD4697D9EC37"), ("How are you?", "C8F71D14969741F977FD07")])
def test_published_packing(text: str, packed: str) -> None:
    assert alphabet.pack(alphabet.to_septets(text)).hex().upper() == packed
    assert alphabet.from_septets(alphabet.unpack(bytes.fromhex(packed), len(text))) == text


def test_the_whole_alphabet_goes_there_and_back() -> None:
    assert len(LETTERS) == 127
    assert alphabet.fits_seven_bits(LETTERS + EXTENDED)
    assert alphabet.from_septets(alphabet.to_septets(LETTERS + EXTENDED)) == LETTERS + EXTENDED


def test_extended_letters_take_two_septets() -> None:
    assert alphabet.to_septets("€[") == b"\x1b\x65\x1b\x3c"


def test_unknown_extensions_show_as_a_space() -> None:
    assert alphabet.from_septets(b"a\x1b\x00b") == "a b"


@pytest.mark.parametrize("letter", ["充", "ı", "\x1b", "😀", "`", "\t"])
def test_letters_outside_the_alphabet(letter: str) -> None:
    assert not alphabet.fits_seven_bits(letter)
    assert alphabet.to_septets(letter) == b"?"


@given(st.binary(max_size=160).map(lambda octets: bytes(octet & 0x7F for octet in octets)), st.integers(0, 6))
def test_packing_goes_there_and_back_with_any_fill(septets: bytes, fill_bits: int) -> None:
    packed = alphabet.pack(septets, fill_bits)
    assert len(packed) == (7 * len(septets) + fill_bits + 7) // 8
    assert alphabet.unpack(packed, len(septets), fill_bits) == septets


@given(st.text())
def test_ucs2_goes_there_and_back(text: str) -> None:
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert alphabet.from_ucs2(alphabet.to_ucs2(text)) == whole


def test_letters_beyond_the_first_plane_stay_whole() -> None:
    assert alphabet.ucs2_units("a😀") == [b"\0a", b"\xd8\x3d\xde\x00"]
    assert alphabet.from_ucs2(b"\xd8\x3d") == "\ufffd"
