"""Links, routes and the links' health as the dispatcher reads them; health is changed only where nobody else changed it meanwhile."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from recharge.books.tables.catalogue import carrier
from recharge.books.tables.control import secret
from recharge.books.tables.suppliers import link, link_health, route
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


def read_links(connection: Connection) -> list[LinkRow]:
    """All links."""
    rows = connection.execute(select(link).order_by(link.c.id))
    return [
        LinkRow(row.id, row.code, row.kind, json.loads(row.settings), row.secret_id, row.paused, row.most_in_flight, row.reserve_minor)
        for row in rows
    ]


def read_routes(connection: Connection) -> list[Route]:
    """All routes."""
    return [
        Route(row.link_id, row.carrier_id, row.province, OrderKind(row.kind), row.cost_bp, row.priority, row.opens, row.closes)
        for row in connection.execute(select(route))
    ]


def read_carriers(connection: Connection) -> dict[int, str]:
    """Carriers' codes by id."""
    return {row.id: row.code for row in connection.execute(select(carrier.c.id, carrier.c.code))}


def read_secret(connection: Connection, secret_id: int) -> WrappedSecret | None:
    """A secret by its id."""
    row = connection.execute(select(secret).where(secret.c.id == secret_id)).first()
    return None if row is None else WrappedSecret(row.purpose, row.name, row.version, row.wrapped)


def read_health(connection: Connection) -> dict[int, Health]:
    """The links' health by link; links without a row are healthy and have no entry."""
    return {
        row.link_id: Health(
            row.link_id,
            Breaker(BreakerState(row.breaker), row.opened_at, row.window, row.probe_at),
            row.stock_minor,
            row.stock_at,
            row.version,
        )
        for row in connection.execute(select(link_health))
    }


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
