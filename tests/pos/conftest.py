"""A point with a terminal, on SQLite and where a test asks for it on MariaDB too; its books are looked at when the test is over."""

from collections.abc import Iterator

import pytest

from tests.pos.stand import Stand
from tests.support.books import check_books
from tests.support.province import Province
from tests.support.world import World


@pytest.fixture
def stand_url(clean_sqlite_url: str) -> str:
    """Where the books are. A module that must hold on both databases overrides it with `clean_database_url`."""
    return clean_sqlite_url


@pytest.fixture
def world(stand_url: str) -> Iterator[World]:
    """A province with 1,000.00 in point A's deposit."""
    made = Province(stand_url)
    made.deposit("A", "1000.00")
    yield made
    check_books(made)
    made.close()


@pytest.fixture
def unsigned(world: World) -> Iterator[Stand]:
    """A terminal with its master key that has never signed in."""
    made = Stand(world)
    yield made
    made.close()


@pytest.fixture
def stand(unsigned: Stand) -> Stand:
    """A terminal that is signed in."""
    unsigned.sign_in()
    return unsigned
