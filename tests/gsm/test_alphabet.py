"""The GSM alphabet: every character there and back, what it lacks, octets that are nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm import alphabet

EVERYTHING = "".join(alphabet.decode(bytes([code])) for code in range(128) if code != alphabet.ESCAPE) + "\f^{}\\[~]|€"


def test_the_table_has_127_characters_and_ten_more() -> None:
    assert len(set(EVERYTHING)) == len(EVERYTHING) == 137


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("@", "00"),
        ("A", "41"),
        ("a", "61"),
        ("$", "02"),
        ("£", "01"),
        ("_", "11"),
        ("à", "7f"),
        ("€", "1b65"),
        ("[", "1b3c"),
        ("\f", "1b0a"),
    ],
)
def test_characters_stand_where_the_standard_puts_them(text: str, octets: str) -> None:
    assert alphabet.encode(text).hex() == octets
    assert alphabet.decode(bytes.fromhex(octets)) == text


@given(st.text(alphabet=EVERYTHING))
def test_there_and_back(text: str) -> None:
    assert alphabet.decode(alphabet.encode(text)) == text
    assert alphabet.covers(text)


@given(st.binary())
def test_any_octets_are_read(octets: bytes) -> None:
    assert len(alphabet.decode(octets)) <= len(octets)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(alphabet.NotInAlphabet) as caught:
        alphabet.encode("ok 充值")
    assert (caught.value.character, caught.value.position) == ("充", 3)
    assert not alphabet.covers("充")
    assert not alphabet.covers("\x1b")


@pytest.mark.parametrize(("octets", "text"), [("1b", "\ufffd"), ("1b1b", "\ufffd"), ("80", "\ufffd"), ("1b41", "A"), ("1bff", "\ufffd")])
def test_broken_escapes(octets: str, text: str) -> None:
    assert alphabet.decode(bytes.fromhex(octets)) == text
