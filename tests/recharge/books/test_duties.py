"""Duties: one holder at a time, taken over when he has gone quiet."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from recharge.books.database import Database
from recharge.books.duties import hold_duty, leave_duty

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
LEASE = timedelta(seconds=30)


@pytest.fixture
def database(clean_database_url: str) -> Iterator[Database]:
    database = Database(clean_database_url)
    yield database
    database.close()


def test_the_first_who_asks_has_it(database: Database) -> None:
    assert hold_duty(database, "sealing", "a", NOW, LEASE)
    assert not hold_duty(database, "sealing", "b", NOW, LEASE)


def test_its_holder_keeps_it_by_asking_again(database: Database) -> None:
    for seconds in (0, 20, 40, 60):
        assert hold_duty(database, "sealing", "a", NOW + timedelta(seconds=seconds), LEASE)
    assert not hold_duty(database, "sealing", "b", NOW + timedelta(seconds=80), LEASE)


def test_a_quiet_holder_loses_it(database: Database) -> None:
    hold_duty(database, "sealing", "a", NOW, LEASE)
    later = NOW + LEASE + timedelta(seconds=1)
    assert hold_duty(database, "sealing", "b", later, LEASE)
    assert not hold_duty(database, "sealing", "a", later, LEASE)


def test_duties_do_not_know_each_other(database: Database) -> None:
    assert hold_duty(database, "sealing", "a", NOW, LEASE)
    assert hold_duty(database, "statements", "b", NOW, LEASE)


def test_a_duty_left_is_free_at_once(database: Database) -> None:
    hold_duty(database, "sealing", "a", NOW, LEASE)
    leave_duty(database, "sealing", "a")
    assert hold_duty(database, "sealing", "b", NOW, LEASE)


def test_nobody_leaves_what_another_holds(database: Database) -> None:
    hold_duty(database, "sealing", "a", NOW, LEASE)
    leave_duty(database, "sealing", "b")
    assert not hold_duty(database, "sealing", "b", NOW, LEASE)


def test_of_many_who_ask_at_once_one_has_it(database: Database) -> None:
    def ask(name: str) -> bool:
        return hold_duty(database, "sealing", name, NOW, LEASE)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, "abcdef"))
    assert sum(answers) == 1
