"""Many rows into a table in one statement; of a row whose key is there already, some columns are changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table

from recharge import Change, Database


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
        insert = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' for _ in names)})"
        self._on_sqlite = f"{insert} ON CONFLICT ({key}) DO UPDATE SET {on_sqlite}"
        self._on_mariadb = f"{insert} ON DUPLICATE KEY UPDATE {on_mariadb}"

    def changes(self, database: Database, rows: Sequence[tuple[Any, ...]]) -> list[Change]:
        """What writes the rows, which are sorted by their keys, so that two processes cannot wait for each other; nothing for none."""
        return [Change(self._on_sqlite if database.is_sqlite else self._on_mariadb, rows)] if rows else []
