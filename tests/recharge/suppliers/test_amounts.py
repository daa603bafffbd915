"""Amounts in suppliers' units: refused where a unit is too coarse, and read back exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recharge.suppliers.amounts import Unit, minor_of, written
from recharge.suppliers.http import CannotSay


@pytest.mark.parametrize(
    ("minor", "unit", "digits", "text"),
    [
        (5000, Unit.WHOLE, 2, "50"),
        (5000, Unit.MINOR, 2, "5000"),
        (5000, Unit.DECIMAL, 2, "50.00"),
        (5, Unit.DECIMAL, 2, "0.05"),
        (50, Unit.WHOLE, 0, "50"),
        (50, Unit.DECIMAL, 0, "50"),
    ],
)
def test_written_in_each_unit(minor: int, unit: Unit, digits: int, text: str) -> None:
    assert written(minor, unit, digits) == text


def test_a_unit_that_is_too_coarse_refuses() -> None:
    with pytest.raises(CannotSay):
        written(5001, Unit.WHOLE, 2)


@pytest.mark.parametrize(
    ("text", "unit", "digits", "minor"),
    [
        ("50", Unit.DECIMAL, 2, 5000),
        (" 50.5 ", Unit.DECIMAL, 2, 5050),
        ("50.5000", Unit.DECIMAL, 2, 5050),
        ("-1.25", Unit.DECIMAL, 2, -125),
        ("50", Unit.MINOR, 2, 50),
        ("50.0", Unit.MINOR, 2, 50),
        ("50.005", Unit.DECIMAL, 2, None),
        ("50.5", Unit.DECIMAL, 0, None),
        ("50.5", Unit.MINOR, 2, None),
        ("1,000", Unit.DECIMAL, 2, None),
        ("", Unit.DECIMAL, 2, None),
        ("1e3", Unit.DECIMAL, 2, None),
        ("NaN", Unit.DECIMAL, 2, None),
        ("9" * 20, Unit.DECIMAL, 2, None),
    ],
)
def test_read_in_each_unit(text: str, unit: Unit, digits: int, minor: int | None) -> None:
    assert minor_of(text, unit, digits) == minor


@given(st.integers(0, 10**12), st.sampled_from([Unit.MINOR, Unit.DECIMAL]), st.integers(0, 2))
def test_what_is_written_reads_back(minor: int, unit: Unit, digits: int) -> None:
    assert minor_of(written(minor, unit, digits), unit, digits) == minor
