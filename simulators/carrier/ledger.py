"""The carrier's ledger: one SQLite file, one writer, and all writes that wait are committed together."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

Value = TypeVar("Value")

# Credits are rows: an order is credited at most once (direction 1) and taken back at most once (direction -1), whoever asks.
_SCHEMA: Final = """
create table if not exists stock (
    partner text primary key, opening_minor integer not null,
    free_minor integer not null check (free_minor >= 0), reserved_minor integer not null check (reserved_minor >= 0)
) without rowid;
create table if not exists subscriber (
    number text primary key, state text not null default 'active', kind text not null default 'any',
    balance_minor integer not null default 0, limit_minor integer
) without rowid;
create table if not exists orders (
    id integer primary key, reference text not null, occurrence integer not null, kind text not null,
    original_reference text not null, number text not null, amount_minor integer not null, behaviour text not null,
    code text not null, serial_number text not null default '', charged_minor integer not null default 0,
    delivered_minor integer not null default 0, returned_minor integer not null default 0,
    received_day text not null, day text not null default '', finished_at text not null default '',
    hidden_until real not null default 0,
    settle_at real, take_back_at real, unique (reference, occurrence)
);
create index if not exists orders_to_settle on orders (settle_at) where settle_at is not null;
create index if not exists orders_to_take_back on orders (take_back_at) where take_back_at is not null;
create table if not exists credit (
    id integer primary key, order_id integer not null references orders, direction integer not null, kind text not null,
    reference text not null, original_reference text not null, carrier_reference text not null,
    serial_number text not null unique, number text not null, amount_minor integer not null,
    charged_minor integer not null, delivered_minor integer not null, day text not null, at text not null,
    unique (order_id, direction)
);
create index if not exists credit_by_day on credit (day);
create table if not exists callback (
    id integer primary key, event text not null, order_id integer not null, reference text not null,
    sequence integer not null, code text not null, body blob not null, forged integer not null, again integer not null,
    due_at real, tries integer not null default 0, last_status text not null default '',
    acknowledged integer not null default 0
);
create index if not exists callback_by_order on callback (order_id, sequence);
create index if not exists callback_due on callback (due_at) where due_at is not null;
create table if not exists issue (
    day text not null, issue integer not null, content blob not null, primary key (day, issue)
) without rowid;
create table if not exists opened (day text primary key) without rowid;
"""

_EMPTIED: Final = ("callback", "credit", "orders", "subscriber", "issue")


class Ledger:
    """Owns the connection. Reads see committed facts only, since a batch begins and commits without giving way."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        self._connection.executescript("pragma journal_mode = wal; pragma synchronous = full;")
        self._connection.executescript(_SCHEMA)
        self._waiting: list[tuple[Callable[[sqlite3.Connection], Any], asyncio.Future[Any]]] = []
        self._wake = asyncio.Event()

    def open_stock(self, partner: str, opening_minor: int, day: str) -> None:
        """Open the partner's stock account (fen) unless the file has one, and note the day the carrier began."""
        self._connection.execute("insert or ignore into stock values (?, ?, ?, 0)", (partner, opening_minor, opening_minor))
        self._connection.execute("insert into opened select ? where not exists (select 1 from opened)", (day,))

    def read(self, question: Callable[[sqlite3.Connection], Value]) -> Value:
        """Ask something of the committed state."""
        return question(self._connection)

    async def write(self, change: Callable[[sqlite3.Connection], Value]) -> Value:
        """Run a change in the next batch; returns after the commit is durable, raises what the change raised."""
        done: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        self._waiting.append((change, done))
        self._wake.set()
        return await done

    async def commit_forever(self) -> None:
        """The committer: takes whatever waits. While it commits, the next batch gathers in the sockets."""
        while True:
            await self._wake.wait()
            # One turn of the loop, so that every request that has already arrived joins this commit.
            await asyncio.sleep(0)
            self._wake.clear()
            batch, self._waiting = self._waiting, []
            if not self._commit(batch):
                for one in batch:
                    self._commit([one], alone=True)

    def _commit(self, batch: list[tuple[Callable[[sqlite3.Connection], Any], asyncio.Future[Any]]], *, alone: bool = False) -> bool:
        results: list[object] = []
        self._connection.execute("begin immediate")
        try:
            results = [change(self._connection) for change, _ in batch]
            self._connection.execute("commit")
        except Exception as problem:  # the boundary of a batch: one bad change must not fail its neighbours
            self._connection.execute("rollback")
            if alone and not batch[0][1].done():
                batch[0][1].set_exception(problem)
            return False
        for (_, done), result in zip(batch, results, strict=True):
            if not done.done():
                done.set_result(result)
        return True

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def empty(connection: sqlite3.Connection) -> None:
    """Forget every order, credit, callback, subscriber and statement, and fill the stock up again."""
    for table in _EMPTIED:
        connection.execute(f"delete from {table}")  # noqa: S608  # the names stand above
    connection.execute("update stock set free_minor = opening_minor, reserved_minor = 0")


def stock(connection: sqlite3.Connection) -> tuple[int, int, int]:
    """Opening, free and reserved stock in fen."""
    row: tuple[int, int, int] = connection.execute("select opening_minor, free_minor, reserved_minor from stock").fetchone()
    return row
