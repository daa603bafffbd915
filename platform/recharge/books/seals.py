"""The hash chain over each business date's entries, as docs/books.md specifies it: what is sealed and how it is appended."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from recharge.books.database import Database
from recharge.books.statements import marks
from recharge.books.tables.metadata import moment_of, stamp

BATCH = 1000
# Before every date and every moment that is stored.
BEGINNING = "0001-01-01"


class Overtaken(Exception):
    """Somebody else appended to the day's chain, or closed it, since it was read. Nothing was written."""


class EarlierDayOpen(Exception):
    """A day cannot be closed while an earlier one that has entries is not."""


class LaterDayClosed(Exception):
    """A day that had no entries when a later one was closed cannot be put between them any more."""


class Sealable(NamedTuple):
    """One entry with its business facts, in the form they are hashed in; `end` is None for a hold."""

    order_id: int
    step: int
    kind: str
    business_date: str
    at: str
    legs: list[list[int]]
    order: list[Any]
    end: list[Any] | None

    def canonical(self) -> bytes:
        """The bytes that are hashed: JSON without spaces, ASCII."""
        return json.dumps(self, separators=(",", ":"), ensure_ascii=True).encode()


@dataclass(frozen=True, slots=True)
class Chain:
    """How far a day's chain has come: `count` rows, the last hash (or the day's beginning)."""

    business_date: str
    algorithm: str
    count: int
    head: bytes
    begun: bool
    closed: bool


@cache
def best_algorithm() -> str:
    """`sm3` (GB/T 32905-2016) where the machine's OpenSSL has it, else `sha256`."""
    try:
        hashlib.new("sm3")
    except ValueError:
        return "sha256"
    return "sm3"


def digest(algorithm: str, *parts: bytes) -> bytes:
    """32 bytes over the parts one after the other."""
    return hashlib.new(algorithm, b"".join(parts)).digest()


def beginning(algorithm: str, business_date: str) -> bytes:
    """What the first row of a day's chain is linked to."""
    return digest(algorithm, f"kongchong|{business_date}|{algorithm}".encode())


def closing(algorithm: str, chain_head: bytes, business_date: str, count: int, previous_head: bytes) -> bytes:
    """The head of a closed day: it covers the chain, its length and the head of the closed day before (empty when there is none)."""
    return digest(algorithm, chain_head, f"|closed|{business_date}|{count}|".encode(), previous_head)


_ENTRIES = """
SELECT e.order_id, e.step, e.kind, e.business_date, e.at, o.kind, o.party_id, o.endpoint_id, o.channel, o.number, o.carrier_id,
 o.product_id, o.face_minor, o.price_minor, o.split, o.business_date, o.held_at, o.related_id, o.link_id, o.delivered_minor, o.cost_minor
FROM entry e LEFT JOIN seal s ON s.order_id = e.order_id AND s.step = e.step LEFT JOIN orders o ON o.id = e.order_id
WHERE s.order_id IS NULL AND e.business_date = ? AND e.at >= ? ORDER BY e.at, e.order_id, e.step LIMIT ?
"""


def unsealed(database: Database, connection: Connection, day: str, since: str = BEGINNING, most: int = BATCH) -> list[Sealable]:
    """A day's entries without a seal, booked at or after a stored moment, the oldest first.

    Commits are not in the order of ids or times, so nothing but the missing seal tells; `since` only limits how far back is looked.
    """
    rows = database.rows(connection, _ENTRIES, (day, since, most))
    legs = _legs(database, connection, [row[0] for row in rows])
    return [_sealable(row, legs.get((row[0], row[1]), [])) for row in rows]


def open_days(database: Database, connection: Connection, until: date) -> list[str]:
    """Days with entries after the last closed one, up to and with `until`."""
    after = last_closed(database, connection)[0]
    text = "SELECT DISTINCT business_date FROM entry WHERE business_date > ? AND business_date <= ? ORDER BY business_date"
    return [str(_day(row[0])) for row in database.rows(connection, text, (after, until.isoformat()))]


def _legs(database: Database, connection: Connection, orders: Sequence[int]) -> dict[tuple[int, int], list[list[int]]]:
    legs: dict[tuple[int, int], list[list[int]]] = {}
    if orders:
        text = f"SELECT order_id, step, account_id, amount_minor FROM posting WHERE order_id IN ({marks(orders)}) ORDER BY account_id"
        for order_id, step, account, amount in database.rows(connection, text, orders):
            legs.setdefault((order_id, step), []).append([account, amount])
    return legs


