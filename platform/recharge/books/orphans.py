"""Orders whose dispatcher died: found by the worker number in their lease, and made due at once instead of at the lease's end."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from recharge.books.database import Database
from recharge.books.ids import worker_of
from recharge.books.tables.metadata import stamp

_LEASED = "SELECT id, lease FROM orders WHERE due_at > ? AND state IN ('sending', 'reversing') AND lease <> ''"


def free_orphans(database: Database, now: datetime, host: str, alive: Callable[[int], bool]) -> int:
    """Make due the orders that are leased to processes of this host which are no more; how many there were.

    Being wrong here does no harm: an order that comes due while it is on its way is asked about, and never sent again for that.
    """
    return database.retrying(lambda connection: _free(database, connection, now, host, alive))


def _free(database: Database, connection: Connection, now: datetime, host: str, alive: Callable[[int], bool]) -> int:
    leased = [(row[0], row[1]) for row in database.rows(connection, _LEASED, [stamp(now)])]
    if not leased:
        return 0
    dead = _dead_workers(database, connection, host, alive)
    lost = [(order_id, lease) for order_id, lease in leased if _holder(lease) in dead]
    text = "UPDATE orders SET due_at = ? WHERE id = ? AND lease = ? AND state IN ('sending', 'reversing')"
    return sum(database.change(connection, text, (stamp(now), order_id, lease)) for order_id, lease in lost)


def _dead_workers(database: Database, connection: Connection, host: str, alive: Callable[[int], bool]) -> set[int]:
    rows = [(row[0], *row[1].rpartition(":")[::2]) for row in database.rows(connection, "SELECT number, holder FROM worker")]
    return {number for number, where, process in rows if where == host and process.isdigit() and not alive(int(process))}


def _holder(lease: str) -> int | None:
    """The worker number in a claim's token, which is an id in hexadecimal digits; None for a lease of another kind."""
    try:
        return worker_of(int(lease, 16))
    except ValueError:
        return None
