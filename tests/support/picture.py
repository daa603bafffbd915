"""What stands in a test's books, kept to begin other tests with: putting rows back takes one transaction, making them takes many."""

from typing import Any

from recharge.books.database import Database
from recharge.books.tables.metadata import metadata

Picture = dict[str, list[tuple[Any, ...]]]
"""Rows by table, of tables that have some."""


def taken(database: Database) -> Picture:
    """All rows of a database."""
    with database.read() as connection:
        names = [table.name for table in metadata.sorted_tables]
        rows = {name: [tuple(row) for row in database.rows(connection, f"SELECT * FROM {name}")] for name in names}
    return {name: found for name, found in rows.items() if found}


def put_back(database: Database, picture: Picture) -> None:
    """The rows into a database in which nothing stands but what the migrations left."""
    with database.write() as connection:
        for name, rows in picture.items():
            database.change(connection, f"DELETE FROM {name}")
            marks = ", ".join("?" for _ in rows[0])
            database.change_many(connection, f"INSERT INTO {name} VALUES ({marks})", rows)
