"""Links, routes, secrets and health as they are read, and health written only over what was read."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from recharge.books.link_statements import (
    CARRIERS,
    HEALTH,
    LINKS,
    ROUTES,
    Health,
    change_health,
    read_secret,
)
from recharge.domain.breaker import Breaker, BreakerState
from recharge.domain.orders import OrderKind
from recharge.engine.administration import SHELL, Route
from tests.support.province import Province
from tests.support.world import World


@pytest.fixture
def world(clean_database_url: str) -> Iterator[World]:
    made = Province(clean_database_url)
    yield made
    made.close()


def test_links_with_their_settings(world: World) -> None:
    world.office.links.set_settings(SHELL, "CARRIER", {"url": "http://127.0.0.1:1/x", "answer_seconds": 5})
    world.office.links.pause(SHELL, "CARRIER")
    with world.database.read() as connection:
        row = world.database.find(connection, LINKS)[0]
    assert (row.id, row.code, row.kind, row.paused, row.most_in_flight) == (world.link_id, "CARRIER", "carrier_platform", True, 100)
    assert row.settings == {"url": "http://127.0.0.1:1/x", "answer_seconds": 5}
    assert row.secret_id is None


def test_routes_and_carriers(world: World) -> None:
    world.office.links.add_route(SHELL, "CARRIER", Route("CMCC", OrderKind.RECHARGE, 9500, province="北京"))
    with world.database.read() as connection:
        routes, carriers = world.database.find(connection, ROUTES), world.database.find(connection, CARRIERS)
    assert len(routes) == 5
    special = next(one for one in routes if one.province)
    assert (special.province, special.cost_bp, special.kind) == ("北京", 9500, OrderKind.RECHARGE)
    assert carriers[special.carrier_id] == "CMCC"
    assert set(carriers.values()) == {"CMCC", "CUCC"}


def test_a_secret_with_what_it_is_bound_to(world: World) -> None:
    kept = world.office.secrets.keep(SHELL, "link", "CARRIER", b"a secret")
    with world.database.read() as connection:
        found = read_secret(connection, kept)
        assert read_secret(connection, kept + 1) is None
    assert found is not None
    assert (found.purpose, found.name, found.version) == ("link", "CARRIER", 1)
    assert world.keys.unwrap(found.purpose, found.name, found.version, found.wrapped) == b"a secret"


def write(world: World, before: Health, after: Health) -> bool:
    with world.database.write() as connection:
        return change_health(connection, before, after)


def stored(world: World) -> Health:
    with world.database.read() as connection:
        return world.database.find(connection, HEALTH)[world.link_id]


def test_health_comes_back_as_it_was_written(world: World) -> None:
    now = world.clock.now()
    fresh = Health(world.link_id, Breaker())
    told = replace(fresh, breaker=Breaker(BreakerState.OPEN, now, "xx?.", now + timedelta(seconds=5)), stock_minor=123, stock_at=now)
    with world.database.read() as connection:
        assert world.database.find(connection, HEALTH) == {}
    assert write(world, fresh, told)
    assert stored(world) == replace(told, version=0)
    closed = replace(stored(world), breaker=Breaker(window="."))
    assert write(world, stored(world), closed)
    assert stored(world) == replace(closed, version=1)


def test_the_second_of_two_writers_is_refused(world: World) -> None:
    fresh = Health(world.link_id, Breaker())
    assert write(world, fresh, replace(fresh, stock_minor=1))
    assert not write(world, fresh, replace(fresh, stock_minor=2))
    seen = stored(world)
    assert write(world, seen, replace(seen, stock_minor=3))
    assert not write(world, seen, replace(seen, stock_minor=4))
    assert stored(world).stock_minor == 3


def test_a_refused_first_row_leaves_the_transaction_usable(world: World) -> None:
    fresh = Health(world.link_id, Breaker())
    assert write(world, fresh, fresh)
    with world.database.write() as connection:
        assert not change_health(connection, fresh, replace(fresh, stock_minor=2))
        assert change_health(connection, world.database.find(connection, HEALTH)[world.link_id], replace(fresh, stock_minor=5))
    assert stored(world).stock_minor == 5
