"""What phones show and type; the tables are compared with the product's, which were written apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm import text
from simulators.smsc import letters


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=100))
def test_both_write_the_same(message: str) -> None:
    assert letters.typed(message) == text.encode(message)
    assert letters.shown(*letters.typed(message)) == message


@given(st.binary(max_size=100), st.integers(0, 255))
def test_anything_is_shown(octets: bytes, coding: int) -> None:
    letters.shown(octets, coding)


@pytest.mark.parametrize(
    ("octets", "coding", "shown"), [("0270", 0xF6, "0270"), ("4f59", 8, "余"), ("00", 0, "@"), ("41", 3, "A"), ("1b65", 0, "€")]
)
def test_codings(octets: str, coding: int, shown: str) -> None:
    assert letters.shown(bytes.fromhex(octets), coding) == shown


def test_headers() -> None:
    assert letters.without_header(b"\x02\x70\x00abc", 0x40) == (b"\x02\x70\x00", b"abc")
    assert letters.without_header(b"\x02\x70\x00abc", 0) == (b"", b"\x02\x70\x00abc")
    assert letters.without_header(b"\x09a", 0x40) == (b"", b"\x09a")
