"""The process is killed at every statement, commit, send and receive of an order's life; what is left must come to the right end."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from recharge.books.database import Database
from recharge.verify import holds, report, verify_books
from tests.proof.killed.carrier import LEFT, RECEIVED, Way
from tests.proof.killed.laws import breaches
from tests.proof.killed.life import Place, Process, forget_health, last_point, recover, trail
from tests.proof.killed.nursery import Nursery
from tests.proof.planted import FAULTS
from tests.proof.quiet import quiet
from tests.support.province import Province

LEAST_POINTS = 40


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """Nothing of what the recovering processes log."""
    with quiet():
        yield


@pytest.fixture(params=list(Way), ids=lambda way: way.name.lower())
def place(clean_database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    """A province on each kind of database, for each way of the carrier."""
    return made(clean_database_url, tmp_path, request.param)


def made(url: str, folder: Path, way: Way) -> Place:
    """A province with enough money for an order a point."""
    world = Province(url)
    world.deposit("A", "100000.00")
    world.close()
    return Place(url, world.link_id, folder, way, world.clock)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Where the lives begin; no fault in it."""
    with closing(Nursery()) as made:
        yield made


def survive(nursery: Nursery, place: Place, point: int, database: Database) -> bool:
    """Kill at a point and recover; False when the process got through before it. Fails where anything does not hold.

    The processes that recover have their connections one after the other.
    """
    reference, number = f"form {point}", f"1380013{point:04d}"
    killed = nursery.killed_at(place, point, reference, number)
    where = f"{place.way.value}, killed at point {point}: {last_point(place)}"
    order_id = recover(Process(place, 3, database=database), place, reference, number)
    found = list(breaches(database, place, reference, order_id))
    forget_health(database)
    assert not found, f"{where}\n" + "\n".join(found)
    return killed


def sweep(nursery: Nursery, place: Place) -> int:
    """Kill at every point, one after the other; how many there are."""
    with closing(Database(place.url)) as database:
        return next(point for point in count(1) if not survive(nursery, place, point, database)) - 1


@pytest.mark.slow
def test_a_kill_at_any_point_does_no_harm(nursery: Nursery, place: Place) -> None:
    points = sweep(nursery, place)
    names = trail(place).read_text().splitlines()
    assert points == len(names) >= LEAST_POINTS
    assert {LEFT, RECEIVED, "before commit", "after commit"} <= set(names)
    with closing(Database(place.url)) as database:
        findings = verify_books(database, place.clock.now() + timedelta(seconds=1))
    assert holds(findings), report(findings)


@pytest.mark.parametrize("name", ["lease_end_is_not_sent", "money_back_on_unknown", "roll_up_in_two", "attempt_not_committed"])
def test_a_planted_fault_does_not_survive_the_kills(
    name: str, clean_sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kills would find what they are there for."""
    place = made(clean_sqlite_url, tmp_path, Way.OK)
    next(planted for planted in FAULTS if planted.name == name).plant(monkeypatch)
    with closing(Nursery(name)) as nursery, pytest.raises(AssertionError, match="killed at point"):
        sweep(nursery, place)
