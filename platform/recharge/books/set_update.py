"""One guarded UPDATE for many rows with different values: a row whose guards no longer hold fails the whole transaction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from recharge.books.database import Database
from recharge.books.literals import literal, row_literals
from recharge.books.statements import Change

# A longer statement costs the server more to plan than it saves in round trips.
_CHUNK = 200


class SetUpdate:
    """UPDATE `table` SET `columns` WHERE id = .. AND each of `guards` is .. for a set of rows.

    A row is a tuple of the columns' values, then the id, then the guards' expected values, which may be NULL. SQLite runs the
    statement row by row without a round trip; MariaDB gets one statement that joins the table with the values, in the plain SQL
    that MySQL 8 and servers speaking its protocol share.
    """

    def __init__(self, table: str, columns: Sequence[str], *guards: str) -> None:
        self._table, self._columns, self._guards = table, tuple(columns), guards
        settings = ", ".join(f"{name} = ?" for name in columns)
        # How each database compares what may be NULL.
        self._on_sqlite, self._on_mariadb = (
            f"UPDATE {table} SET {settings} WHERE id = ? AND {' AND '.join(f'{name} {same} ?' for name in guards)}"
            for same in ("IS", "<=>")
        )

    def run(self, database: Database, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Raises RetryTransaction unless every row matched."""
        database.together(connection, self.changes(database, rows))

    def changes(self, database: Database, rows: Sequence[tuple[Any, ...]]) -> list[Change]:
        """What `run` would carry out, to go together with other changes."""
        chunks = [rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]
        if database.is_sqlite:
            return [Change(self._on_sqlite, chunk, len(chunk)) for chunk in chunks]
        return [self._change(chunk) for chunk in chunks]

    def _change(self, rows: Sequence[tuple[Any, ...]]) -> Change:
        return Change(self._on_mariadb, rows, 1) if len(rows) == 1 else Change(self._joined(rows), must_match=len(rows))

    def _joined(self, rows: Sequence[tuple[Any, ...]]) -> str:
        expected = [f"old_{name}" for name in self._guards]
        names = [*self._columns, "row_id", *expected]
        # What all rows get alike (a day, a state) is said once: the server carries less from row to row.
        alike = [at for at in range(len(self._columns)) if all(row[at] == rows[0][at] for row in rows)]
        differs = [at for at in range(len(names)) if at not in alike]
        narrow = [tuple(row[at] for at in differs) for row in rows]
        first = ", ".join(f"{literal(value)} AS {names[at]}" for value, at in zip(narrow[0], differs, strict=True))
        values = " UNION ALL SELECT ".join([first, *map(row_literals, narrow[1:])])
        settings = ", ".join(f"t.{name} = {literal(rows[0][at]) if at in alike else f'n.{name}'}" for at, name in enumerate(self._columns))
        guards = " AND ".join(f"t.{name} <=> n.{old}" for name, old in zip(self._guards, expected, strict=True))
        return f"UPDATE {self._table} t JOIN (SELECT {values}) n ON t.id = n.row_id AND {guards} SET {settings}"
