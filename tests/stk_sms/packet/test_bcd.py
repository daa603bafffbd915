"""Digits two to an octet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stk_sms.packet import PacketError, bcd

DIGITS = st.text("0123456789", min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("digits", "octets", "packed"),
    [
        ("13800138000", 6, "13800138000f"),
        ("081389092678", 6, "081389092678"),
        ("274961", 3, "274961"),
        ("12345", 3, "12345f"),
        ("7", 1, "7f"),
        ("1234", 6, "1234ffffffff"),
    ],
)
def test_known_octets(digits: str, octets: int, packed: str) -> None:
    assert bcd.pack(digits, octets).hex() == packed
    assert bcd.unpack("NUMBER", bytes.fromhex(packed), 0) == digits


@given(DIGITS, st.integers(0, 12))
def test_there_and_back(digits: str, octets: int) -> None:
    assert bcd.unpack("NUMBER", bcd.pack(digits, octets), 0) == digits


def test_nothing_stays_nothing() -> None:
    assert bcd.pack(None, 6) is None


@pytest.mark.parametrize("digits", ["", "12a", "+86138", "１３８", "13 8"])
def test_only_digits_are_packed(digits: str) -> None:
    with pytest.raises(ValueError, match="only digits"):
        bcd.pack(digits)


@pytest.mark.parametrize(("packed", "position"), [("1f34", 10), ("12f4", 11), ("a1", 10), ("12cf", 11), ("f123", 10)])
def test_what_is_no_digit(packed: str, position: int) -> None:
    with pytest.raises(PacketError) as caught:
        bcd.unpack("PASSWORD", bytes.fromhex(packed), 10)
    assert (caught.value.field, caught.value.position) == ("PASSWORD", position)
    # The message says where, never what: it may be a password.
    assert packed not in str(caught.value)


@pytest.mark.parametrize("packed", ["ff", "ffffff", ""])
def test_no_digits_at_all(packed: str) -> None:
    with pytest.raises(PacketError, match="empty"):
        bcd.unpack("NUMBER", bytes.fromhex(packed), 0)


@given(st.binary(max_size=12))
def test_any_octets_are_read_or_refused(value: bytes) -> None:
    try:
        digits = bcd.unpack("NUMBER", value, 0)
    except PacketError:
        return
    assert digits.isdigit()
    assert bcd.pack(digits, len(value)) == value
