"""Who waits for an outcome: one thread a process that asks for all awaited orders in one query."""

import logging
import threading
from collections import defaultdict
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout

from sqlalchemy.exc import SQLAlchemyError

from recharge.books.database import Database
from recharge.books.statements import marks

_EVERY_SECONDS = 0.05
_log = logging.getLogger(__name__)


class Watcher:
    """Futures of orders' ends. The thread sleeps while nobody waits."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._awaited: dict[int, list[Future[None]]] = defaultdict(list)
        self._condition = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._thread.start()

    def wait(self, order_id: int, timeout: float) -> bool:
        """Whether the order came to rest within the timeout (seconds)."""
        future: Future[None] = Future()
        with self._condition:
            self._awaited[order_id].append(future)
            self._condition.notify()
        try:
            future.result(timeout)
            return True
        except FutureTimeout:
            return False
        finally:
            self._leave(order_id, future)

    def close(self) -> None:
        """Stop the thread; whoever waits runs into his timeout."""
        with self._condition:
            self._stopping = True
            self._condition.notify()
        self._thread.join()

    def _leave(self, order_id: int, future: "Future[None]") -> None:
        with self._condition:
            waiting = self._awaited.get(order_id, [])
            if future in waiting:
                waiting.remove(future)
            if not waiting:
                self._awaited.pop(order_id, None)

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._awaited or self._stopping)
                if self._stopping:
                    return
                wanted = list(self._awaited)
            self._tell(self._at_rest(wanted))
            with self._condition:
                self._condition.wait_for(lambda: self._stopping, _EVERY_SECONDS)

    def _at_rest(self, wanted: list[int]) -> list[int]:
        text = f"SELECT id FROM orders WHERE id IN ({marks(wanted)}) AND state IN ('succeeded', 'failed', 'reversed')"
        try:
            with self._database.read() as connection:
                return [row[0] for row in self._database.rows(connection, text, wanted)]
        except SQLAlchemyError:
            # The database is away for a moment: those who wait go on waiting, up to their own timeout.
            _log.warning("cannot look for awaited orders", exc_info=True)
            return []

    def _tell(self, ended: list[int]) -> None:
        with self._condition:
            futures = [future for order_id in ended for future in self._awaited.pop(order_id, [])]
        for future in futures:
            future.set_result(None)
