"""The one place where real parts are chosen: database, clock, keys, ids, rules and the engine, from a deployment's settings."""

import gc
import os
import socket
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from recharge.books.database import Database
from recharge.books.directory import Directory
from recharge.books.house import house_accounts
from recharge.books.ids import STALE_AFTER, IdMaker, claim_worker, keep_worker
from recharge.clock import Clock, SystemClock
from recharge.engine.administration import Administration
from recharge.engine.door import Engine
from recharge.engine.parts import Parts, Rules
from recharge.keys.logins import Logins
from recharge.keys.store import KeyStore
from recharge.settings import Settings

# Some hundred orders of a batch are a few thousand objects; Python's own 700, 10, 10 look through them many times an order's life.
_YOUNG_OBJECTS, _YOUNG_ROUNDS, _OLD_ROUNDS = 20_000, 20, 100
_KEEP_EVERY_SECONDS = STALE_AFTER.total_seconds() / 5


def spare_collections() -> None:
    """Let Python's cycle collector look less often: orders on their way are many and make no cycles.

    What start-up made (code, settings, tables) is set aside for good, once a process, so that it is not looked through again and again.
    """
    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, _YOUNG_ROUNDS, _OLD_ROUNDS)


def open_database(settings: Settings) -> Database:
    """Connections to the deployment's database."""
    return Database(settings.database_url, settings.database_pool)


def open_parts(settings: Settings) -> Parts:
    """What every use case works with. Raises NotSetUp."""
    database, clock = open_database(settings), SystemClock()
    return Parts(
        database=database,
        clock=clock,
        calendar=settings.calendar,
        ids=open_ids(database, clock),
        keys=KeyStore(settings.master_key_bytes),
        rules=_rules(settings),
        house=house_accounts(database),
        directory=Directory(),
    )


def open_administration(settings: Settings) -> Administration:
    """The desks at which parties, catalogue and links are changed; works on an empty database."""
    database, clock = open_database(settings), SystemClock()
    return Administration(database, open_ids(database, clock), clock, KeyStore(settings.master_key_bytes))


def open_engine(settings: Settings) -> Engine:
    """The engine of one process. Raises NotSetUp."""
    parts = open_parts(settings)
    spare_collections()
    return Engine(parts, Logins(parts.database, parts.clock, parts.keys), waker(settings.wake_socket))


def open_ids(database: Database, clock: Clock) -> IdMaker:
    """Ids under a worker number that no other live process has; a thread says that it is still held as long as the process lives."""
    holder = f"{socket.gethostname()}:{os.getpid()}"
    number = claim_worker(database, holder, clock)
    ids = IdMaker(number, clock)
    threading.Thread(target=_keep, args=(database, number, clock, weakref.ref(ids)), name="worker-number", daemon=True).start()
    return ids


def waker(path: Path | None) -> Callable[[], None]:
    """What rings for the dispatcher: an empty datagram on its local socket. A lost one costs a look's interval, never an order."""
    return _ring_nowhere if path is None else partial(_ring, str(path))


def _ring(path: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell, suppress(OSError):
        bell.setblocking(False)
        bell.sendto(b"", path)


def _ring_nowhere() -> None:
    """The dispatcher looks by itself."""


def _rules(settings: Settings) -> Rules:
    return Rules(
        numbering=settings.numbering_plan,
        tries=settings.try_rules,
        reversal=settings.reversal_rules,
        transfer=settings.transfer_rules,
        guard=settings.guard_rules,
        hours=settings.sales_hours,
        minor_digits=settings.minor_digits,
    )


def _keep(database: Database, number: int, clock: Clock, ids: "weakref.ref[IdMaker]") -> None:
    """Say that the number is held, as long as somebody makes ids with it."""
    pause = threading.Event()
    while not pause.wait(_KEEP_EVERY_SECONDS) and ids() is not None:
        # A database that is away now is asked again long before the number counts as given up.
        with suppress(SQLAlchemyError):
            keep_worker(database, number, clock)
