"""The checker beside a working engine: one snapshot of moving books is as right as books at rest."""

import threading
from collections.abc import Iterator

import pytest

from recharge.books.database import Database
from recharge.books.rollup import roll_up
from recharge.domain.outcomes import AttemptAction, OutcomeState
from recharge.domain.requests import Reverse
from recharge.engine.sealing import Sealer
from recharge.verify import Finding, report, verify_books
from tests.support.province import Province
from tests.support.world import World

LOOKS = 8


@pytest.fixture
def world(clean_database_url: str) -> Iterator[World]:
    world = Province(clean_database_url)
    world.deposit("A", "5000.00")
    yield world
    world.close()


class Working(threading.Thread):
    """Sells, ends and reverses, rolls up and seals, until it is told to stop."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.stopping, self.rounds = world, threading.Event(), 0
        self.failed: BaseException | None = None

    def run(self) -> None:
        sealer = Sealer(self.world.database, self.world.clock, "test")
        try:
            while not self.stopping.is_set() and self.rounds < 40:
                self.one_round()
                roll_up(self.world.database)
                sealer.turn()
                self.rounds += 1
        except BaseException as error:  # told to the test, which raises it again
            self.failed = error

    def one_round(self) -> None:
        world = self.world
        replies = [world.recharge("A", "10.00", mark=self.rounds * 3 + offset + 1) for offset in range(3)]
        world.hear(world.send(replies[0]), OutcomeState.SUCCESS)
        world.hear(world.send(replies[1]), OutcomeState.FAILED)
        world.hear(world.send(replies[2]), OutcomeState.SUCCESS, delivered_minor=500, charged_minor=480)
        order = replies[0].order
        assert order is not None
        asked = world.ask("A", Reverse(order.order_number))
        world.hear(world.send(asked, AttemptAction.REVERSE), OutcomeState.SUCCESS)
        world.clock.pass_time(seconds=1)


def breaches(world: World, database: Database) -> list[Finding]:
    """All but I9: nobody dispatches here."""
    found = verify_books(database, world.clock.now())
    return [finding for finding in found if not finding.holds and finding.invariant != "I9"]


def test_moving_books_hold_at_every_look(world: World) -> None:
    working, database = Working(world), Database(world.url)
    working.start()
    try:
        looks = [breaches(world, database) for _ in range(LOOKS)]
    finally:
        working.stopping.set()
        working.join()
        database.close()
    if working.failed is not None:
        raise working.failed
    assert working.rounds > 0
    assert all(not found for found in looks), report(max(looks, key=len))
    assert breaches(world, world.database) == []
