"""The process behind the others, `python -m recharge.upkeep`: rolls accruals up, seals entries, watches stock, deletes old texts."""

import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from recharge.books.database import Database, DatabaseBusy
from recharge.books.duties import hold_duty, leave_duty
from recharge.books.ids import IdMaker, claim_worker, keep_worker
from recharge.books.reply_retention import prune
from recharge.books.rollup import roll_up
from recharge.clock import Clock, SystemClock
from recharge.engine.sealing import Sealer
from recharge.engine.stock_watch import StockWatch, WatchRules
from recharge.logs import configure_logs
from recharge.settings import Settings, load_settings

_log = structlog.get_logger(__name__)

ROLL_UP_EVERY = timedelta(seconds=1)
SEAL_EVERY = timedelta(seconds=5)
KEEP_EVERY = timedelta(minutes=1)
STOCK_EVERY = timedelta(minutes=10)
PRUNE_EVERY = timedelta(hours=1)
STOCK_DUTY = "stock watch"
# How often the loop looks whether something is due; also the longest a signal waits.
_BEAT_SECONDS = 0.2


@dataclass(slots=True)
class Task:
    """Something done again and again; `due` is None until the first time."""

    name: str
    every: timedelta
    work: Callable[[], object]
    due: datetime | None = None


class Upkeep:
    """Runs its tasks when they are due. Several such processes may run at once, on any number of machines."""

    def __init__(
        self, database: Database, clock: Clock, holder: str, watch: StockWatch | None = None, texts_kept: timedelta | None = None
    ) -> None:
        self._texts_kept = texts_kept
        self._database, self._clock, self._holder = database, clock, holder
        self._sealer = Sealer(database, clock, holder)
        self._watch = watch
        self._number: int | None = None
        self._held_back: frozenset[int] = frozenset()
        self._stopping = threading.Event()
        self._tasks = [
            Task("heartbeat", KEEP_EVERY, self._keep),
            Task("roll-up", ROLL_UP_EVERY, self._roll_up),
            Task("sealing", SEAL_EVERY, self._sealer.turn),
            Task("stock", STOCK_EVERY, self._look_at_stock),
            Task("old texts", PRUNE_EVERY, self._prune_texts),
        ]

    def run(self) -> None:
        """Work until `stop` is called; what has been begun is finished, and duties are left to others."""
        while not self._stopping.wait(_BEAT_SECONDS):
            self.turn()
        self._guarded(Task("leaving", SEAL_EVERY, self._sealer.stop))
        self._guarded(Task("leaving", SEAL_EVERY, lambda: leave_duty(self._database, STOCK_DUTY, self._holder)))

    def stop(self) -> None:
        """Ask `run` to return soon; may be called from a signal handler or another thread."""
        self._stopping.set()

    def turn(self) -> None:
        """Do once whatever is due."""
        for task in self._tasks:
            now = self._clock.now()
            # A clock that was set back must not put work off until it has caught up.
            if task.due is None or not now < task.due <= now + task.every:
                task.due = now + task.every
                self._guarded(task)

    def _guarded(self, task: Task) -> None:
        try:
            task.work()
        except (OperationalError, InterfaceError, DatabaseBusy) as error:
            # The database is away or busy: nothing of this was kept, and it is due again soon.
            _log.warning("put_off", task=task.name, error=type(error).__name__)

    def _keep(self) -> None:
        """A row in `worker` says that this process lives; operators and other processes read it there."""
        if self._number is None:
            self._number = claim_worker(self._database, self._holder, self._clock)
        keep_worker(self._database, self._number, self._clock)

    def _look_at_stock(self) -> None:
        """One process at a time: the look reads days of attempts."""
        if self._watch is None or self._number is None:
            return
        if hold_duty(self._database, STOCK_DUTY, self._holder, self._clock.now(), 2 * STOCK_EVERY):
            self._watch.look(IdMaker(self._number, self._clock))

    def _prune_texts(self) -> None:
        if self._texts_kept is None:
            return
        count = prune(self._database, self._clock.now() - self._texts_kept)
        if count:
            _log.info("old_texts_deleted", count=count)

    def _roll_up(self) -> None:
        held_back = roll_up(self._database).held_back
        if held_back != self._held_back:
            self._held_back = held_back
            _log.warning("accruals_held_back_by_floor", accounts=sorted(held_back))


def watch_rules(settings: Settings) -> WatchRules:
    """How stock is watched in this deployment."""
    told = timedelta(hours=settings.stock_alarm_hours)
    return WatchRules(settings.calendar.zone, settings.stock_forecast_days, told)


def holder_name() -> str:
    """What this process calls itself in leases: upkeep, machine and process number."""
    return f"upkeep {socket.gethostname()[:50]} {os.getpid()}"


def main() -> None:
    """Run with the deployment's settings until SIGTERM or SIGINT."""
    settings = load_settings()
    configure_logs(settings.log_level)
    database = Database(settings.database_url, pool_size=2)
    watch = StockWatch(database, SystemClock(), watch_rules(settings))
    upkeep = Upkeep(database, SystemClock(), holder_name(), watch, timedelta(days=settings.reply_text_days))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: upkeep.stop())
    try:
        upkeep.run()
    finally:
        database.close()


if __name__ == "__main__":
    main()
