"""Many rows into a table in one statement; of a row whose key is there already, some columns are changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table

from recharge import Database

_ROWS_A_STATEMENT = 500


class Upsert:
    """INSERT into `table`. Where the key is there: the columns `taken` become the new row's, those of `counted` what is written there.

    A row is a tuple of all columns' values in the table's order. Plain statements, for this runs with every batch.
    """

    def __init__(self, table: Table, taken: Sequence[str], counted: Mapping[str, str]) -> None:
        names = [column.name for column in table.columns]
        counting = [f"{name} = {value}" for name, value in counted.items()]
        key = ", ".join(column.name for column in table.primary_key)
        on_sqlite = ", ".join([f"{name} = excluded.{name}" for name in taken] + counting)
        on_mariadb = ", ".join([f"{name} = VALUES({name})" for name in taken] + counting)
        self._insert = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES "
        self._row = f"({', '.join('?' for _ in names)})"
        self._on_sqlite = f" ON CONFLICT ({key}) DO UPDATE SET {on_sqlite}"
        self._on_mariadb = f" ON DUPLICATE KEY UPDATE {on_mariadb}"

    def run(self, database: Database, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write the rows, sorted by their keys, so that two processes cannot wait for each other."""
        if database.is_sqlite:
            database.change_many(connection, self._insert + self._row + self._on_sqlite, rows)
            return
        for start in range(0, len(rows), _ROWS_A_STATEMENT):
            beside: list[Any] = []
            values = ",".join([_written(row, beside) for row in rows[start : start + _ROWS_A_STATEMENT]])
            database.change(connection, self._insert + values + self._on_mariadb, beside)


def _written(row: Sequence[Any], beside: list[Any]) -> str:
    """A row's values as MariaDB takes them. What cannot be mistaken stands in the statement itself: the driver quotes slowly."""
    pieces = []
    for value in row:
        if isinstance(value, int):
            pieces.append(int.__repr__(value))
        elif isinstance(value, bytes):
            pieces.append(f"x'{value.hex()}'")
        else:
            pieces.append("?")
            beside.append(value)
    return f"({','.join(pieces)})"
