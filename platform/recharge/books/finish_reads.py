"""What a batch of evidence reads before it decides: the attempts it speaks of and their orders, locked."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from recharge.books.database import Database
from recharge.books.rows import AttemptRow, OrderRow, select_of
from recharge.books.statements import Read, marks

_ATTEMPT, _ORDER = select_of(AttemptRow, "a"), select_of(OrderRow, "o")
_WIDTH = len(AttemptRow._fields)


def attempts_with_orders(database: Database, ids: Iterable[int]) -> Read[list[tuple[AttemptRow, OrderRow]]]:
    """Attempts and their orders, locked in the order of the orders' ids. Ids that nobody ever gave out are left out."""
    wanted = sorted(set(ids))
    text = (
        f"SELECT {_ATTEMPT}, {_ORDER} FROM attempt a JOIN orders o ON o.id = a.order_id"
        f" WHERE a.id IN ({marks(wanted)}) ORDER BY o.id{database.for_update}"
    )
    return Read(text, wanted, lambda rows: [(AttemptRow(*row[:_WIDTH]), OrderRow(*row[_WIDTH:])) for row in rows])


def attempts_by_id(database: Database, connection: Connection, ids: Sequence[int]) -> dict[int, AttemptRow]:
    """Attempts by id, locked."""
    text = f"SELECT {_ATTEMPT} FROM attempt a WHERE a.id IN ({marks(ids)}) ORDER BY a.id{database.for_update}"
    return {row[0]: AttemptRow(*row) for row in database.rows(connection, text, sorted(ids))}


def plain_balances(ids: Iterable[int]) -> Read[dict[int, int]]:
    """Balances for messages, read without a lock."""
    wanted = sorted(ids)
    text = f"SELECT id, balance_minor FROM account WHERE id IN ({marks(wanted)})" if wanted else ""
    return Read(text, wanted, lambda rows: {row[0]: row[1] for row in rows})
