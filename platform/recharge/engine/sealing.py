"""Sealing: entries are linked to their day's chain some seconds after they were committed, and the day's close ends its chain."""

from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter

from recharge.books import seals
from recharge.books.database import Database
from recharge.books.duties import hold_duty, leave_duty
from recharge.clock import Clock

DUTY = "sealing"
LEASE = timedelta(seconds=60)
# A transaction that was begun longer ago than this has been given up; what still turns up is found when the day is sealed.
WINDOW = timedelta(minutes=10)
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
        since = now - WINDOW if self._looked_at_all else None
        try:
            sealed = seal_waiting(self._database, since, _LAST_DAY)
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

    A day that is closed already gives its head again.

    Raises seals.EarlierDayOpen while an earlier day with entries is open, seals.Overtaken when the sealer or a writer came
    between: then simply again.
    """
    day = business_date.isoformat()
    with database.read() as connection:
        chain = seals.chain_of(database, connection, day)
    if chain.closed:
        return chain.head
    seal_waiting(database, None, business_date)
    with database.read() as connection:
        chain = seals.chain_of(database, connection, day)
    return seals.close(database, chain, clock.now())


def seal_waiting(database: Database, since: datetime | None, until: date) -> int:
    """Seal every entry without a seal from `since` on (None: from ever), up to and with the day `until`; raises seals.Overtaken."""
    sealed = 0
    while True:
        with database.read() as connection:
            entries = seals.unsealed(database, connection, since, until)
            days = [(day, list(items)) for day, items in groupby(entries, key=attrgetter("business_date"))]
            chains = {day: seals.chain_of(database, connection, day) for day, _ in days}
        for day, items in days:
            seals.append(database, chains[day], items)
        if not entries:
            return sealed
        sealed += len(entries)
