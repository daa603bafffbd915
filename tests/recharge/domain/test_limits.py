"""Limits and the counters they are checked against."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.limits import Counters, Limits, check_counters, check_order, month_of

TODAY = date(2026, 11, 20)


def counted(*faces: int, day: date = TODAY) -> Counters:
    counters = Counters(day)
    counters.roll_to(day)
    for face in faces:
        counters.add(day, face)
    return counters


def refused(limits: Limits, counters: Counters, face: int) -> RefusalCode | None:
    try:
        check_counters(limits, counters, face)
    except Refusal as refusal:
        return refusal.code
    return None


def test_no_limit_is_no_limit() -> None:
    check_order(Limits(), 10**12)
    assert refused(Limits(), counted(10**12), 10**12) is None


def test_an_order_exactly_at_the_limit_is_allowed() -> None:
    check_order(Limits(order_most_minor=5000), 5000)
    with pytest.raises(Refusal) as refusal:
        check_order(Limits(order_most_minor=5000), 5001)
    assert (refusal.value.code, refusal.value.facts) == (RefusalCode.OVER_ORDER_LIMIT, {"limit_minor": 5000})


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(day_count=2), RefusalCode.OVER_DAY_LIMIT),
        (Limits(day_minor=2999), RefusalCode.OVER_DAY_LIMIT),
        (Limits(month_count=2), RefusalCode.OVER_MONTH_LIMIT),
        (Limits(month_minor=2999), RefusalCode.OVER_MONTH_LIMIT),
        (Limits(day_count=2, month_count=2), RefusalCode.OVER_DAY_LIMIT),
        (Limits(day_count=3, day_minor=3000, month_count=3, month_minor=3000), None),
        (Limits(day_count=0), RefusalCode.OVER_DAY_LIMIT),
    ],
)
def test_one_more_of_ten(limits: Limits, code: RefusalCode | None) -> None:
    assert refused(limits, counted(1000, 1000), 1000) is code


def test_a_new_day_begins_at_zero_and_keeps_the_month() -> None:
    counters = counted(1000, 2000)
    counters.roll_to(date(2026, 11, 21))
    assert (counters.day_count, counters.day_minor, counters.month_count, counters.month_minor) == (0, 0, 2, 3000)


def test_a_clock_that_is_behind_at_midnight_takes_nothing_away() -> None:
    """Two processes a few milliseconds apart: the later day's counters stay, and the earlier day's order is not counted among them."""
    counters = counted(1000)
    counters.roll_to(date(2026, 11, 19))
    assert (counters.day, counters.day_count, counters.month_count) == (TODAY, 1, 1)
    counters.add(date(2026, 11, 19), 500)
    assert (counters.day_count, counters.day_minor, counters.month_count, counters.month_minor) == (1, 1000, 2, 1500)
    counters.roll_to(date(2026, 10, 31))
    assert counters.month == "2026-11"


def test_a_new_month_begins_at_zero() -> None:
    counters = counted(1000)
    counters.roll_to(date(2026, 12, 1))
    assert (counters.day_count, counters.month_count, counters.month) == (0, 0, "2026-12")


def test_the_same_month_of_another_year_is_another_month() -> None:
    counters = counted(1000)
    counters.roll_to(date(2027, 11, 20))
    assert (counters.day_count, counters.month_count) == (0, 0)


@pytest.mark.parametrize(
    ("sold_on", "left"),
    [(TODAY, (0, 0, 0, 0)), (date(2026, 11, 19), (1, 1000, 0, 0)), (date(2026, 10, 20), (1, 1000, 1, 1000))],
)
def test_what_is_given_back_leaves_only_its_own_day_and_month(sold_on: date, left: tuple[int, ...]) -> None:
    counters = counted(1000)
    counters.give_back(sold_on, 1000)
    assert (counters.day_count, counters.day_minor, counters.month_count, counters.month_minor) == left


def test_the_months_name() -> None:
    assert month_of(date(2026, 1, 9)) == "2026-01"


@given(st.lists(st.integers(1, 10_000), max_size=40), st.integers(0, 50_000), st.integers(0, 30))
def test_what_was_allowed_never_passes_the_limit(faces: list[int], most: int, count: int) -> None:
    limits, counters = Limits(day_minor=most, day_count=count), counted()
    for face in faces:
        if refused(limits, counters, face) is None:
            counters.add(TODAY, face)
        else:
            assert counters.day_minor + face > most or counters.day_count + 1 > count
    assert counters.day_minor <= most
    assert counters.day_count <= count
