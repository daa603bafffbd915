"""A province to measure on: points under three levels of distributors, with money in their deposits, on a database of its own."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from recharge.books.database import Database
from recharge.books.directory import Directory
from recharge.books.house import house_accounts
from recharge.books.ids import IdMaker
from recharge.books.schema import migrate
from recharge.clock import BusinessCalendar, SystemClock
from recharge.domain.orders import OrderKind
from recharge.domain.parties import PartyKind
from recharge.domain.requests import Channel, EndpointKind, Origin, Recharge, Request, ServicePassword
from recharge.domain.rules import GuardRules
from recharge.engine.administration import SHELL, Administration, Route
from recharge.engine.parts import Parts, Rules
from recharge.keys.store import KeyStore
from tests.support.mariadb import shared_server, stop_shared_server

PASSWORD = "274961"  # noqa: S105 - a made-up one
DEPOSIT_MINOR = 10**12
MASTER_KEY = bytes(range(32))


@dataclass(frozen=True, slots=True)
class Province:
    """A seeded database and how to ask for recharges on it."""

    url: str
    points: int

    def parts(self, worker: int) -> Parts:
        """The parts of one process."""
        database, clock = Database(self.url), SystemClock()
        calendar = BusinessCalendar(ZoneInfo("Asia/Shanghai"), time(0, 0))
        rules = Rules(guard=GuardRules(timedelta(0)))
        return Parts(database, clock, calendar, IdMaker(worker, clock), KeyStore(MASTER_KEY), rules, house_accounts(database), Directory())

    def request(self, number: int, *, hot: bool, prefix: str = "") -> Request:
        """The n-th recharge of 50.00, of another customer each; by one point, or by all in turn."""
        point = 0 if hot else number % self.points
        origin = Origin(Channel.WEB, EndpointKind.WEB_LOGIN, f"shop{point}", f"{prefix}{number}")
        return Request(origin, ServicePassword(PASSWORD), Recharge(f"138{number % 10**8:08d}", 5000))


@contextmanager
def sqlite_province(points: int) -> Iterator[Province]:
    """On a new SQLite file."""
    with tempfile.TemporaryDirectory(prefix="kongchong-bench-") as folder:
        yield _seeded(f"sqlite:///{Path(folder) / 'bench.sqlite3'}", points)


@contextmanager
def mariadb_province(points: int) -> Iterator[Province]:
    """On a private MariaDB with full durability, started for the run."""
    with tempfile.TemporaryDirectory(prefix="kongchong-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = shared_server(folder, os.getpid())
        try:
            server.create("bench")
            yield _seeded(server.url("bench"), points)
        finally:
            stop_shared_server(folder)


def _seeded(url: str, points: int) -> Province:
    migrate(url)
    database, clock = Database(url), SystemClock()
    desk = Administration(database, IdMaker(1023, clock), clock, KeyStore(MASTER_KEY))
    _catalogue(desk)
    desk.parties.register(SHELL, "ROOT", "省代理", PartyKind.PLATFORM)
    for code, parent in (("D1", "ROOT"), ("D2", "D1"), ("D3", "D2")):
        desk.parties.register(SHELL, code, code, PartyKind.DISTRIBUTOR, parent, "DIST")
    for number in range(points):
        code = f"P{number}"
        desk.parties.register(SHELL, code, code, PartyKind.POINT, "D3", "POINT")
        desk.endpoints.bind(SHELL, EndpointKind.WEB_LOGIN, f"shop{number}", code)
        desk.credentials.set(SHELL, code, PASSWORD, temporary=False)
    with database.write() as connection:
        # Money out of nowhere: what is measured is not how it came.
        database.change(connection, "UPDATE account SET balance_minor = ? WHERE kind = 'deposit'", (DEPOSIT_MINOR,))
    database.close()
    return Province(url, points)


def _catalogue(desk: Administration) -> None:
    for tier in ("POINT", "DIST"):
        desk.catalogue.add_tier(SHELL, tier, tier)
    desk.catalogue.add_carrier(SHELL, "CMCC", "中国移动")
    desk.ranges.load(SHELL, "prefix,carrier,province\n138,CMCC,北京\n")
    desk.catalogue.add_fixed(SHELL, "S50", "50", "CMCC", 5000)
    desk.prices.set(SHELL, "POINT", "S50", 200)
    desk.prices.set(SHELL, "DIST", "S50", 0, 20)
    desk.links.register(SHELL, "CARRIER", "省平台", "carrier_platform", {}, most_in_flight=1_000_000)
    desk.links.add_route(SHELL, "CARRIER", Route("CMCC", OrderKind.RECHARGE, 9600))
