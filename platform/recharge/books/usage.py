"""What tiers and the platform have sold, read from the roll-ups: close to the truth, never locked per order."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from recharge.books.database import Database
from recharge.domain.limits import Counters, month_of

PLATFORM = ("platform", 0)
_FRESH_FOR = timedelta(seconds=1)


class UsageTotals:
    """Rolled-up sales by scope, at most a second old; what is in flight may pass a limit by itself (architecture.md, Books)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read_at: datetime | None = None
        self._totals: dict[tuple[str, int, str], tuple[int, int]] = {}

    def refresh(self, connection: Connection, now: datetime, today: date) -> None:
        """Read the present day's and month's totals again when they are stale."""
        if self._read_at is not None and abs(now - self._read_at) < _FRESH_FOR:
            return
        text = "SELECT scope, scope_id, period, orders, face_minor FROM usage_total WHERE period IN (?, ?)"
        rows = self._database.rows(connection, text, [today.isoformat(), month_of(today)])
        self._totals = {(row[0], row[1], row[2]): (row[3], row[4]) for row in rows}
        self._read_at = now

    def counters(self, scope: tuple[str, int], today: date) -> Counters:
        """The scope's counters of today and this month."""
        day = self._totals.get((*scope, today.isoformat()), (0, 0))
        month = self._totals.get((*scope, month_of(today)), (0, 0))
        return Counters(today, day[0], day[1], month_of(today), month[0], month[1])


def scopes_of(tier_id: int | None) -> Iterable[tuple[str, int]]:
    """The scopes a sale is counted for."""
    return (PLATFORM,) if tier_id is None else (PLATFORM, ("tier", tier_id))
