"""What has to be done though no terminal asks for it: reversals finished, batches of silent terminals closed, the journal written."""

import asyncio
import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from pos import tables
from pos.journal import Journal
from pos.reversals import Reversals
from pos.settlement import close_by_cut_over, end_what_was_in_hand
from pos.terminals import CLOSED
from recharge import Engine, Refusal, stored

_JOURNAL_SECONDS, _REVERSAL_SECONDS, _BATCH_SECONDS = 0.5, 5.0, 60.0
_REVERSAL_AGE = timedelta(seconds=5)
_MOST_BATCHES = 100
_log = logging.getLogger(__name__)


class Upkeep:
    """The process's own rounds. Any number of processes may do them: each step holds by itself."""

    def __init__(
        self,
        engine: Engine,
        reversals: Reversals,
        journal: Journal,
        now: Callable[[], datetime],
        day_of: Callable[[datetime], date],
        silent: timedelta,
    ) -> None:
        self._engine, self._reversals, self._journal = engine, reversals, journal
        self._now, self._day_of, self._silent = now, day_of, silent
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin the rounds."""
        rounds: list[tuple[Callable[[], object], float]] = [
            (self._journal.flush, _JOURNAL_SECONDS),
            (lambda: self._reversals.work(_REVERSAL_AGE), _REVERSAL_SECONDS),
            (self.close_old_batches, _BATCH_SECONDS),
            (lambda: end_what_was_in_hand(self._engine, self._now()), _BATCH_SECONDS),
        ]
        self._tasks = [asyncio.create_task(_every(seconds, work)) for work, seconds in rounds]

    async def close(self) -> None:
        """Stop, and write what the journal still holds."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            await asyncio.to_thread(self._journal.flush)
        except SQLAlchemyError:
            _log.warning("the journal's last rows could not be written")

    def close_old_batches(self) -> int:
        """End batches of earlier business days whose terminals have been silent for long enough; how many."""
        now = self._now()
        batch, terminal = tables.batch.c, tables.terminal.c
        silent = (terminal.seen_at.is_(None)) | (terminal.seen_at <= stored(now - self._silent))
        old = (batch.state != CLOSED) & (batch.opened_on < self._day_of(now)) & (batch.opened_at <= stored(now - self._silent)) & silent
        joined = tables.batch.join(tables.terminal, terminal.terminal == batch.terminal)
        query = select(batch.terminal, batch.number).select_from(joined).where(old).limit(_MOST_BATCHES)
        with self._engine.database.read() as connection:
            found = connection.execute(query).all()
        closed = 0
        for row in found:
            try:
                closed += close_by_cut_over(self._engine, row.terminal, row.number, now)
            except Refusal as refusal:
                _log.warning("batch %d of %s cannot be closed: %s", row.number, row.terminal, refusal)
        return closed


async def _every(seconds: float, work: Callable[[], object]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await asyncio.to_thread(work)
        # The rounds go on whatever one of them met: the database comes back.
        except Exception:
            _log.warning("a round of upkeep failed", exc_info=True)
