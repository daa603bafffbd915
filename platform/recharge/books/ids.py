"""Ids made by the program: time, then worker, then sequence, so that they sort by time and never meet."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from recharge.books.database import Database
from recharge.books.tables.control import worker
from recharge.clock import Clock

_EPOCH_MS = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp() * 1000)
_WORKER_BITS, _SEQUENCE_BITS = 10, 12
WORKERS = 1 << _WORKER_BITS
STALE_AFTER = timedelta(minutes=10)


class IdMaker:
    """Makes 63-bit ids: milliseconds since 2025 << 22 | worker number << 12 | sequence. Safe for threads."""

    def __init__(self, number: int, clock: Clock) -> None:
        self._worker = number << _SEQUENCE_BITS
        self._clock = clock
        self._last = 0
        self._lock = threading.Lock()

    def next(self) -> int:
        """One more id, larger than all before it from this maker, also when the clock was set back."""
        return self.at(self._clock.now())()

    def at(self, moment: datetime) -> Callable[[], int]:
        """Makes ids of one moment, for a batch that looks at the clock once."""
        lock = self._lock
        first = ((int(moment.timestamp() * 1000) - _EPOCH_MS) << (_WORKER_BITS + _SEQUENCE_BITS)) | self._worker

        def make() -> int:
            with lock:
                self._last = first if first > self._last else self._after_last()
                return self._last

        return make

    def _after_last(self) -> int:
        following = self._last + 1
        if following & ((1 << _SEQUENCE_BITS) - 1):
            return following
        # The sequence of this millisecond is used up: borrow the next millisecond.
        past = (self._last >> (_WORKER_BITS + _SEQUENCE_BITS)) + 1
        return (past << (_WORKER_BITS + _SEQUENCE_BITS)) | self._worker


class NoWorkerNumber(Exception):
    """More processes than ids can tell apart."""


SPAN = 1 << (_WORKER_BITS + _SEQUENCE_BITS)
"""How far two ids that were made a millisecond apart lie from each other."""


def first_id_at(moment: datetime) -> int:
    """The smallest id that can have been made at or after a moment: rows made since then are a stretch of the primary key."""
    return max(int(moment.timestamp() * 1000) - _EPOCH_MS, 0) * SPAN


def made_at(made: int) -> datetime:
    """When an id was made, to the millisecond."""
    return datetime.fromtimestamp((made // SPAN + _EPOCH_MS) / 1000, UTC)


def worker_of(made: int) -> int:
    """The worker number of whoever made an id."""
    return (made >> _SEQUENCE_BITS) & (WORKERS - 1)


def claim_worker(database: Database, holder: str, clock: Clock) -> int:
    """A worker number that no live process holds. The holder must call `keep_worker` well within STALE_AFTER. Raises NoWorkerNumber."""
    while True:
        with database.read() as connection:
            seen = {row.number: row.seen_at for row in connection.execute(select(worker))}
        now = clock.now()
        number = next((n for n in range(WORKERS) if n not in seen or seen[n] < now - STALE_AFTER), None)
        if number is None:
            raise NoWorkerNumber(f"all {WORKERS} worker numbers are held by living processes")
        if _take(database, number, holder, clock, seen.get(number)):
            return number


def _take(database: Database, number: int, holder: str, clock: Clock, seen_at: datetime | None) -> bool:
    row = {"holder": holder[:80], "seen_at": clock.now()}
    try:
        with database.write() as connection:
            if seen_at is None:
                connection.execute(worker.insert().values(number=number, **row))
                return True
            mine = (worker.c.number == number) & (worker.c.seen_at == seen_at)
            return connection.execute(worker.update().where(mine).values(**row)).rowcount == 1
    except IntegrityError:
        return False


def keep_worker(database: Database, number: int, clock: Clock) -> None:
    """Say that the number's holder is still there."""
    with database.write() as connection:
        connection.execute(worker.update().where(worker.c.number == number).values(seen_at=clock.now()))
