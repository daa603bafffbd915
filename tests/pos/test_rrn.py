"""F37: an order's number in 12 characters, and back."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.rrn import LENGTH, of_moment, of_order, order_of


@given(st.integers(0, 36**12 - 1))
def test_there_and_back(number: int) -> None:
    reference = of_order(str(number))
    assert len(reference) == LENGTH
    assert reference.isalnum()
    assert order_of(reference) == str(number)


def test_numbers_fit_for_a_long_time() -> None:
    """Numbers are milliseconds since 2025 shifted by 22 bits; 36^12 lasts until beyond 2060."""
    until = datetime(2060, 1, 1, tzinfo=UTC) - datetime(2025, 1, 1, tzinfo=UTC)
    assert (int(until.total_seconds() * 1000) << 22) < 36**12


def test_as_an_operator_types_it() -> None:
    assert order_of(f" {of_order('252140319397699584').lower()} ") == "252140319397699584"


@pytest.mark.parametrize("text", ["", "123", "0" * 13, "00000000000-", "００００００００００００"])
def test_what_is_none(text: str) -> None:
    assert order_of(text) == ""


def test_a_moment() -> None:
    assert of_moment(datetime(2026, 11, 20, 10, 11, 12, 130_000, tzinfo=UTC)) == "632410111213"
