"""Databases for the tests of the books, once of each kind."""

from collections.abc import Iterator

import pytest

from recharge.books.database import Database
from tests.support.province import Province
from tests.support.world import World


@pytest.fixture
def database(clean_database_url: str) -> Iterator[Database]:
    """Connections to an empty database with the newest schema."""
    made = Database(clean_database_url)
    yield made
    made.close()


@pytest.fixture
def world(clean_database_url: str) -> Iterator[World]:
    """The small province with 1,000.00 in point A's deposit."""
    made = Province(clean_database_url)
    made.deposit("A", "1000.00")
    yield made
    made.close()
