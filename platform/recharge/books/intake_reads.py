"""What a batch of requests reads before it decides: earlier requests, locked credentials and accounts, recent orders."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from recharge.books.database import Database, NamedRow
from recharge.books.rows import AccountRow, OrderRow, day_of, moment_or_none, select_of
from recharge.books.statements import AnyRow, Read, marks
from recharge.books.tables.metadata import stamp
from recharge.domain.limits import Counters
from recharge.domain.passwords import TryState

_ACCOUNT_COLUMNS = "id, balance_minor, floor_minor, version, day, day_count, day_minor, month, month_count, month_minor"
_KNOWN_COLUMNS = "r.endpoint_id, r.reference, r.body, r.order_id, r.code, r.facts"
_ORDER_COLUMNS = select_of(OrderRow, "o")


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """A request that was answered before."""

    body: bytes
    order_id: int | None
    code: str
    facts: str


@dataclass(slots=True)
class CredentialRow:
    """A locked service password and the wrong tries against it."""

    id: int
    party_id: int
    person_id: int
    salt: bytes
    mac: bytes
    key_version: int
    must_change: bool
    state: TryState
    changed: bool = False


def known_requests(database: Database, keys: Sequence[tuple[int, str]]) -> Read[dict[tuple[int, str], KnownRequest]]:
    """Those of the (endpoint, reference) keys that have been answered before."""
    values = [value for key in keys for value in key]
    if not keys:
        where = ""
    elif database.is_sqlite:
        # CROSS: each key is looked up. Asked for by IN, or left to choose, SQLite reads the whole table once a batch.
        wanted = ", ".join(["(?, ?)"] * len(keys))
        where = f"FROM (VALUES {wanted}) k CROSS JOIN request r ON r.endpoint_id = k.column1 AND r.reference = k.column2"
    else:
        wanted = "SELECT ? AS e, ? AS f" + " UNION ALL SELECT ?, ?" * (len(keys) - 1)
        where = f"FROM ({wanted}) k JOIN request r ON r.endpoint_id = k.e AND r.reference = k.f"
    text = where and f"SELECT {_KNOWN_COLUMNS} {where}"
    return Read(text, values, lambda rows: {(row[0], row[1]): KnownRequest(*row[2:]) for row in rows})


def requests_between(database: Database, connection: Connection, endpoint_id: int, first: str, last: str) -> Sequence[NamedRow]:
    """(reference, order_id, code) of an endpoint's answered requests, by reference, from `first` to `last`."""
    text = (
        "SELECT r.reference, r.order_id, r.code FROM request r"
        " WHERE r.endpoint_id = ? AND r.reference >= ? AND r.reference <= ? ORDER BY r.reference"
    )
    return database.named(connection, text, [endpoint_id, first, last])


def locked_accounts(database: Database, ids: Iterable[int], today: date) -> Read[dict[int, AccountRow]]:
    """Accounts with a running balance, locked in the order of their ids, their counters rolled to the business day."""
    wanted = sorted(ids)
    text = f"SELECT {_ACCOUNT_COLUMNS} FROM account WHERE id IN ({marks(wanted)}) ORDER BY id{database.for_update}" if wanted else ""
    return Read(text, wanted, lambda rows: {row[0]: _account(row, today) for row in rows})


def _account(row: AnyRow, today: date) -> AccountRow:
    counters = Counters(day_of(row[4]) or today, row[5], row[6], row[7], row[8], row[9])
    counters.roll_to(today)
    return AccountRow(row[0], row[1], row[2], row[3], counters)


def locked_credentials(database: Database, ids: Iterable[int]) -> Read[dict[int, CredentialRow]]:
    """Service passwords, locked in the order of their ids, so that tries are counted one after the other in every process."""
    wanted = sorted(ids)
    columns = "id, party_id, person_id, salt, mac, key_version, must_change, tries, locked_until, locked"
    text = f"SELECT {columns} FROM credential WHERE id IN ({marks(wanted)}) ORDER BY id{database.for_update}" if wanted else ""
    return Read(text, wanted, lambda rows: {row[0]: _credential(row) for row in rows})


