"""The dispatcher as it runs: its own loop, threads, sockets and callback server, against the simulated carrier process."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recharge.dispatch import worker
from recharge.dispatch.links import LinkPool
from recharge.dispatch.parts import DispatchParts, DispatchRules
from recharge.dispatch.service import Service, ServiceOptions
from recharge.dispatch.worker import WorkerRules
from recharge.domain.replies import Reply
from recharge.engine.administration import SHELL
from simulators.carrier.testing import RunningCarrier, start
from tests.support.machine import free_port
from tests.support.province import Province
from tests.support.world import ManualClock, World

QUICK = {"final": 0.2, "withhold": 2.0, "slow_median": 0.01, "gap": 0.1, "take_back": 0.2}


class RunningClock(ManualClock):
    """A clock that runs six times as fast as the machine's: what is left for seconds later comes sooner."""

    def __init__(self) -> None:
        super().__init__()
        self.began = datetime.now(UTC)

    def now(self) -> datetime:
        return self.began + 6 * (datetime.now(UTC) - self.began)


class Process:
    """A dispatcher in a thread of the test's process."""

    def __init__(self, world: World, folder: Path, bind: str) -> None:
        rules = DispatchRules(lease=timedelta(seconds=45))
        self.pool = LinkPool(world.database, world.keys, world.clock, rules.lease)
        parts = DispatchParts(world.database, world.clock, world.ids, world.finisher, self.pool, world.parts.calendar, rules)
        self.chores = 0
        self.wake_path = folder / "wake"
        options = ServiceOptions(WorkerRules(), self.wake_path, bind, (self._chore,))
        self._make: Callable[[], Service] = lambda: Service(parts, self.pool, options)
        self._ready = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="dispatcher")
        self.thread.start()
        assert self._ready.wait(20)

    async def _run(self) -> None:
        self.service = self._make()
        self._loop = asyncio.get_running_loop()
        self._loop.call_later(0.1, self._ready.set)
        await self.service.run()

    def _chore(self, stopped: threading.Event) -> None:
        self.chores += 1
        stopped.wait(60)

    def stop(self) -> None:
        if self.thread.is_alive():
            self._loop.call_soon_threadsafe(self.service.stop)
            self.thread.join(60)
        assert not self.thread.is_alive()


@pytest.fixture
def clock() -> RunningClock:
    return RunningClock()


@pytest.fixture(scope="module")
def bind() -> str:
    return f"127.0.0.1:{free_port()}"


@pytest.fixture(scope="module")
def carrier_process(tmp_path_factory: pytest.TempPathFactory, bind: str) -> Iterator[RunningCarrier]:
    with start(tmp_path_factory.mktemp("carrier"), callback_url=f"http://{bind}/callback/CARRIER") as running:
        yield running


@pytest.fixture
def carrier(carrier_process: RunningCarrier) -> RunningCarrier:
    carrier_process.control.reset()
    carrier_process.control.behave(durations=QUICK, callback_plan=[0.2, 0.2, 0.2])
    return carrier_process


@pytest.fixture
def world(clean_database_url: str, clock: RunningClock, carrier: RunningCarrier) -> Iterator[World]:
    made = Province(clean_database_url, clock=clock)
    made.deposit("A", "10000.00")
    links = made.office.links
    links.set_secret(SHELL, "CARRIER", made.office.secrets.keep(SHELL, "link", "CARRIER", carrier.secret))
    links.set_settings(SHELL, "CARRIER", {"url": f"{carrier.base_url}/recharge/v1", "partner": carrier.partner, "answer_seconds": 1})
    yield made
    made.close()


