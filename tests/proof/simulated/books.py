"""The books in memory, copied from a template for each seed, with commits that are lost on the way or end the process that made them."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from recharge.books.database import Database
from recharge.books.tables.metadata import metadata
from recharge.domain.orders import OrderKind
from recharge.domain.posting_rules import House
from recharge.engine.administration import SHELL, Route
from recharge.keys.store import KeyStore
from tests.support.world import MASTER_KEY, World

DEPOSITS = {"A": "3000.00", "B": "150.00"}
COSTS_BP = {"CARRIER": 9600, "SECOND": 9650}
_LOST = 2013


class CommitFault(Enum):
    """What may happen to a commit: lost on the way there, or the answer to it lost; the process killed just before, or just after."""

    LOST = "lost"
    KEPT_UNHEARD = "kept, but the answer was lost"
    DIED_BEFORE = "died before"
    DIED_AFTER = "died after"


class Died(BaseException):
    """The process was killed here. Not an Exception: nothing in the engine may catch it."""


class MemoryBooks(Database):
    """One SQLite database in memory, used by all simulated processes. `fault` is asked at each commit."""

    def __init__(self) -> None:
        super().__init__("sqlite://")
        self.fault: Callable[[], CommitFault | None] = lambda: None

    def load(self, template: bytes) -> None:
        """Begin anew with a copy of the template."""
        with self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.deserialize(template)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """As the real one, with faults at the commit."""
        fault = None
        with super().write() as connection:
            yield connection
            fault = self.fault()
            if fault is CommitFault.LOST:
                raise _lost_connection()
            if fault is CommitFault.DIED_BEFORE:
                raise Died
        if fault is CommitFault.KEPT_UNHEARD:
            raise _lost_connection()
        if fault is CommitFault.DIED_AFTER:
            raise Died


def _lost_connection() -> OperationalError:
    return OperationalError("COMMIT", {}, Exception(_LOST, "Lost connection to server during query"))


@dataclass(frozen=True)
class Template:
    """The small province as bytes, with what the simulation must know of it."""

    image: bytes
    links: dict[str, int]
    house: House
    keys: KeyStore


def make_template() -> Template:
    """The province of tests/support/world.py with deposits paid in and a second link."""
    with tempfile.TemporaryDirectory(prefix="kongchong-proof-", dir=_fast_folder()) as folder:
        path = Path(folder) / "template.sqlite3"
        url = f"sqlite:///{path}"
        empty = Database(url)
        metadata.create_all(empty.engine)
        empty.close()
        world = World(url)
        second = world.office.links.register(SHELL, "SECOND", "第二平台", "carrier_platform", {})
        for kind in (OrderKind.RECHARGE, OrderKind.BILL_PAYMENT):
            world.office.links.add_route(SHELL, "SECOND", Route("CMCC", kind, COSTS_BP["SECOND"], priority=20))
        for point, amount in DEPOSITS.items():
            world.deposit(point, amount)
        world.close()
        return Template(_image(path), {"CARRIER": world.link_id, "SECOND": second}, world.parts.house, world.keys)


def _fast_folder() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _image(path: Path) -> bytes:
    source, memory = sqlite3.connect(path), sqlite3.connect(":memory:")
    try:
        # A copy in memory has no write-ahead log beside it, and its header must not ask for one.
        source.execute("PRAGMA journal_mode=DELETE")
        source.backup(memory)
        return memory.serialize()
    finally:
        source.close()
        memory.close()


def fresh_keys() -> KeyStore:
    """The keys the template's passwords were made with."""
    return KeyStore(MASTER_KEY)
