"""What the ledger looks like from outside: rows and totals for the control page and for tests."""

import sqlite3
from collections.abc import Mapping
from typing import Final

from simulators.carrier import codes
from simulators.carrier.ledger import stock

Row = dict[str, str | int | float | None]

_ORDERS: Final = """
select o.id, o.reference, o.occurrence, o.kind, o.original_reference, o.number, o.amount_minor, o.behaviour, o.code,
 o.serial_number, o.charged_minor, o.delivered_minor, o.returned_minor, o.received_day, o.day, o.finished_at,
 (select count(*) from credit c where c.order_id = o.id and c.direction = 1) as credits,
 (select coalesce(sum(b.tries), 0) from callback b where b.order_id = o.id) as callbacks_sent,
 (select coalesce(sum(b.acknowledged), 0) from callback b where b.order_id = o.id) as callbacks_acknowledged
 from orders o where (:reference = '' or o.reference = :reference or o.original_reference = :reference)
 and (:number = '' or o.number = :number) order by o.id desc limit :limit
"""
_CREDITS: Final = """
select id, order_id, direction, kind, reference, original_reference, carrier_reference, serial_number, number,
 amount_minor, charged_minor, delivered_minor, day, at from credit
 where (:reference = '' or reference = :reference or original_reference = :reference)
 and (:number = '' or number = :number) order by id desc limit :limit
"""
_CALLBACKS: Final = """
select b.id, b.event, b.order_id, b.reference, b.sequence, b.code, b.forged, b.again, b.tries, b.last_status,
 b.acknowledged, b.due_at from callback b join orders o on o.id = b.order_id
 where (:reference = '' or b.reference = :reference) and (:number = '' or o.number = :number) order by b.id desc limit :limit
"""


def _rows(connection: sqlite3.Connection, statement: str, values: Mapping[str, object]) -> list[Row]:
    cursor = connection.execute(statement, dict(values))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def orders(connection: sqlite3.Connection, reference: str = "", number: str = "", limit: int = 50) -> list[Row]:
    """The latest orders, newest first, each with its count of credits and callbacks."""
    return _rows(connection, _ORDERS, {"reference": reference, "number": number, "limit": limit})


def whole(connection: sqlite3.Connection, reference: str, number: str, limit: int) -> dict[str, object]:
    """Orders, credits, callbacks, stock and totals as plain values, newest first."""
    wanted = {"reference": reference, "number": number, "limit": limit}
    return {
        "orders": _rows(connection, _ORDERS, wanted),
        "credits": _rows(connection, _CREDITS, wanted),
        "callbacks": _rows(connection, _CALLBACKS, wanted),
        "stock": stock_of(connection),
        "totals": totals(connection),
    }


def stock_of(connection: sqlite3.Connection) -> dict[str, int]:
    """The partner's stock in fen: what was put in, what is free, what is held for orders in process."""
    return dict(zip(("opening_minor", "free_minor", "reserved_minor"), stock(connection), strict=True))


def totals(connection: sqlite3.Connection) -> dict[str, int]:
    """Counts and sums over the whole ledger (fen); `most_credits` above 1 means that a reference was credited twice."""
    done, back, charged, delivered = connection.execute(
        "select coalesce(sum(direction = 1), 0), coalesce(sum(direction = -1), 0), coalesce(sum(charged_minor), 0),"
        " coalesce(sum(delivered_minor), 0) from credit"
    ).fetchone()
    in_process, failed, every = connection.execute(
        "select coalesce(sum(code = ?), 0), coalesce(sum(code like '3%' or code like '6%'), 0), count(*) from orders",
        (codes.IN_PROCESS,),
    ).fetchone()
    most = connection.execute(
        "select coalesce(max(n), 0) from (select count(*) as n from credit where direction = 1 group by reference)"
    ).fetchone()[0]
    return {
        "orders": every,
        "in_process": in_process,
        "failed": failed,
        "credits": done,
        "taken_back": back,
        "charged_minor": charged,
        "delivered_minor": delivered,
        "most_credits": most,
    }


def agrees(connection: sqlite3.Connection) -> bool:
    """Whether the stock is what the credits say: opening - charged = free + held."""
    opening, free, reserved = stock(connection)
    return bool(opening - totals(connection)["charged_minor"] == free + reserved)
