"""The operators' own ledger: one SQLite file with every chip's stock, every request and every credit. What stands here is the truth."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

Row = dict[str, Any]

# A request is credited at most once; two requests that say the same are two credits, as at a real operator without a reference.
_SCHEMA: Final = """
create table if not exists chip (
    iccid text primary key, operator text not null, number text not null, stock_minor integer not null default 0,
    wrong_pins integer not null default 0, locked integer not null default 0
) without rowid;
create table if not exists stock (
    iccid text not null references chip, units integer not null, pieces integer not null check (pieces >= 0),
    primary key (iccid, units)
) without rowid;
create table if not exists subscriber (number text primary key, state text not null) without rowid;
create table if not exists request (
    id integer primary key, at text not null, iccid text not null, channel text not null, kind text not null,
    number text not null default '', units integer not null default 0, outcome text not null, text text not null default ''
);
create table if not exists credit (
    id integer primary key, request_id integer not null unique references request, at text not null, iccid text not null,
    number text not null, units integer not null, amount_minor integer not null, charged_minor integer not null,
    serial_number text not null unique
);
create index if not exists credit_by_number on credit (number, units);
create table if not exists movement (
    id integer primary key, at text not null, iccid text not null, units integer not null default 0, pieces integer not null default 0,
    amount_minor integer not null default 0, why text not null
);
create table if not exists message (
    id integer primary key, at text not null, sender text not null, recipient text not null, text text not null, state text not null
);
"""
_TABLES: Final = ("message", "movement", "credit", "request", "subscriber", "stock", "chip")
TRIES: Final = 3
STATES: Final = ("active", "barred", "absent")


class NoStock(Exception):
    """The chip's stock does not cover a credit."""


@dataclass(frozen=True)
class Opening:
    """A chip as its account is opened: its stock as money (`stock_minor`), or as pieces of each denomination."""

    iccid: str
    operator: str
    number: str
    stock_minor: int = 0
    pieces: Mapping[int, int] | None = None


@dataclass(frozen=True)
class Wanted:
    """A recharge that was asked for. `units` is what the dealer typed, the amounts are in minor units of the operator's money."""

    iccid: str
    channel: str
    number: str
    units: int
    amount_minor: int
    charged_minor: int
    by_pieces: bool


@dataclass(frozen=True)
class Credit:
    """A recharge that was done, and the chip's stock after it: money, or pieces of that denomination."""

    wanted: Wanted
    serial_number: str
    at: datetime
    stock_after: int


def now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


