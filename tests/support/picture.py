"""What stands in a test's books, kept to begin other tests with: putting rows back takes one transaction, making them takes many."""

from itertools import compress
from typing import Any

from sqlalchemy import Connection

from recharge.books.database import Database
from recharge.books.tables.metadata import metadata

Picture = dict[str, list[tuple[Any, ...]]]
"""Rows by table, of tables that have some."""


def taken(database: Database) -> Picture:
    """All rows of a database."""
    with database.read() as connection:
        return {name: [tuple(row) for row in database.rows(connection, f"SELECT * FROM {name}")] for name in _filled(database, connection)}


def put_back(database: Database, picture: Picture) -> None:
    """The rows into a database, in place of whatever stands there."""
    with database.write() as connection:
        for name in _filled(database, connection):
            database.change(connection, f"DELETE FROM {name}")
        for name, rows in picture.items():
            marks = ", ".join("?" for _ in rows[0])
            database.change_many(connection, f"INSERT INTO {name} VALUES ({marks})", rows)


def _filled(database: Database, connection: Connection) -> list[str]:
    """Tables that have rows, asked for at once."""
    names = [table.name for table in metadata.sorted_tables]
    looks = ", ".join(f"EXISTS (SELECT 1 FROM {name})" for name in names)
    return list(compress(names, database.rows(connection, f"SELECT {looks}")[0]))
