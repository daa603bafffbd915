"""From an order in the books through the dispatcher, a chip and its operator back into the books; and what a dead process leaves."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recharge.dispatch.heard import Heard
from recharge.dispatch.links import LinkPool
from recharge.dispatch.parts import DispatchParts, DispatchRules
from recharge.dispatch.service import Service, ServiceOptions
from recharge.dispatch.worker import WorkerRules
from recharge.domain.orders import OrderKind
from recharge.domain.replies import Reply
from recharge.engine.administration import SHELL, Route
from recharge.suppliers.contract import LinkDesk
from recharge.suppliers.starting_rules import starting_rules
from recharge.verify import verify_books
from simulators.modem_farm import generate
from tests.recharge.suppliers.chip_modem.farmyard import PIN, Farmyard, farmyard
from tests.support.province import Province
from tests.support.world import NUMBER, ManualClock, World

WAIT = 60.0


class WallClock(ManualClock):
    """The machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Dispatching:
    """A dispatcher in a thread of the test's process, for the length of a `with`."""

    def __init__(self, world: World) -> None:
        rules, heard = DispatchRules(lease=timedelta(seconds=45)), Heard()
        desk = LinkDesk(world.database, world.ids, heard.tell)
        pool = LinkPool(world.database, world.keys, world.clock, rules.lease, desk=desk)
        parts = DispatchParts(world.database, world.clock, world.ids, world.finisher, pool, world.parts.calendar, rules, pool.replies)
        options = ServiceOptions(WorkerRules(), None, "", (), heard)
        self._make: Callable[[], Service] = lambda: Service(parts, pool, options)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="dispatcher")
        self._up = threading.Event()

    def __enter__(self) -> "Dispatching":
        self._thread.start()
        assert self._up.wait(WAIT)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._service.stop)
        self._thread.join(WAIT)
        assert not self._thread.is_alive()

    async def _run(self) -> None:
        self._loop, self._service = asyncio.get_running_loop(), self._make()
        self._loop.call_soon(self._up.set)
        await self._service.run()


@pytest.fixture
def world(clean_sqlite_url: str) -> Iterator[World]:
    made = Province(clean_sqlite_url, clock=WallClock())
    made.office.replies.start(SHELL, starting_rules("CN"))
    made.deposit("A", "1000.00")
    yield made
    made.close()


@pytest.fixture
def yard(tmp_path: Path, clean_sqlite_url: str, world: World) -> Iterator[Farmyard]:
    with farmyard(tmp_path, clean_sqlite_url, generate.farm(2, "fen", inbox=False), "CN") as made:
        secret_id = world.office.secrets.keep(SHELL, "link", "CHIP", json.dumps({"service": PIN}).encode())
        world.office.links.register(SHELL, "CHIP", "卡", "chip_modem", made.settings(answer_seconds=2), secret_id, most_in_flight=1)
        world.office.links.add_route(SHELL, "CHIP", Route("CMCC", OrderKind.RECHARGE, 9600, priority=1))
        yield made


def until(true: Callable[[], object], what: object = "") -> None:
    end = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def ended(world: World, reply: Reply, state: str = "succeeded") -> None:
    until(lambda: world.state(reply) == state, world.state(reply))


def broken(world: World) -> list[str]:
    """What the books' own reader finds fault with."""
    return [str(one) for one in verify_books(world.database, world.clock.now()) if not one.holds]


def sources(world: World) -> list[str]:
    return [row[0] for row in world.rows("SELECT source FROM answer WHERE state = 'success'")]


def test_an_order_goes_through_a_chip_and_its_proof_comes_back(world: World, yard: Farmyard) -> None:
    with Dispatching(world):
        reply = world.recharge("A", "50.00")
        ended(world, reply)
        [(number, units, serial)] = yard.credits()
        assert (number, units) == (NUMBER, 50)
        assert world.one("SELECT serial_number FROM attempt") == serial
        until(lambda: world.one("SELECT stock_minor FROM link_health") is not None)
    assert not broken(world)
    view = world.office.chips.all(world.clock.now())[0]
    left = yard.farm.call(lambda: yard.farm.farm.ledger.chip(yard.chips[0]["iccid"])["stock_minor"])
    assert (view.expected_minor, view.open_orders, view.row.state) == (left, 0, "away")


def test_silence_is_unknown_until_the_operators_list_is_read(world: World, yard: Farmyard) -> None:
    yard.arm("silent")
    with Dispatching(world):
        reply = world.recharge("A", "50.00")
        ended(world, reply)
    assert sources(world) == ["query"]
    assert [number for number, _, _ in yard.credits()] == [NUMBER]
    assert not broken(world)


def test_a_message_that_came_while_no_process_lived_ends_the_order(world: World, yard: Farmyard) -> None:
    yard.arm("pending")
    with Dispatching(world):
        reply = world.recharge("A", "50.00")
        ended(world, reply, "unknown")
    until(yard.credits)
    until(lambda: yard.do(lambda farm: farm.sim(yard.chips[0]["iccid"]).store.places or farm.sim(yard.chips[0]["iccid"]).waiting))
    with Dispatching(world):
        ended(world, reply)
    assert len(yard.credits()) == 1
    assert not broken(world)


def test_while_a_chip_is_away_nothing_is_sent_and_the_order_waits(world: World, yard: Farmyard) -> None:
    yard.do(lambda farm: [farm.unplug(slot) for slot in list(farm.slots)])
    with Dispatching(world):
        reply = world.recharge("A", "50.00")
        until(lambda: world.rows("SELECT facts FROM order_event WHERE kind = 'no_route'"))
        assert world.state(reply) == "held"
        assert "not_running" in world.one("SELECT facts FROM order_event WHERE kind = 'no_route'")
    assert yard.credits() == []
