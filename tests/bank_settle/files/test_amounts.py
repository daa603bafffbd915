"""Amounts from outside: exact, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_settle.files.amounts import from_major, from_minor, to_major


@pytest.mark.parametrize(
    ("text", "minor"),
    [("1329.10", 132910), ("1,329.10", 132910), ("-0.01", -1), ("2973575.11", 297357511), ("0", 0), ("12.5", 1250), ("+3", 300)],
)
def test_yuan_in_both_renderings(text: str, minor: int) -> None:
    assert from_major(text) == minor


@pytest.mark.parametrize("text", ["", " 1", "1,32.10", "1.234", "1e3", "NaN", "١", "1.", ".5", "--1", "1 000.00", "1" * 14])
def test_anything_else_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        from_major(text)


def test_a_currency_without_minor_units_has_none() -> None:
    assert from_major("100,000", 0) == 100000
    assert from_major("100,000.00", 0) == 100000
    with pytest.raises(ValueError, match="finer"):
        from_major("1.50", 0)
    assert to_major(100000, 0) == "100000"


@pytest.mark.parametrize("text", ["", "1.0", "1,000", "x", "1" * 16])
def test_fen_are_whole(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        from_minor(text)


@given(st.integers(-(10**12), 10**12))
def test_there_and_back(minor: int) -> None:
    assert from_major(to_major(minor)) == minor
    assert from_minor(str(minor)) == minor
