"""Readers: what they see while others write, and that they leave nothing behind."""

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from recharge.books.database import Database
from recharge.books.statements import Read
from tests.recharge.books.test_database import HOLD, names, put

_ALL = Read("SELECT name, holder FROM duty ORDER BY name", (), list)


def test_a_reader_leaves_nothing_behind(database: Database) -> None:
    put(database, "a")
    with database.read() as connection:
        database.change(connection, "DELETE FROM duty")
    assert names(database) == [("a", "")]


def open_transactions(database: Database) -> int:
    """Transactions that connections of the pool still have; each holds what it has read from being altered."""
    if database.is_sqlite:
        return 0
    # A server-wide table is told of late; each connection knows of its own at once.
    connections = [database.engine.connect() for _ in range(3)]
    for connection in connections:
        with connection:
            if connection.exec_driver_sql("SELECT @@in_transaction").scalar():
                return 1
    return 0


def breaks_off(database: Database, connection: Connection) -> None:
    """Reads, and goes wrong."""
    database.rows(connection, _ALL.text)
    raise ZeroDivisionError


def test_no_transaction_is_left_open(database: Database) -> None:
    put(database, "a")
    assert names(database) == [("a", "")]
    assert database.look(_ALL) == [[("a", "")]]
    for opened in (database.read, database.write):
        with pytest.raises(ZeroDivisionError), opened() as connection:
            breaks_off(database, connection)
    with pytest.raises(DBAPIError):
        database.look(_ALL, Read("SELECT nothing FROM nowhere", (), list))
    assert open_transactions(database) == 0


def test_a_look_finds_what_is_kept_and_each_statement_for_itself(database: Database) -> None:
    put(database, "a")
    nobody = Read("", (), len)
    assert database.look(_ALL, nobody, Read("SELECT holder FROM duty WHERE name = ?", ["a"], len)) == [[("a", "")], 0, 1]
    with database.write() as connection:
        database.change(connection, HOLD, ("after", "a"))
        assert database.look(_ALL) == [[("a", "")]]
    assert database.look(_ALL) == [[("a", "after")]]
    assert database.look() == []


def test_an_unchanging_sight_stays_while_others_write(database: Database) -> None:
    put(database, "a", "before")
    with database.read(unchanging=True) as connection:
        first = database.find(connection, _ALL)
        with database.write() as writing:
            database.change(writing, HOLD, ("after", "a"))
        assert database.find(connection, _ALL) == first == [("a", "before")]
    assert names(database) == [("a", "after")]


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    put(database, "a", "before")
    with database.write() as connection:
        database.change(connection, HOLD, ("after", "a"))
        assert names(database) == [("a", "before")]
    assert names(database) == [("a", "after")]