def _sealable(row: Sequence[Any], legs: list[list[int]]) -> Sealable:
    order = [*row[5:15], _day(row[15]), _moment(row[16]), row[17]]
    end = list(row[18:21]) if row[1] > 1 else None
    return Sealable(row[0], row[1], row[2], str(_day(row[3])), str(_moment(row[4])), legs, order, end)


def _day(stored: str | date | None) -> str | None:
    return stored.isoformat() if isinstance(stored, date) else stored


def _moment(stored: str | datetime | None) -> str | None:
    return None if stored is None else stamp(moment_of(stored))


def chain_of(database: Database, connection: Connection, business_date: str) -> Chain:
    """A day's chain as it stands; the beginning of one where there is none yet."""
    text = "SELECT algorithm, count, head, closed_at FROM seal_day WHERE business_date = ?"
    for algorithm, count, head, closed_at in database.rows(connection, text, [business_date]):
        return Chain(business_date, algorithm, count, bytes(head), begun=True, closed=closed_at is not None)
    algorithm = best_algorithm()
    return Chain(business_date, algorithm, 0, beginning(algorithm, business_date), begun=False, closed=False)


def append(database: Database, chain: Chain, entries: Iterable[Sealable]) -> Chain:
    """Link entries of the chain's day to its end, in one transaction. Raises Overtaken."""
    head, rows = chain.head, []
    for position, item in enumerate(entries, start=chain.count + 1):
        head = digest(chain.algorithm, head, item.canonical())
        rows.append((chain.business_date, position, item.order_id, item.step, head))
    longer = Chain(chain.business_date, chain.algorithm, chain.count + len(rows), head, begun=True, closed=False)
    try:
        with database.write() as connection:
            _move_head(database, connection, chain, longer, None)
            text = "INSERT INTO seal (business_date, position, order_id, step, hash) VALUES (?, ?, ?, ?, ?)"
            database.change_many(connection, text, rows)
    except IntegrityError as error:
        raise Overtaken(chain.business_date) from error
    return longer


def _move_head(database: Database, connection: Connection, old: Chain, new: Chain, closed_at: str | None) -> None:
    if not old.begun:
        text = "INSERT INTO seal_day (business_date, algorithm, count, head, closed_at) VALUES (?, ?, ?, ?, ?)"
        database.change(connection, text, (new.business_date, new.algorithm, new.count, new.head, closed_at))
        return
    condition = "business_date = ? AND count = ? AND head = ? AND closed_at IS NULL"
    text = f"UPDATE seal_day SET count = ?, head = ?, closed_at = ? WHERE {condition}"
    values = (new.count, new.head, closed_at, old.business_date, old.count, old.head)
    if database.change(connection, text, values) != 1:
        raise Overtaken(old.business_date)


def close(database: Database, chain: Chain, now: datetime) -> bytes:
    """Close a day whose entries are all sealed; the head to write down elsewhere.

    Raises Overtaken when an entry or somebody else came between, EarlierDayOpen, LaterDayClosed.
    """
    try:
        with database.write() as connection:
            _check_complete(database, connection, chain.business_date)
            previous = last_closed(database, connection)[1]
            head = closing(chain.algorithm, chain.head, chain.business_date, chain.count, previous)
            closed = Chain(chain.business_date, chain.algorithm, chain.count, head, begun=True, closed=True)
            _move_head(database, connection, chain, closed, stamp(now))
    except IntegrityError as error:
        raise Overtaken(chain.business_date) from error
    return head


def _check_complete(database: Database, connection: Connection, business_date: str) -> None:
    if business_date < last_closed(database, connection)[0]:
        raise LaterDayClosed(business_date)
    first_open = open_days(database, connection, date.fromisoformat(business_date))[:1]
    if first_open and first_open[0] < business_date:
        raise EarlierDayOpen(first_open[0])
    if unsealed(database, connection, business_date, most=1):
        raise Overtaken(business_date)


def last_closed(database: Database, connection: Connection) -> tuple[str, bytes]:
    """Date and head of the newest closed day; a date before all others and nothing where none was closed."""
    text = "SELECT business_date, head FROM seal_day WHERE closed_at IS NOT NULL ORDER BY business_date DESC LIMIT 1"
    for business_date, head in database.rows(connection, text):
        return str(_day(business_date)), bytes(head)
    return BEGINNING, b""
