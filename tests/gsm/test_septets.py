"""Packed septets: the textbook example, every length, fill bits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm import alphabet, septets

SEPTETS = st.binary(max_size=200).map(lambda octets: bytes(octet & 0x7F for octet in octets))


def test_the_textbook_example() -> None:
    assert septets.pack(alphabet.encode("hellohello")).hex() == "e8329bfd4697d9ec37"
    assert alphabet.decode(septets.unpack(bytes.fromhex("e8329bfd4697d9ec37"), 10)) == "hellohello"


@given(SEPTETS, st.integers(0, 6))
def test_there_and_back(plain: bytes, fill: int) -> None:
    packed = septets.pack(plain, fill)
    assert len(packed) == -(-(7 * len(plain) + fill) // 8)
    assert septets.unpack(packed, len(plain), fill) == plain


def test_eight_septets_lie_in_seven_octets_and_a_ninth_may_seem_to_follow_seven() -> None:
    assert len(septets.pack(b"A" * 8)) == len(septets.pack(b"A" * 7)) == 7
    assert septets.unpack(septets.pack(b"A" * 7)) == b"A" * 7 + b"\0"


@pytest.mark.parametrize(("header", "fill"), [(6, 1), (7, 0), (0, 0), (5, 2), (3, 4)])
def test_text_begins_at_a_septet_behind_the_header(header: int, fill: int) -> None:
    assert septets.fill_bits(header) == fill
    assert (header * 8 + fill) % 7 == 0


@given(st.text(alphabet="abcdefgh@", max_size=60), st.integers(0, 6))
def test_a_text_without_its_count(text: str, fill: int) -> None:
    packed = septets.pack(alphabet.encode(text), fill)
    found = alphabet.decode(septets.unpack_text(packed, fill))
    assert found == text or found + "@" == text


def test_what_is_no_septet() -> None:
    with pytest.raises(ValueError, match="not a septet"):
        septets.pack(b"\x80")
    with pytest.raises(ValueError, match="do not lie"):
        septets.unpack(b"\x00", 2)
    assert septets.unpack(b"") == b""
