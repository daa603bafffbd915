"""Whole minor units: typed, shown, shared, and nothing lost on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recharge.domain.money import BadAmount, format_amount, in_proportion, parse_amount, share_of

MINOR = st.integers(0, 10**11 - 1)


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("50", 5000),
        ("50.00", 5000),
        ("0.01", 1),
        ("0", 0),
        (" 12.5 ", 1250),
        ("５０．２５", 5025),
        ("999999999.99", 99999999999),
        ("007", 700),
    ],
)
def test_what_people_type(typed: str, minor: int) -> None:
    assert parse_amount(typed) == minor


@pytest.mark.parametrize(
    "typed",
    ["", " ", "-1", "+1", "1.234", "1,000", "1e3", "0x10", "50元", "¥50", ".5", "5.", "1 0", "NaN", "inf", "9999999999", "٥٠", "५०", "1\n2",
     "五十", "\ud800", "1.2.3"],
)  # fmt: skip
def test_what_is_no_amount(typed: str) -> None:
    with pytest.raises(BadAmount):
        parse_amount(typed)


def test_a_currency_without_small_change() -> None:
    assert parse_amount("5000", minor_digits=0) == 5000
    assert parse_amount("5000.00", minor_digits=0) == 5000
    assert format_amount(5000, minor_digits=0) == "5000"
    with pytest.raises(BadAmount):
        parse_amount("5000.5", minor_digits=0)


@pytest.mark.parametrize(("minor", "shown"), [(5000, "50.00"), (-1, "-0.01"), (0, "0.00"), (7, "0.07"), (-12345, "-123.45")])
def test_what_people_read(minor: int, shown: str) -> None:
    assert format_amount(minor) == shown


def test_three_digits_of_small_change() -> None:
    assert format_amount(-1234567, minor_digits=3) == "-1234.567"


@given(MINOR)
def test_what_is_shown_can_be_typed_again(minor: int) -> None:
    assert parse_amount(format_amount(minor)) == minor


def typed_as(text: str) -> int | None:
    """The amount, or None where the text is refused."""
    try:
        return parse_amount(text)
    except BadAmount:
        return None


@given(st.text() | st.text("0123456789.０９． -"))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    minor = typed_as(text)
    assert minor is None or minor >= 0


@given(MINOR, st.integers(0, 10_000))
def test_a_share_is_never_more_than_its_part(amount: int, basis_points: int) -> None:
    share = share_of(amount, basis_points)
    assert share * 10_000 <= amount * basis_points < (share + 1) * 10_000
    assert 0 <= share <= amount


@given(MINOR, st.integers(1, 10**9), st.data())
def test_a_part_is_never_sold_under_its_price(price: int, whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    share = in_proportion(price, part, whole)
    assert share * whole >= price * part
    assert (share - 1) * whole < price * part
    assert in_proportion(price, whole, whole) == price
    assert in_proportion(price, 0, whole) == 0
