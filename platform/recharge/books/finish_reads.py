"""What a batch of evidence reads before it decides: the attempts it speaks of and their orders, locked."""

from collections.abc import Sequence

from sqlalchemy import Connection

from recharge.books.database import Database, marks
from recharge.books.rows import AttemptRow, OrderRow, select_of

_ATTEMPT, _ORDER = select_of(AttemptRow, "a"), select_of(OrderRow, "o")
_WIDTH = len(AttemptRow._fields)


def attempts_with_orders(database: Database, connection: Connection, ids: Sequence[int]) -> list[tuple[AttemptRow, OrderRow]]:
    """Attempts and their orders, locked in the order of the orders' ids. Ids that nobody ever gave out are left out."""
    wanted = sorted(set(ids))
    text = (
        f"SELECT {_ATTEMPT}, {_ORDER} FROM attempt a JOIN orders o ON o.id = a.order_id"
        f" WHERE a.id IN ({marks(wanted)}) ORDER BY o.id{database.for_update}"
    )
    rows = database.rows(connection, text, wanted)
    return [(AttemptRow(*row[:_WIDTH]), OrderRow(*row[_WIDTH:])) for row in rows]


def attempts_by_id(database: Database, connection: Connection, ids: Sequence[int]) -> dict[int, AttemptRow]:
    """Attempts by id, locked."""
    text = f"SELECT {_ATTEMPT} FROM attempt a WHERE a.id IN ({marks(ids)}) ORDER BY a.id{database.for_update}"
    return {row[0]: AttemptRow(*row) for row in database.rows(connection, text, sorted(ids))}


def plain_balances(database: Database, connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Balances for messages, read without a lock."""
    if not ids:
        return {}
    rows = database.rows(connection, f"SELECT id, balance_minor FROM account WHERE id IN ({marks(ids)})", sorted(ids))
    return {row[0]: row[1] for row in rows}