class Ledger:
    """Owns the connection. Each method that changes something is one transaction, durable when it returns."""

    def __init__(self, path: Path | str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.executescript("pragma journal_mode = wal; pragma synchronous = normal;" + _SCHEMA)

    def open_chip(self, opening: Opening) -> None:
        """Open a chip's account unless the file has one."""
        row = (opening.iccid, opening.operator, opening.number, opening.stock_minor)
        fresh = self._change("insert or ignore into chip (iccid, operator, number, stock_minor) values (?, ?, ?, ?)", row)
        if fresh:
            self._many("insert into stock values (?, ?, ?)", ((opening.iccid, *one) for one in (opening.pieces or {}).items()))

    def chip(self, iccid: str) -> Row:
        """A chip's account. Raises LookupError."""
        found = self.rows("select * from chip where iccid = ?", iccid)
        if not found:
            raise LookupError(iccid)
        return found[0]

    def pieces(self, iccid: str) -> dict[int, int]:
        """Pieces left of each denomination."""
        return {row["units"]: row["pieces"] for row in self.rows("select units, pieces from stock where iccid = ? order by units", iccid)}

    def subscriber_state(self, number: str) -> str:
        """`active` unless somebody said otherwise."""
        found = self.rows("select state from subscriber where number = ?", number)
        return str(found[0]["state"]) if found else "active"

    def set_subscriber(self, number: str, state: str) -> None:
        """Make a subscriber active, barred or absent. Raises ValueError for anything else."""
        if state not in STATES:
            raise ValueError(f"state {state}")
        self._change("insert or replace into subscriber values (?, ?)", (number, state))

    def note(self, iccid: str, channel: str, kind: str, outcome: str, *, number: str = "", units: int = 0, text: str = "") -> int:
        """Write down a request that moved nothing; its number."""
        self._change(
            "insert into request (at, iccid, channel, kind, number, units, outcome, text) values (?, ?, ?, ?, ?, ?, ?, ?)",
            (now().isoformat(), iccid, channel, kind, number, units, outcome, text),
        )
        return self._last()

    def credit(self, wanted: Wanted, serial_number: str, text: str = "") -> Credit:
        """Take the stock, write the credit: all or nothing. Raises NoStock."""
        at = now()
        with self._connection:
            self._connection.execute("begin immediate")
            self._take(wanted)
            request = self.note(
                wanted.iccid, wanted.channel, "recharge", "credited", number=wanted.number, units=wanted.units, text=text
            )  # fmt: skip
            values = (request, at.isoformat(), wanted.iccid, wanted.number, wanted.units, wanted.amount_minor, wanted.charged_minor)
            self._change(
                "insert into credit (request_id, at, iccid, number, units, amount_minor, charged_minor, serial_number)"
                " values (?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, serial_number),
            )
        return Credit(wanted, serial_number, at, self.stock_after(wanted))

    def _take(self, wanted: Wanted) -> None:
        if wanted.by_pieces:
            statement, values = "update stock set pieces = pieces - 1 where iccid = ? and units = ? and pieces > 0", (
                wanted.iccid, wanted.units,
            )  # fmt: skip
        else:
            statement = "update chip set stock_minor = stock_minor - ?2 where iccid = ?1 and stock_minor >= ?2"
            values = (wanted.iccid, wanted.charged_minor)
        if not self._change(statement, values):
            raise NoStock(wanted.iccid)

    def stock_after(self, wanted: Wanted) -> int:
        """What the chip holds now: pieces of that denomination, or money."""
        return self.pieces(wanted.iccid).get(wanted.units, 0) if wanted.by_pieces else int(self.chip(wanted.iccid)["stock_minor"])

    def move(self, iccid: str, why: str, *, amount_minor: int = 0, units: int = 0, pieces: int = 0) -> None:
        """Change a chip's stock from outside: a dealer's transfer, or somebody else who spends it. Never below nothing."""
        with self._connection:
            self._connection.execute("begin immediate")
            self._change("update chip set stock_minor = max(0, stock_minor + ?) where iccid = ?", (amount_minor, iccid))
            if pieces:
                self._change("insert or ignore into stock values (?, ?, 0)", (iccid, units))
                self._change("update stock set pieces = max(0, pieces + ?) where iccid = ? and units = ?", (pieces, iccid, units))
            values = (now().isoformat(), iccid, units, pieces, amount_minor, why)
            self._change("insert into movement (at, iccid, units, pieces, amount_minor, why) values (?, ?, ?, ?, ?, ?)", values)

    def wrong_pin(self, iccid: str) -> bool:
        """Count a wrong PIN; whether the chip is locked now."""
        self._change("update chip set wrong_pins = wrong_pins + 1, locked = wrong_pins + 1 >= ? where iccid = ?", (TRIES, iccid))
        return bool(self.chip(iccid)["locked"])

    def right_pin(self, iccid: str) -> None:
        """Forget wrong ones."""
        self._change("update chip set wrong_pins = 0 where iccid = ?", (iccid,))

    def lock(self, iccid: str, *, locked: bool) -> None:
        """Lock a chip's account, or unlock it."""
        self._change("update chip set locked = ?, wrong_pins = 0 where iccid = ?", (int(locked), iccid))

    def credits(self, iccid: str = "", number: str = "", limit: int = 5) -> list[Row]:
        """The latest credits of a chip or to a number, newest first."""
        wanted = "select * from credit where (?1 = '' or iccid = ?1) and (?2 = '' or number = ?2) order by id desc limit ?3"
        return self.rows(wanted, iccid, number, limit)

    def next_credit(self) -> int:
        """The number the next credit will have."""
        return int(self._connection.execute("select coalesce(max(id), 0) + 1 from credit").fetchone()[0])

    def message(self, sender: str, recipient: str, text: str, state: str) -> int:
        """Write down a short message; its number."""
        values = (now().isoformat(), sender, recipient, text, state)
        self._change("insert into message (at, sender, recipient, text, state) values (?, ?, ?, ?, ?)", values)
        return self._last()

    def message_state(self, number: int, state: str) -> None:
        """Say what became of a message."""
        self._change("update message set state = ? where id = ?", (state, number))

    def rows(self, question: str, *values: object) -> list[Row]:
        """Ask anything of the ledger."""
        cursor = self._connection.execute(question, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def empty(self) -> None:
        """Forget everything."""
        for table in _TABLES:
            self._change(f"delete from {table}", ())  # noqa: S608  # the names stand above

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _change(self, statement: str, values: Iterable[object]) -> int:
        return self._connection.execute(statement, tuple(values)).rowcount

    def _many(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        self._connection.executemany(statement, rows)

    def _last(self) -> int:
        return int(self._connection.execute("select last_insert_rowid()").fetchone()[0])
