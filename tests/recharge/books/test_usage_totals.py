"""What tiers and the platform have sold: read from the roll-ups, at most a second old, and zero where nothing was sold."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from recharge.books.database import Database
from recharge.books.usage import PLATFORM, UsageTotals, scopes_of
from recharge.domain.limits import Counters

NOW = datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)
TODAY, TOMORROW = date(2026, 11, 30), date(2026, 12, 1)
TIER = ("tier", 7)


@pytest.fixture
def database(clean_sqlite_url: str) -> Iterator[Database]:
    made = Database(clean_sqlite_url)
    yield made
    made.close()


@pytest.fixture
def totals(database: Database) -> UsageTotals:
    return UsageTotals(database)


def roll_up(database: Database, *rows: tuple[str, int, str, int, int]) -> None:
    with database.write() as connection:
        text = "INSERT INTO usage_total (scope, scope_id, period, orders, face_minor) VALUES (?, ?, ?, ?, ?)"
        database.change_many(connection, text, rows)


def refresh(database: Database, totals: UsageTotals, now: datetime = NOW, today: date = TODAY) -> None:
    with database.read() as connection:
        totals.refresh(connection, now, today)


def test_where_nothing_was_sold_everything_is_zero(database: Database, totals: UsageTotals) -> None:
    assert totals.counters(PLATFORM, TODAY) == Counters(TODAY, 0, 0, "2026-11", 0, 0)
    refresh(database, totals)
    assert totals.counters(TIER, TODAY) == Counters(TODAY, 0, 0, "2026-11", 0, 0)


def test_day_and_month_are_told_apart_and_scopes_too(database: Database, totals: UsageTotals) -> None:
    roll_up(database, (*PLATFORM, "2026-11-30", 3, 30_00), (*PLATFORM, "2026-11", 70, 700_00), (*TIER, "2026-11", 5, 50_00))
    refresh(database, totals)
    assert totals.counters(PLATFORM, TODAY) == Counters(TODAY, 3, 30_00, "2026-11", 70, 700_00)
    assert totals.counters(TIER, TODAY) == Counters(TODAY, 0, 0, "2026-11", 5, 50_00)
    assert totals.counters(("tier", 8), TODAY).month_count == 0


def test_what_is_younger_than_a_second_is_not_read_again(database: Database, totals: UsageTotals) -> None:
    refresh(database, totals)
    roll_up(database, (*PLATFORM, "2026-11-30", 3, 30_00))
    refresh(database, totals, NOW + timedelta(milliseconds=999))
    assert totals.counters(PLATFORM, TODAY).day_count == 0
    refresh(database, totals, NOW + timedelta(seconds=1))
    assert totals.counters(PLATFORM, TODAY).day_count == 3


def test_a_clock_that_was_set_back_does_not_keep_old_totals(database: Database, totals: UsageTotals) -> None:
    refresh(database, totals)
    roll_up(database, (*PLATFORM, "2026-11-30", 3, 30_00))
    refresh(database, totals, NOW - timedelta(hours=1))
    assert totals.counters(PLATFORM, TODAY).day_count == 3


def test_a_new_day_and_month_begin_at_nothing(database: Database, totals: UsageTotals) -> None:
    roll_up(database, (*PLATFORM, "2026-11-30", 3, 30_00), (*PLATFORM, "2026-11", 70, 700_00), (*PLATFORM, "2026-12-01", 1, 10_00))
    refresh(database, totals)
    # The second is not over, and the day is: what was read belongs to yesterday.
    assert totals.counters(PLATFORM, TOMORROW) == Counters(TOMORROW, 0, 0, "2026-12", 0, 0)
    refresh(database, totals, NOW + timedelta(seconds=1), TOMORROW)
    assert totals.counters(PLATFORM, TOMORROW) == Counters(TOMORROW, 1, 10_00, "2026-12", 0, 0)


def test_two_processes_read_for_themselves(database: Database, totals: UsageTotals) -> None:
    other = UsageTotals(database)
    refresh(database, other)
    roll_up(database, (*PLATFORM, "2026-11-30", 3, 30_00))
    refresh(database, totals)
    assert (totals.counters(PLATFORM, TODAY).day_count, other.counters(PLATFORM, TODAY).day_count) == (3, 0)


def test_the_scopes_of_a_sale() -> None:
    assert list(scopes_of(None)) == [PLATFORM]
    assert list(scopes_of(7)) == [PLATFORM, TIER]
