"""Links, routes and the links' health as the dispatcher reads them; health is changed only where nobody else changed it meanwhile."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from recharge.books.rows import moment_or_none
from recharge.books.statements import AnyRow, Read
from recharge.books.tables.control import secret
from recharge.books.tables.suppliers import link_health
from recharge.domain.breaker import Breaker, BreakerState
from recharge.domain.orders import OrderKind
from recharge.domain.routing import Route


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link as it is set up. Amount in minor units."""

    id: int
    code: str
    kind: str
    settings: Mapping[str, object]
    secret_id: int | None
    paused: bool
    most_in_flight: int
    reserve_minor: int


@dataclass(frozen=True, slots=True)
class Health:
    """A link's breaker and stock, with the version they were read at (None: no row yet)."""

    link_id: int
    breaker: Breaker
    stock_minor: int | None = None
    stock_at: datetime | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class WrappedSecret:
    """A secret as it is kept, with what it is bound to."""

    purpose: str
    name: str
    version: int
    wrapped: bytes


def _links(rows: Sequence[AnyRow]) -> list[LinkRow]:
    return [LinkRow(row[0], row[1], row[2], json.loads(row[3]), row[4], bool(row[5]), row[6], row[7]) for row in rows]


def _routes(rows: Sequence[AnyRow]) -> list[Route]:
    return [Route(row[0], row[1], row[2], OrderKind(row[3]), row[4], row[5], row[6], row[7]) for row in rows]


def _health(rows: Sequence[AnyRow]) -> dict[int, Health]:
    return {row[0]: _health_of(row) for row in rows}


def _health_of(row: AnyRow) -> Health:
    breaker = Breaker(BreakerState(row[1]), moment_or_none(row[2]), row[3], moment_or_none(row[4]))
    return Health(row[0], breaker, row[5], moment_or_none(row[6]), row[7])


_LINK_COLUMNS = "id, code, kind, settings, secret_id, paused, most_in_flight, reserve_minor"
_ROUTE_COLUMNS = "link_id, carrier_id, province, kind, cost_bp, priority, opens, closes"
# A reserved word (window) needs no quotes behind a point, on either database.
_HEALTH_COLUMNS = "h.link_id, h.breaker, h.opened_at, h.window, h.probe_at, h.stock_minor, h.stock_at, h.version"

LINKS = Read(f"SELECT {_LINK_COLUMNS} FROM link ORDER BY id", (), _links)
"""All links."""
ROUTES = Read(f"SELECT {_ROUTE_COLUMNS} FROM route", (), _routes)
"""All routes."""
CARRIERS = Read("SELECT id, code FROM carrier", (), lambda rows: {row[0]: str(row[1]) for row in rows})
"""Carriers' codes by id."""
HEALTH = Read(f"SELECT {_HEALTH_COLUMNS} FROM link_health h", (), _health)
"""The links' health by link; links without a row are healthy and have no entry."""


def read_secret(connection: Connection, secret_id: int) -> WrappedSecret | None:
    """A secret by its id."""
    row = connection.execute(select(secret).where(secret.c.id == secret_id)).first()
    return None if row is None else WrappedSecret(row.purpose, row.name, row.version, row.wrapped)


def change_health(connection: Connection, before: Health, after: Health) -> bool:
    """Write a link's health; False, and nothing written, when somebody else wrote since `before` was read."""
    breaker = after.breaker
    values: dict[str, object] = {
        "breaker": breaker.state.value,
        "opened_at": breaker.opened_at,
        "window": breaker.window,
        "probe_at": breaker.probe_at,
        "stock_minor": after.stock_minor,
        "stock_at": after.stock_at,
    }
    if before.version is None:
        return _insert(connection, before.link_id, values)
    seen = (link_health.c.link_id == before.link_id) & (link_health.c.version == before.version)
    return connection.execute(link_health.update().where(seen).values(**values, version=before.version + 1)).rowcount == 1


def _insert(connection: Connection, link_id: int, values: dict[str, object]) -> bool:
    try:
        with connection.begin_nested():
            connection.execute(link_health.insert().values(link_id=link_id, version=0, **values))
    except IntegrityError:
        return False
    return True