def _credential(row: AnyRow) -> CredentialRow:
    state = TryState(row[7], moment_or_none(row[8]), bool(row[9]))
    return CredentialRow(row[0], row[1], row[2], bytes(row[3]), bytes(row[4]), row[5], bool(row[6]), state)


def recent_sales(numbers: Sequence[str], since: datetime) -> Read[dict[tuple[int, str, int], tuple[int, int]]]:
    """(party, number, face value) -> (highest repeat mark, order id) of orders since then that did not fail."""
    text = (
        f"SELECT party_id, number, face_minor, repeat_mark, id FROM orders WHERE number IN ({marks(numbers)})"
        " AND held_at >= ? AND state <> 'failed'"
    )
    return Read(text if numbers else "", [*numbers, stamp(since)], _newest_sales)


def _newest_sales(rows: Sequence[AnyRow]) -> dict[tuple[int, str, int], tuple[int, int]]:
    found: dict[tuple[int, str, int], tuple[int, int]] = {}
    for party_id, number, face, mark, order_id in rows:
        key = (party_id, number, face)
        found[key] = max(found.get(key, (-1, 0)), (mark, order_id))
    return found


def ported(database: Database, connection: Connection, numbers: Sequence[str]) -> dict[str, int]:
    """number -> carrier id for numbers with a portability override."""
    if not numbers:
        return {}
    text = f"SELECT number, carrier_id FROM ported_number WHERE number IN ({marks(numbers)})"
    return {row[0]: row[1] for row in database.rows(connection, text, numbers)}


def orders_by_id(
    database: Database, connection: Connection, ids: Sequence[int], *, lock: bool = False, ended: bool = False
) -> dict[int, OrderRow]:
    """Orders by id, locked in the order of their ids when asked; or only those that have come to rest."""
    rest = " AND o.state IN ('succeeded', 'failed', 'reversed')" if ended else ""
    return database.find(connection, _orders(ids, rest, database.for_update if lock else ""))


def locked_orders(database: Database, ids: Iterable[int]) -> Read[dict[int, OrderRow]]:
    """Orders by id, locked in the order of their ids."""
    return _orders(ids, "", database.for_update)


def _orders(ids: Iterable[int], condition: str, tail: str) -> Read[dict[int, OrderRow]]:
    wanted = sorted(ids)
    text = f"SELECT {_ORDER_COLUMNS} FROM orders o WHERE o.id IN ({marks(wanted)}){condition} ORDER BY o.id{tail}"
    return Read(text if wanted else "", wanted, lambda rows: {row[0]: OrderRow(*row) for row in rows})


def latest_orders(database: Database, connection: Connection, party_id: int | None, number: str, count: int) -> list[OrderRow]:
    """The newest orders of a party (None: of anybody), of one customer's number when it is not "", newest first."""
    where, values = [], list[Any]()
    if party_id is not None:
        where.append("o.party_id = ?")
        values.append(party_id)
    if number:
        where.append("o.number = ?")
        values.append(number)
    condition = " AND ".join(where) or "1 = 1"
    text = f"SELECT {_ORDER_COLUMNS} FROM orders o WHERE {condition} ORDER BY o.held_at DESC, o.id DESC LIMIT ?"
    return [OrderRow(*row) for row in database.rows(connection, text, [*values, count])]


def recap_rows(database: Database, connection: Connection, party_id: int, day: date) -> Sequence[AnyRow]:
    """(kind, state, count, face, price) of a party's business day."""
    text = (
        "SELECT kind, state, COUNT(*), COALESCE(SUM(face_minor), 0), COALESCE(SUM(price_minor), 0) FROM orders"
        " WHERE party_id = ? AND business_date = ? AND held_at >= ? GROUP BY kind, state ORDER BY kind, state"
    )
    # An order is held within two days of its business date, whatever the zone: the bound lets the index on (party, time) serve.
    earliest = f"{(day - timedelta(days=2)).isoformat()} 00:00:00.000000"
    return database.rows(connection, text, [party_id, day.isoformat(), earliest])
