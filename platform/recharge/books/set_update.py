"""One guarded UPDATE for many rows with different values: a row whose guard no longer holds fails the whole transaction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from recharge.books.database import Change, Database
from recharge.books.literals import literal, row_literals

# A longer statement costs the server more to plan than it saves in round trips.
_CHUNK = 200


class SetUpdate:
    """UPDATE `table` SET `columns` WHERE id = .. AND `guard` = .. for a set of rows.

    A row is a tuple of the columns' values, then the id, then the guard's expected value. SQLite runs the statement row by row
    without a round trip; MariaDB gets one statement that joins the table with the values, in the plain SQL that MySQL 8 and
    servers speaking its protocol share.
    """

    def __init__(self, table: str, columns: Sequence[str], guard: str) -> None:
        self._table, self._columns, self._guard = table, tuple(columns), guard
        settings = ", ".join(f"{name} = ?" for name in columns)
        self._one = f"UPDATE {table} SET {settings} WHERE id = ? AND {guard} = ?"

    def run(self, database: Database, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Raises RetryTransaction unless every row matched."""
        database.together(connection, self.changes(database, rows))

    def changes(self, database: Database, rows: Sequence[tuple[Any, ...]]) -> list[Change]:
        """What `run` would carry out, to go together with other changes."""
        chunks = [rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]
        if database.is_sqlite:
            return [Change(self._one, chunk, len(chunk)) for chunk in chunks]
        return [Change(self._one, chunk, 1) if len(chunk) == 1 else Change(self._joined(chunk), must_match=len(chunk)) for chunk in chunks]

    def _joined(self, rows: Sequence[tuple[Any, ...]]) -> str:
        names = [*self._columns, "row_id", "row_guard"]
        first = ", ".join(f"{literal(value)} AS {name}" for value, name in zip(rows[0], names, strict=True))
        values = " UNION ALL SELECT ".join([first, *map(row_literals, rows[1:])])
        settings = ", ".join(f"t.{name} = n.{name}" for name in self._columns)
        return f"UPDATE {self._table} t JOIN (SELECT {values}) n ON t.id = n.row_id AND t.{self._guard} = n.row_guard SET {settings}"
