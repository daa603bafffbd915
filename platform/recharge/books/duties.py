"""Duties that one process at a time should do: a lease in the database, taken over when its holder has gone quiet."""

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from recharge.books.database import Database
from recharge.books.tables.metadata import stamp

_TAKE = "UPDATE duty SET holder = ?, until = ? WHERE name = ? AND (holder = ? OR until < ?)"
_FIRST = "INSERT INTO duty (name, holder, until) VALUES (?, ?, ?)"
_LEAVE = "DELETE FROM duty WHERE name = ? AND holder = ?"


def hold_duty(database: Database, name: str, holder: str, now: datetime, lease: timedelta) -> bool:
    """Take or keep a duty until now + lease; False while somebody else has it.

    A lease is no proof: a holder that was stopped may wake up after it, so the work itself must stand being done by two.
    """
    until = stamp(now + lease)
    try:
        with database.write() as connection:
            if database.change(connection, _TAKE, (holder, until, name, holder, stamp(now))):
                return True
            if database.rows(connection, "SELECT 1 FROM duty WHERE name = ?", [name]):
                return False
            database.change(connection, _FIRST, (name, holder, until))
            return True
    except IntegrityError:
        # Somebody was first at the very first taking.
        return False


def leave_duty(database: Database, name: str, holder: str) -> None:
    """Give a duty up, so that another process need not wait for the lease to end."""
    with database.write() as connection:
        database.change(connection, _LEAVE, (name, holder))
