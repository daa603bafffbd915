"""Ways out: supplier links with their stock accounts, and the routes that say what goes through which."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, select

from recharge.books.changes import CATALOGUE
from recharge.books.tables.control import secret
from recharge.books.tables.suppliers import link, route
from recharge.domain.orders import OUTWARD_KINDS, OrderKind
from recharge.engine.administration import checks, lookups
from recharge.engine.administration.accounts import open_account
from recharge.engine.administration.errors import bad, unknown
from recharge.engine.administration.office import Change, Desk, Duty, duty
from recharge.suppliers.registry import KINDS

_MOST_SETTINGS = 10_000


@dataclass(frozen=True, slots=True)
class Route:
    """What may go through a link: a carrier's recharges or bill payments, everywhere ("") or in one province, at local times.

    `cost_bp` is what the supplier takes, of the face value; a lower `priority` is tried first.
    """

    carrier_code: str
    kind: OrderKind
    cost_bp: int
    priority: int = 10
    province: str = ""
    opens: str = "00:00"
    closes: str = "24:00"


class Links(Desk):
    """Changes of links and routes."""

    @duty(Duty.LINKS)
    def register(
        self,
        change: Change,
        code: str,
        name: str,
        kind: str,
        settings: Mapping[str, Any],
        secret_id: int | None = None,
        most_in_flight: int = 100,
        reserve_minor: int = 0,
    ) -> int:
        """A new link with its stock account; its id.

        `kind` is a folder of recharge/suppliers, `settings` is what that kind reads: never a secret, which is kept apart.
        """
        code = checks.code("code", code)
        link_id = change.ids.next()
        row = {
            "id": link_id,
            "code": code,
            "name": checks.name(name),
            "kind": _kind(kind),
            "settings": _settings(settings),
            "secret_id": _secret(change, secret_id),
            "paused": False,
            "most_in_flight": checks.amount("most_in_flight", most_in_flight),
            "reserve_minor": checks.limit("reserve_minor", reserve_minor),
        }
        change.insert(link, "link", code, **row)
        open_account(change, "stock", link_id, balance_minor=None)
        change.note("link_registered", f"link:{code}", kind=kind, settings=dict(settings))
        change.stale(CATALOGUE, link_id)
        return link_id

    @duty(Duty.LINKS)
    def set_settings(self, change: Change, code: str, settings: Mapping[str, Any]) -> None:
        """Other settings: another address, other waiting times."""
        _update(change, code, "link_settings", settings=_settings(settings))

    @duty(Duty.SECRETS)
    def set_secret(self, change: Change, code: str, secret_id: int) -> None:
        """Another secret, kept before with `Secrets.keep`."""
        _update(change, code, "link_secret", secret_id=_secret(change, secret_id))

    @duty(Duty.BLOCKING)
    def pause(self, change: Change, code: str) -> None:
        """Send nothing new through it. What was sent is followed to its end."""
        _update(change, code, "link_paused", paused=True)

    @duty(Duty.BLOCKING)
    def resume(self, change: Change, code: str) -> None:
        """Use it again."""
        _update(change, code, "link_resumed", paused=False)

    @duty(Duty.LINKS)
    def add_route(self, change: Change, link_code: str, way: Route) -> int:
        """Let a carrier's recharges or bill payments go through a link; the route's id."""
        route_id = change.ids.next()
        row = {
            "id": route_id,
            "link_id": lookups.id_of(change.connection, "link", link_code),
            "carrier_id": lookups.id_of(change.connection, "carrier", way.carrier_code),
            "province": checks.printable("province", way.province, 24),
            "kind": _outward(way.kind),
            "cost_bp": checks.share("cost_bp", way.cost_bp),
            "priority": checks.limit("priority", way.priority),
            "opens": checks.time_of_day("opens", way.opens),
            "closes": checks.time_of_day("closes", way.closes),
        }
        change.insert(route, "route", link_code, **row)
        change.note("route_added", f"link:{link_code}", **asdict(way))
        change.stale(CATALOGUE, route_id)
        return route_id

    @duty(Duty.LINKS)
    def drop_route(self, change: Change, route_id: int) -> None:
        """Nothing new goes that way any more."""
        if change.connection.execute(route.delete().where(route.c.id == route_id)).rowcount == 0:
            raise unknown("route", str(route_id))
        change.note("route_dropped", f"route:{route_id}")
        change.stale(CATALOGUE, route_id)

    def all(self) -> Sequence[Row[Any]]:
        """Every link, by code."""
        with self.office.database.read() as connection:
            return connection.execute(select(link).order_by(link.c.code)).all()


def _outward(kind: OrderKind) -> str:
    if kind not in OUTWARD_KINDS:
        raise bad("kind", kind)
    return kind.value


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise bad("kind", kind)
    return kind


def _settings(settings: Mapping[str, Any]) -> str:
    text = json.dumps(dict(settings), ensure_ascii=False)
    if len(text) > _MOST_SETTINGS:
        raise bad("settings", len(text))
    return text


def _secret(change: Change, secret_id: int | None) -> int | None:
    known = secret_id is None or change.connection.scalar(select(secret.c.id).where(secret.c.id == secret_id)) is not None
    if not known:
        raise unknown("secret", str(secret_id))
    return secret_id


def _update(change: Change, code: str, action: str, **values: Any) -> None:
    found = lookups.row_of(change.connection, "link", code)
    change.connection.execute(link.update().where(link.c.id == found.id).values(**values))
    change.note(action, f"link:{found.code}", before={key: found._mapping[key] for key in values}, after=values)
    change.stale(CATALOGUE, found.id)
