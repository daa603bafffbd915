"""The pool of running links: made from rows and secrets, made anew on change, left out and named when they cannot be made."""

import asyncio
from datetime import timedelta

import pytest

from recharge.dispatch.links import LinkPool
from recharge.engine.administration import SHELL
from tests.support.world import World

SETTINGS = {"url": "http://127.0.0.1:1/recharge/v1", "partner": "province-agent"}
SECRET = b"kongchong-example-secret-for-tests-only"


@pytest.fixture
def pool(world: World) -> LinkPool:
    world.office.links.set_secret(SHELL, "CARRIER", world.office.secrets.keep(SHELL, "link", "CARRIER", SECRET))
    world.office.links.set_settings(SHELL, "CARRIER", SETTINGS)
    return LinkPool(world.database, world.keys, world.clock, timedelta(seconds=90))


def refresh(pool: LinkPool) -> None:
    pool.take(pool.read())


def test_links_are_made_from_their_rows(world: World, pool: LinkPool) -> None:
    assert len(pool) == 0
    refresh(pool)
    assert list(pool) == [world.link_id]
    assert pool.id_of("CARRIER") == world.link_id
    assert pool[world.link_id].caps.query


def test_an_unchanged_link_is_kept(world: World, pool: LinkPool) -> None:
    refresh(pool)
    before = pool[world.link_id]
    world.office.links.pause(SHELL, "CARRIER")
    refresh(pool)
    assert pool[world.link_id] is before


def test_other_settings_or_another_secret_make_it_anew(world: World, pool: LinkPool) -> None:
    refresh(pool)
    first = pool[world.link_id]
    world.office.links.set_settings(SHELL, "CARRIER", SETTINGS | {"answer_seconds": 5})
    refresh(pool)
    second = pool[world.link_id]
    world.office.links.set_secret(SHELL, "CARRIER", world.office.secrets.keep(SHELL, "link", "CARRIER", SECRET[::-1]))
    refresh(pool)
    assert len({id(one) for one in (first, second, pool[world.link_id])}) == 3


def test_a_replaced_link_is_closed_only_when_nothing_can_be_on_its_way(
    world: World, pool: LinkPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[bool] = []

    async def close() -> None:
        closed.append(True)

    refresh(pool)
    monkeypatch.setattr(pool[world.link_id], "close", close)
    world.office.links.set_settings(SHELL, "CARRIER", SETTINGS | {"answer_seconds": 5})
    refresh(pool)
    asyncio.run(pool.close_retired())
    assert closed == []
    world.clock.pass_time(seconds=90)
    asyncio.run(pool.close_retired())
    asyncio.run(pool.close_retired())
    assert closed == [True]


def test_everything_is_closed_at_the_end(world: World, pool: LinkPool, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []

    async def close() -> None:
        closed.append(True)

    refresh(pool)
    monkeypatch.setattr(pool[world.link_id], "close", close)
    asyncio.run(pool.close())
    assert closed == [True]


@pytest.mark.parametrize("settings", [{}, {"url": "nowhere"}, SETTINGS | {"more": 1}])
def test_a_link_that_cannot_be_made_is_left_out_until_its_row_changes(world: World, pool: LinkPool, settings: dict[str, object]) -> None:
    world.office.links.set_settings(SHELL, "CARRIER", settings)
    refresh(pool)
    assert len(pool) == 0
    assert pool.id_of("CARRIER") is None
    world.office.links.set_settings(SHELL, "CARRIER", SETTINGS)
    refresh(pool)
    assert len(pool) == 1


def test_a_running_link_whose_new_settings_are_wrong_stops(world: World, pool: LinkPool) -> None:
    refresh(pool)
    world.office.links.set_settings(SHELL, "CARRIER", {})
    refresh(pool)
    assert len(pool) == 0


def test_a_secret_for_something_else_is_not_used(world: World, pool: LinkPool) -> None:
    world.office.links.set_secret(SHELL, "CARRIER", world.office.secrets.keep(SHELL, "terminal", "CARRIER", SECRET))
    refresh(pool)
    assert len(pool) == 0


def test_a_secret_that_does_not_open_stops_the_link_alone(world: World, pool: LinkPool) -> None:
    with world.database.write() as connection:
        world.database.change(connection, "UPDATE secret SET wrapped = ? WHERE purpose = 'link'", (b"x" * 60,))
    refresh(pool)
    assert len(pool) == 0


def test_a_link_without_a_secret_is_left_out(world: World, pool: LinkPool) -> None:
    with world.database.write() as connection:
        world.database.change(connection, "UPDATE link SET secret_id = NULL")
    refresh(pool)
    assert len(pool) == 0


def test_a_link_whose_row_is_gone_stops(world: World, pool: LinkPool) -> None:
    refresh(pool)
    pool.take([])
    assert len(pool) == 0
    with pytest.raises(KeyError):
        pool[world.link_id]
