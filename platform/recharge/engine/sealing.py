"""Sealing: entries are linked to their day's chain some seconds after they were committed, and the day's close ends its chain."""

from datetime import date, datetime, timedelta

from recharge.books import seals
from recharge.books.database import Database
from recharge.books.duties import hold_duty, leave_duty
from recharge.books.tables.metadata import stamp
from recharge.clock import Clock

DUTY = "sealing"
LEASE = timedelta(seconds=60)
# A transaction begun longer ago than this has hardly gone on; what still turns up is found when the day is closed.
WINDOW = timedelta(minutes=1)
_LAST_DAY = date(9999, 12, 31)


class Sealer:
    """Seals behind the writers: it locks nothing they touch. One at a time does the work; two at once do no harm."""

    def __init__(self, database: Database, clock: Clock, holder: str) -> None:
        self._database, self._clock, self._holder = database, clock, holder
        self._looked_at_all = False

    def turn(self) -> int:
        """Seal what waits, if this process has the duty; the number of entries sealed. The first turn looks at all open days."""
        now = self._clock.now()
        if not hold_duty(self._database, DUTY, self._holder, now, LEASE):
            self._looked_at_all = False
            return 0
        try:
            if self._looked_at_all:
                return seal_recent(self._database, now - WINDOW)
            sealed = seal_all(self._database, _LAST_DAY)
        except seals.Overtaken:
            # The lease ran out under us and another process has taken over.
            self._looked_at_all = False
            return 0
        self._looked_at_all = True
        return sealed

    def stop(self) -> None:
        """Leave the duty to others."""
        leave_duty(self._database, DUTY, self._holder)


def seal_day(database: Database, business_date: date, clock: Clock) -> bytes:
    """Close a business date's chain; returns its head (32 bytes), to be written down outside the database.

    A day that is closed already gives its head again. Raises seals.EarlierDayOpen while an earlier day with entries is open,
    seals.LaterDayClosed, and seals.Overtaken when the sealer or a writer came between: then simply again.
    """
    day = business_date.isoformat()
    with database.read() as connection:
        chain = seals.chain_of(database, connection, day)
    if chain.closed:
        return chain.head
    seal_all(database, business_date)
    with database.read() as connection:
        chain = seals.chain_of(database, connection, day)
    return seals.close(database, chain, clock.now())


def seal_recent(database: Database, since: datetime) -> int:
    """Seal what has no seal and was booked at `since` or later; the number of entries sealed. Raises seals.Overtaken."""
    with database.read() as connection:
        closed = seals.last_closed(database, connection)[0]
    # Whatever the zone and the cut-off, a moment's business date is at most a day away from its date in UTC.
    days = [(since.date() + timedelta(days=away)).isoformat() for away in range(-1, 3)]
    return sum(_seal_through(database, day, stamp(since)) for day in days if day > closed)


def seal_all(database: Database, until: date) -> int:
    """Seal everything without a seal in open days up to and with `until`; raises seals.Overtaken."""
    with database.read() as connection:
        days = seals.open_days(database, connection, until)
    return sum(_seal_through(database, day, seals.BEGINNING) for day in days)


def _seal_through(database: Database, day: str, since: str) -> int:
    sealed = 0
    while True:
        with database.read() as connection:
            entries = seals.unsealed(database, connection, day, since)
            chain = seals.chain_of(database, connection, day)
        if not entries:
            return sealed
        if chain.closed:
            raise seals.Overtaken(day)
        seals.append(database, chain, entries)
        # What comes next is not older than the last of these; those of the same moment have their seal by then.
        sealed, since = sealed + len(entries), entries[-1].at
