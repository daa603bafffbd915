"""The small province, for tests of the engine; its books are looked at when the test is over."""

from collections.abc import Iterator

import pytest

from recharge.engine.door import Engine
from recharge.keys.logins import Logins
from tests.support.books import check_books
from tests.support.province import Province
from tests.support.world import World


@pytest.fixture
def world(clean_database_url: str) -> Iterator[World]:
    """A province with 1,000.00 in point A's deposit, once on each database."""
    yield from _province(clean_database_url)


@pytest.fixture
def sqlite_world(clean_sqlite_url: str) -> Iterator[World]:
    """The same on SQLite only, for what the database has no part in."""
    yield from _province(clean_sqlite_url)


def _province(url: str) -> Iterator[World]:
    made = Province(url)
    made.deposit("A", "1000.00")
    yield made
    check_books(made)
    made.close()


def open_engine(world: World) -> Engine:
    """The engine of one more process on the world's books."""
    return Engine(world.new_parts(), Logins(world.database, world.clock, world.keys), world._wake)


@pytest.fixture
def engine(world: World) -> Iterator[Engine]:
    made = open_engine(world)
    yield made
    made.close()
