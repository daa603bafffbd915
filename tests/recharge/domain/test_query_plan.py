"""The plan of questions: often at first, hourly for a day, then daily without end."""

from datetime import timedelta

from recharge.domain.query_plan import delay_after


def test_the_first_looks_grow() -> None:
    seconds = [delay_after(number).total_seconds() for number in range(6)]
    assert seconds == [5, 15, 60, 300, 900, 3600]


def test_hourly_until_a_day_is_over_then_daily_for_ever() -> None:
    assert {delay_after(number) for number in range(6, 29)} == {timedelta(hours=1)}
    assert {delay_after(number) for number in (29, 30, 100, 10_000)} == {timedelta(days=1)}
    first_day = sum((delay_after(number) for number in range(29)), timedelta())
    assert timedelta(hours=24) <= first_day <= timedelta(hours=25)


def test_a_delay_never_shrinks() -> None:
    delays = [delay_after(number) for number in range(60)]
    assert delays == sorted(delays)
