"""Fixtures of the checker's tests: right books with a day's orders, on both databases, and what is broken in them."""

from collections.abc import Callable, Iterator

import pytest

from recharge.books.database import Database
from recharge.verify import Finding, verify_books
from tests.recharge.verify.right_books import RightBooks, a_day


@pytest.fixture
def database(clean_database_url: str) -> Iterator[Database]:
    database = Database(clean_database_url, pool_size=2)
    yield database
    database.close()


@pytest.fixture
def books(database: Database) -> RightBooks:
    return RightBooks(database)


@pytest.fixture
def orders(books: RightBooks) -> dict[str, int]:
    return a_day(books)


@pytest.fixture
def broken(books: RightBooks) -> Callable[[], dict[str, Finding]]:
    """The findings of what does not hold, by invariant."""

    def check() -> dict[str, Finding]:
        return {finding.invariant: finding for finding in verify_books(books.database, books.now) if not finding.holds}

    return check
