"""When stock runs out, from sales by hour of the day."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recharge.domain.stock_forecast import HORIZON, HOURS, Forecast, StockLevel, by_hour_of_day, forecast, runs_out_at

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
HALF_DAY = timedelta(hours=12)
EVEN = (3600,) * HOURS


def test_sales_are_gathered_by_hour_of_the_day_and_rounded_up() -> None:
    sold = [(NOON, 100), (NOON - timedelta(days=1), 101), (NOON.replace(hour=3), 1)]
    hourly = by_hour_of_day(sold, 2)
    assert (hourly[12], hourly[3], sum(hourly)) == (101, 1, 102)


@pytest.mark.parametrize(
    ("free", "until"),
    [(3600, timedelta(hours=1)), (1800, timedelta(minutes=30)), (5400, timedelta(minutes=90)), (1, timedelta(seconds=1)), (0, timedelta())],
)
def test_an_even_day(free: int, until: timedelta) -> None:
    assert runs_out_at(free, EVEN, NOON) == NOON + until


def test_a_part_of_the_hour_counts_in_part() -> None:
    assert runs_out_at(1800, EVEN, NOON + timedelta(minutes=45)) == NOON + timedelta(minutes=75)


def test_the_night_sells_nothing() -> None:
    day = tuple(100 if 8 <= hour < 20 else 0 for hour in range(HOURS))
    assert runs_out_at(850, day, NOON) == NOON + timedelta(hours=20, minutes=30)


def test_what_nobody_buys_lasts() -> None:
    assert runs_out_at(1, (0,) * HOURS, NOON) is None
    assert runs_out_at(10**9, EVEN, NOON) is None


@pytest.mark.parametrize(
    ("free", "level"),
    [(None, StockLevel.UNTOLD), (0, StockLevel.OUT), (-5, StockLevel.OUT), (12 * 3600, StockLevel.LOW), (13 * 3600, StockLevel.FINE)],
)
def test_levels(free: int | None, level: StockLevel) -> None:
    assert forecast(free, EVEN, NOON, HALF_DAY).level is level


def test_stock_that_lasts_beyond_the_horizon_is_fine() -> None:
    assert forecast(10**9, EVEN, NOON, HALF_DAY) == Forecast(StockLevel.FINE)


@given(st.integers(1, 10**7), st.lists(st.integers(0, 10**6), min_size=HOURS, max_size=HOURS), st.integers(0, 86_399))
def test_more_stock_never_runs_out_sooner(free: int, hourly: list[int], second: int) -> None:
    now = NOON.replace(hour=0) + timedelta(seconds=second)
    first, more = runs_out_at(free, hourly, now), runs_out_at(free * 2, hourly, now)
    assert more is None or (first is not None and now <= first <= more <= now + HORIZON + timedelta(hours=1))
