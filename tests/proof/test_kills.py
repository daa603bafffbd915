"""The process is killed at every statement, commit, send and receive of an order's life; what is left must come to the right end."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from recharge.books.database import Database
from recharge.verify import holds, report, verify_books
from tests.proof.killed.carrier import LEFT, RECEIVED, Way
from tests.proof.killed.laws import breaches
from tests.proof.killed.life import Place, Process, forget_health, killed_at, last_point, recover, trail
from tests.proof.quiet import quiet
from tests.support.world import World

LEAST_POINTS = 40


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """Nothing of what the recovering processes log."""
    with quiet():
        yield


@pytest.fixture(params=list(Way), ids=lambda way: way.name.lower())
def place(clean_database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    """A province with enough money for an order a point."""
    world = World(clean_database_url)
    world.deposit("A", "100000.00")
    world.close()
    return Place(clean_database_url, world.link_id, tmp_path, request.param, world.clock)


def survive(place: Place, point: int) -> bool:
    """Kill at a point and recover; False when the process got through before it."""
    reference, number = f"form {point}", f"1380013{point:04d}"
    killed = killed_at(place, point, reference, number)
    where = f"{place.way.value}, killed at point {point}: {last_point(place)}"
    # No connection is open in this process while it forks: a child must not inherit one.
    process = Process(place, 3)
    order_id = recover(process, reference, number)
    found = list(breaches(process.database, place, reference, order_id))
    forget_health(process.database)
    process.database.close()
    assert not found, f"{where}\n" + "\n".join(found)
    return killed


def test_a_kill_at_any_point_does_no_harm(place: Place) -> None:
    points = next(point for point in count(1) if not survive(place, point)) - 1
    names = trail(place).read_text().splitlines()
    assert points == len(names) >= LEAST_POINTS
    assert {LEFT, RECEIVED, "before commit", "after commit"} <= set(names)
    database = Database(place.url)
    findings = verify_books(database, place.clock.now() + timedelta(seconds=1))
    database.close()
    assert holds(findings), report(findings)
