"""A simulated supplier's own ledger, one SQLite file: its orders and its credits, which are the truth a test compares with."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

# Credits are rows: an order is credited at most once (direction 1) and taken back at most once (direction -1), whoever asks.
_SCHEMA: Final = """
create table if not exists stock (one integer primary key check (one = 1), minor integer not null check (minor >= 0));
create table if not exists orders (
    id integer primary key, reference text not null, occurrence integer not null, number text not null, amount_minor integer not null,
    behaviour text not null, state text not null, delivered_minor integer not null default 0, taken_at real not null, settle_at real,
    unique (reference, occurrence)
);
create index if not exists orders_to_settle on orders (settle_at) where settle_at is not null;
create table if not exists credit (
    id integer primary key, order_id integer not null references orders, direction integer not null, reference text not null,
    number text not null, amount_minor integer not null, unique (order_id, direction)
);
"""
_COLUMNS: Final = "id, reference, number, amount_minor, behaviour, state, delivered_minor, taken_at, settle_at"


@dataclass(frozen=True, slots=True)
class Order:
    """One order. `state` is running, done, part, refused or reversed."""

    id: int
    reference: str
    number: str
    amount_minor: int
    behaviour: str
    state: str
    delivered_minor: int
    taken_at: float
    settle_at: float | None


class Ledger:
    """Owns the connection; safe for threads, since the charging system's simulator answers in several."""

    def __init__(self, path: Path, stock_minor: int) -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.executescript("pragma journal_mode = wal; pragma synchronous = normal;")
        self._connection.executescript(_SCHEMA)
        self._connection.execute("insert or ignore into stock values (1, ?)", (stock_minor,))

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """One transaction."""
        with self._lock:
            self._connection.execute("begin immediate")
            try:
                yield self._connection
            except BaseException:  # whatever it was, half a change must not stay
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")

    def orders(self, condition: str = "1 = 1", *values: Any) -> list[Order]:
        """Orders by a condition on the table's columns, in the order they came."""
        with self._lock:
            rows = self._connection.execute(f"select {_COLUMNS} from orders where {condition} order by id", values)  # noqa: S608  our own words
            return [Order(*row) for row in rows]

    def taken_back_by(self, order_id: int) -> str:
        """The reference under which an order's credit was taken back, "" where it was not."""
        with self._lock:
            found = self._connection.execute("select reference from credit where order_id = ? and direction = -1", (order_id,)).fetchone()
            return str(found[0]) if found else ""

    def stock_minor(self) -> int:
        """What the customer holds here."""
        with self._lock:
            return int(self._connection.execute("select minor from stock").fetchone()[0])

    def told(self) -> dict[str, Any]:
        """Everything, for the control side."""
        with self._lock:
            rows = self._connection.execute("select reference, number, amount_minor, direction from credit order by id").fetchall()
        names = ("reference", "number", "amount_minor", "direction")
        return {
            "orders": [{name: getattr(order, name) for name in Order.__slots__} for order in self.orders()],
            "credits": [dict(zip(names, row, strict=True)) for row in rows],
            "stock_minor": self.stock_minor(),
        }

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
