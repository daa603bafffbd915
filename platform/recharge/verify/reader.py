"""The separate reader's view of a database: one snapshot for all questions, plain SQL, values as one form whichever driver read them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection

from recharge.books.database import Database
from recharge.books.statements import AnyRow

# Orders read at a time; with all that belongs to them some ten thousand rows are in memory.
CHUNK = 1000


class Books:
    """Asks questions of one snapshot."""

    def __init__(self, database: Database, connection: Connection) -> None:
        self.database, self.connection = database, connection

    def rows(self, text: str, *values: Any) -> Sequence[AnyRow]:
        """All rows of a plain statement with `?` placeholders."""
        return self.database.rows(self.connection, text, values)

    def number(self, text: str, *values: Any) -> int:
        """The one whole number a statement answers; 0 for NULL."""
        return int(self.rows(text, *values)[0][0] or 0)

    def chunks(self, text: str, size: int = CHUNK) -> Iterator[Sequence[AnyRow]]:
        """Rows of a statement ending in `WHERE id > ? ORDER BY id LIMIT ?`, a chunk at a time; `id` is the first column."""
        last = 0
        while found := self.rows(text, last, size):
            yield found
            last = found[-1][0]


@contextmanager
def snapshot(database: Database) -> Iterator[Books]:
    """One unchanging sight of the whole database, also while others write."""
    with database.read(unchanging=True) as connection:
        yield Books(database, connection)


def moment_text(stored: str | datetime | None) -> str | None:
    """A stored moment as UTC text with six decimals, which sorts as time does; None stays None."""
    if stored is None:
        return None
    moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return moment.replace(tzinfo=None).strftime("%Y-%m-%d %H:%M:%S.%f")


def day_text(stored: str | date | None) -> str | None:
    """A stored date as 2026-11-21; None stays None."""
    return stored.isoformat() if isinstance(stored, date) else stored


def text_of(moment: datetime) -> str:
    """An aware moment in the form of `moment_text`."""
    return str(moment_text(moment.astimezone(UTC)))
