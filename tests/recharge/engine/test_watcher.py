"""Waiting for an order's end: told as soon as it has come, by one thread for everybody."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from recharge.domain import requests as ask
from recharge.domain.outcomes import OutcomeState
from recharge.engine.watcher import Watcher
from tests.support.books import number_of, sold, succeed, take_back
from tests.support.world import World

LONG = 30


@pytest.fixture
def watcher(world: World) -> Iterator[Watcher]:
    made = Watcher(world.database)
    yield made
    made.close()


def test_an_order_at_rest_is_told_at_once(world: World, watcher: Watcher) -> None:
    assert watcher.wait(int(number_of(sold(world))), LONG)


def test_an_order_under_way_runs_into_the_timeout(world: World, watcher: Watcher) -> None:
    reply = world.recharge("A")
    assert not watcher.wait(int(number_of(reply)), 0.01)
    assert not watcher.wait(int(number_of(reply)), 0)
    assert not watcher.wait(12345, 0.01)


@pytest.mark.parametrize("state", [OutcomeState.SUCCESS, OutcomeState.FAILED])
def test_everybody_who_waits_is_told(world: World, watcher: Watcher, state: OutcomeState) -> None:
    reply = world.recharge("A")
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(watcher.wait, int(number_of(reply)), LONG) for _ in range(8)]
        world.hear(world.send(reply), state)
        assert all(future.result(LONG) for future in waiting)


def test_a_reversal_is_waited_for_like_an_order(world: World, watcher: Watcher) -> None:
    reply = sold(world)
    world.ask("A", ask.Reverse(number_of(reply)))
    assert not watcher.wait(int(number_of(reply)), 0.01)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(watcher.wait, int(number_of(reply)), LONG)
        take_back(world, reply)
        assert waiting.result(LONG)


def test_many_orders_at_once(world: World, watcher: Watcher) -> None:
    replies = [world.recharge("A", "10.00", f"138001380{n:02}") for n in range(30)]
    with ThreadPoolExecutor(30) as pool:
        waiting = [pool.submit(watcher.wait, int(number_of(reply)), LONG) for reply in replies]
        for reply in replies:
            succeed(world, reply)
        assert all(future.result(LONG) for future in waiting)


def test_who_gave_up_is_forgotten(world: World, watcher: Watcher) -> None:
    reply = world.recharge("A")
    for _ in range(5):
        assert not watcher.wait(int(number_of(reply)), 0.001)
    assert watcher._awaited == {}


def test_the_database_away_for_a_moment_only_delays(world: World, watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    reply = sold(world)
    rows, tries, failed = world.database.rows, iter([True, True]), threading.Event()

    def away(*given: object) -> object:
        if next(tries, False):
            failed.set()
            raise OperationalError("SELECT", {}, Exception("gone away"))
        return rows(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(world.database, "rows", away)
    assert watcher.wait(int(number_of(reply)), LONG)
    assert failed.is_set()


def test_closing_twice_does_no_harm(world: World) -> None:
    made = Watcher(world.database)
    made.close()
    made.close()
