"""An office on each kind of database, with a clock that a test sets."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.books.tables.catalogue import version
from recharge.books.tables.parties import audit
from recharge.domain.parties import PartyKind, Role
from recharge.engine.administration import SHELL, Actor, Administration
from recharge.keys.store import KeyStore


@dataclass
class SetClock:
    """Stands still until it is moved."""

    moment: datetime = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def move(self, **by: int) -> None:
        self.moment += timedelta(**by)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


MASTER_KEY = bytes(range(32))


@pytest.fixture
def keys() -> KeyStore:
    return KeyStore(MASTER_KEY)


@pytest.fixture
def database(clean_database_url: str) -> Iterator[Database]:
    opened = Database(clean_database_url)
    yield opened
    opened.close()


@pytest.fixture
def office(database: Database, clock: SetClock, keys: KeyStore) -> Administration:
    return Administration(database, IdMaker(1, clock), clock, keys)


@pytest.fixture
def tree(office: Administration) -> Administration:
    """A platform, a distributor below it, a point below that, one tier, one carrier and one product."""
    office.catalogue.add_tier(SHELL, "GOLD", "金牌")
    office.catalogue.add_carrier(SHELL, "CMCC", "中国移动")
    office.catalogue.add_fixed(SHELL, "S10", "移动10元", "CMCC", 10_00)
    office.parties.register(SHELL, "HQ", "省代理", PartyKind.PLATFORM)
    office.parties.register(SHELL, "D1", "东城分销", PartyKind.DISTRIBUTOR, "HQ", "GOLD")
    office.parties.register(SHELL, "P1", "和平路店", PartyKind.POINT, "D1", "GOLD")
    return office


def staff(office: Administration, role: Role, code: str = "STAFF1") -> Actor:
    """One of the platform's own people."""
    return Actor(office.people.register(SHELL, code, "张三", "HQ", role))


def seen_version(database: Database) -> int:
    """How many changes the caches have been told of."""
    with database.read() as connection:
        return connection.scalar(select(version.c.version)) or 0


def audit_actions(database: Database) -> list[str]:
    """What has been done, oldest first."""
    with database.read() as connection:
        return list(connection.scalars(select(audit.c.action).order_by(audit.c.id)))


def rows_in(database: Database, table: object) -> int:
    """How many rows a table has."""
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]
