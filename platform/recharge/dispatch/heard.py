"""What links learn by themselves, from threads of their own: taken into the books one after another, and only then called kept."""

import queue
import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import DBAPIError

from recharge.books.database import DatabaseBusy
from recharge.suppliers.contract import Told

_LOOK_SECONDS = 0.5
_AGAIN_SECONDS = 1.0
_log = structlog.get_logger(__name__)


class Heard:
    """A tray that links put outcomes into. What is not taken before the process ends, its link tells again when it starts."""

    def __init__(self) -> None:
        self._tray: queue.SimpleQueue[Told] = queue.SimpleQueue()

    def tell(self, told: Told) -> None:
        """Put one in; never waits."""
        self._tray.put(told)

    def run(self, apply: Callable[[Told], None], stopped: threading.Event) -> None:
        """Take one after another until `stopped`. `apply` brings it into the books, or raises DatabaseBusy or DBAPIError."""
        while not stopped.is_set():
            try:
                told = self._tray.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                continue
            try:
                apply(told)
                told.kept()
            except (DBAPIError, DatabaseBusy) as error:
                _log.warning("outcome_waits", link=told.link_code, why=type(error).__name__)
                self._tray.put(told)
                stopped.wait(_AGAIN_SECONDS)
            except Exception as error:  # the loop's boundary: one outcome that cannot be applied must not hold up the others
                _log.exception("outcome_not_applied", link=told.link_code, reference=told.reference, why=type(error).__name__)
