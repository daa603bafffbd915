"""Plain statements, and how either driver takes them: SQLAlchemy's way to a driver costs more than most statements do."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from recharge.books.literals import ends_of, filled, many_filled

# Of rows that go into SQLite by one statement: one size, so that the driver keeps the statement ready.
_ROWS_TOGETHER = 100
T = TypeVar("T")
AnyRow: TypeAlias = tuple[Any, ...]
"""A row of a plain statement: its columns in the statement's order."""


class Read(NamedTuple, Generic[T]):
    """A reading statement and what its rows are made into; with text "", nothing needs to be asked."""

    text: str
    values: Sequence[Any]
    of: Callable[[Sequence[AnyRow]], T]


class Change(NamedTuple):
    """A changing statement for rows of values, or, without any, one that holds its values; how many rows it must match, if that matters."""

    text: str
    rows: Sequence[tuple[Any, ...]] = ()
    must_match: int | None = None


class Driver(Protocol):
    """Statements written with `?` placeholders, given to a connection of the driver's own. Raises the driver's errors."""

    def ask(self, raw: Any, reads: Sequence[Read[Any]]) -> list[Sequence[AnyRow]]:
        """The rows of each statement."""
        ...

    def carry_out(self, raw: Any, changes: Sequence[Change]) -> list[int]:
        """How many rows each change matched."""
        ...


class Sqlite:
    """The library in the process: one statement after the other costs nothing by itself."""

    def ask(self, raw: Any, reads: Sequence[Read[Any]]) -> list[Sequence[AnyRow]]:
        """The rows of each statement."""
        return [raw.execute(read.text, read.values).fetchall() for read in reads]

    def carry_out(self, raw: Any, changes: Sequence[Change]) -> list[int]:
        """How many rows each change matched."""
        return [_changed_by_sqlite(raw, change) for change in changes]


class MariaDB:
    """The server: all statements go in one packet, for one way there and back.

    Its driver's connection is asked and not a cursor, which finds out about each result what nobody wants to know (mysqlclient, "MySQL C
    API translation"). Values are written into the text: see literals.py.
    """

    def ask(self, raw: Any, reads: Sequence[Read[Any]]) -> list[Sequence[AnyRow]]:
        """The rows of each statement."""
        raw.query(";".join([filled(read.text, read.values) if read.values else read.text for read in reads]).encode())
        found = [_rows(raw)]
        while raw.next_result() >= 0:
            found.append(_rows(raw))
        return found

    def carry_out(self, raw: Any, changes: Sequence[Change]) -> list[int]:
        """How many rows each change matched."""
        texts = [list(many_filled(change.text, change.rows)) if change.rows else [change.text] for change in changes]
        matched = [0] * len(changes)
        owners = [number for number, statements in enumerate(texts) for _ in statements]
        if owners:
            raw.query(";".join(chain.from_iterable(texts)).encode())
            for number in owners[:-1]:
                matched[number] += raw.affected_rows()
                raw.next_result()
            matched[owners[-1]] += raw.affected_rows()
        return matched


def marks(values: Iterable[Any]) -> str:
    """As many `?` as there are values, for an IN list."""
    return ",".join("?" for _ in values)


def _rows(raw: Any) -> Sequence[AnyRow]:
    result = raw.store_result()
    # A statement that gives none, such as ROLLBACK.
    return () if result is None else result.fetch_row(0)


def _changed_by_sqlite(raw: Any, change: Change) -> int:
    """Rows that fill a statement of many go in together: to begin and end a statement costs SQLite as much as a narrow row."""
    text, many = change.text, change.rows
    if len(many) <= 1:
        return int(raw.execute(text, *many).rowcount)
    ends, matched, alone = ends_of(text), 0, 0
    if ends is not None and len(many) >= _ROWS_TOGETHER:
        alone = len(many) // _ROWS_TOGETHER * _ROWS_TOGETHER
        statement = ends[0] + ",".join([f"({marks(many[0])})"] * _ROWS_TOGETHER) + ends[1]
        for start in range(0, alone, _ROWS_TOGETHER):
            matched += int(raw.execute(statement, list(chain.from_iterable(many[start : start + _ROWS_TOGETHER]))).rowcount)
    if alone < len(many):
        matched += int(raw.executemany(text, many[alone:]).rowcount)
    return matched