@pytest.fixture
def dispatcher(world: World, tmp_path: Path, bind: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    monkeypatch.setattr(worker, "LOOK_AFTER_LINKS_EVERY", timedelta(milliseconds=200))
    process = Process(world, tmp_path, bind)
    yield process
    process.stop()


def becomes(world: World, reply: Reply, state: str) -> bool:
    return soon(lambda: world.state(reply) == state)


def soon(holds: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return holds()


def recharge(world: World, process: Process, number: str, mark: int = 0) -> Reply:
    reply = world.recharge("A", "50.00", number=number, mark=mark)
    assert reply.done, reply
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.sendto(b"", str(process.wake_path))
    return reply


def test_orders_of_every_kind_end_as_the_carrier_did(world: World, dispatcher: Process, carrier: RunningCarrier) -> None:
    expected = {"13800138000": "succeeded", "13800139050": "failed", "13800139010": "succeeded", "13800139003": "succeeded"}
    replies = {number: recharge(world, dispatcher, number) for number in expected}
    for number, state in expected.items():
        assert becomes(world, replies[number], state), (number, world.state(replies[number]))
    assert world.hold_balance() == 0
    assert dispatcher.chores == 1
    credited = [row for row in carrier.control.ledger()["credits"] if row["direction"] == 1]
    assert len(credited) == 3


def test_a_callback_ends_an_order_long_before_the_next_question(world: World, dispatcher: Process) -> None:
    reply = recharge(world, dispatcher, "13800139010")
    assert becomes(world, reply, "succeeded")
    assert ("callback",) in world.rows("SELECT DISTINCT source FROM answer")


def test_five_callbacks_are_one_answer(world: World, dispatcher: Process, carrier: RunningCarrier) -> None:
    reply = recharge(world, dispatcher, "13800139020")
    assert becomes(world, reply, "succeeded")
    assert soon(lambda: len(carrier.control.ledger()["callbacks"]) >= 1)
    time.sleep(1)
    assert world.one("SELECT COUNT(*) FROM answer WHERE source = 'callback'") == 1


def test_a_forged_callback_moves_nothing(world: World, dispatcher: Process) -> None:
    reply = recharge(world, dispatcher, "13800139022")
    time.sleep(1)
    assert world.one("SELECT COUNT(*) FROM answer WHERE source = 'callback'") == 0
    assert world.state(reply) != "failed"


def test_many_orders_are_carried_out_together(world: World, dispatcher: Process, carrier: RunningCarrier) -> None:
    replies = [recharge(world, dispatcher, f"1380013{number:04}") for number in range(120)]
    assert soon(lambda: world.one("SELECT COUNT(*) FROM orders WHERE state = 'succeeded' AND kind = 'recharge'") == 120)
    assert {world.state(reply) for reply in replies} == {"succeeded"}
    assert carrier.control.ledger()["totals"]


def test_stopping_waits_for_what_is_on_its_way(world: World, dispatcher: Process, carrier: RunningCarrier) -> None:
    carrier.control.behave("slow", durations={"slow_median": 0.3})
    replies = [recharge(world, dispatcher, f"1380013{number:04}") for number in range(10)]
    assert soon(lambda: world.one("SELECT COUNT(*) FROM attempt") == 10)
    dispatcher.stop()
    assert world.one("SELECT COUNT(*) FROM attempt WHERE state = 'sending'") == 0
    assert len(replies) == 10


def test_the_stock_is_learnt(world: World, dispatcher: Process) -> None:
    assert soon(lambda: world.rows("SELECT stock_minor FROM link_health") == [(10_000_000_000,)])


def test_down_opens_the_breaker_and_up_closes_it(world: World, dispatcher: Process, carrier: RunningCarrier) -> None:
    carrier.control.behave("refused")
    failing = [recharge(world, dispatcher, f"1380013{number:04}") for number in range(6)]
    assert soon(lambda: world.rows("SELECT breaker FROM link_health") == [("open",)])
    carrier.control.behave("ok")
    reply = recharge(world, dispatcher, "13800138000")
    assert becomes(world, reply, "succeeded")
    assert soon(lambda: world.rows("SELECT breaker FROM link_health") == [("closed",)])
    # One that was on a connection while the port was being closed may rightly stay unknown; all others end.
    assert soon(lambda: {world.state(one) for one in failing} <= {"succeeded", "failed", "unknown"}), [world.state(one) for one in failing]
    assert world.hold_balance() == 4900 * [world.state(one) for one in failing].count("unknown")


def test_a_link_whose_secret_changes_is_made_anew(world: World, dispatcher: Process) -> None:
    before = dict(dispatcher.pool)
    world.office.links.set_settings(SHELL, "CARRIER", {"url": "nonsense"})
    assert soon(lambda: not dict(dispatcher.pool))
    assert before
