"""Callbacks that speak of nothing we know: kept once each, whatever their length, and told apart by what they say."""

from collections.abc import Iterator

import pytest

from recharge.books.callback_statements import UNKNOWN_REFERENCE, CallbackStatements
from recharge.books.database import Database
from tests.support.world import MORNING


@pytest.fixture
def database(clean_sqlite_url: str) -> Iterator[Database]:
    made = Database(clean_sqlite_url)
    yield made
    made.close()


def kept(database: Database) -> list[tuple[int, str]]:
    with database.read() as connection:
        text = "SELECT id, object FROM audit WHERE action = ? ORDER BY id"
        return [(int(row[0]), str(row[1])) for row in database.rows(connection, text, [UNKNOWN_REFERENCE])]


def test_a_long_reference_is_cut_and_still_kept_once(database: Database) -> None:
    statements = CallbackStatements(database)
    where = "CARRIER/" + "9" * 200
    for number in (1, 2, 3):
        statements.keep_unknown(number, MORNING, where, "{}")
    assert kept(database) == [(1, where[:80])]


def test_a_second_process_does_not_keep_it_again(database: Database, clean_sqlite_url: str) -> None:
    CallbackStatements(database).keep_unknown(1, MORNING, "CARRIER/9", "{}")
    other = Database(clean_sqlite_url)
    CallbackStatements(other).keep_unknown(2, MORNING, "CARRIER/9", "{}")
    CallbackStatements(other).keep_unknown(3, MORNING, "CARRIER/9", '{"state": "failed"}')
    other.close()
    assert [number for number, _ in kept(database)] == [1, 3]
