"""Fixtures: one carrier process for a run, made new for each test, and a small world without any process."""

import asyncio
import itertools
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from simulators.carrier.behaviour import BEHAVIOURS
from simulators.carrier.callbacks import CallbackBook
from simulators.carrier.clock import CarrierClock
from simulators.carrier.controls import Controls
from simulators.carrier.ledger import Ledger
from simulators.carrier.messages import Request
from simulators.carrier.orders import Order, OrderBook, Taken
from simulators.carrier.testing import RunningCarrier, start
from tests.simulators.carrier.partner import SAMPLE, Listener, Partner, listening

# 2026-11-21 20:40:00 at +08:00.
EVENING = 1_795_264_800.0
QUICK = {"final": 0.1, "hidden": 0.3, "queue": 0.3, "take_back": 0.1, "withhold": 0.3, "slow_median": 0.01, "gap": 0.1}


@pytest.fixture(scope="session")
def listener_process() -> Iterator[Listener]:
    with listening() as heard:
        yield heard


@pytest.fixture(scope="session")
def carrier_process(tmp_path_factory: pytest.TempPathFactory, listener_process: Listener) -> Iterator[RunningCarrier]:
    with start(tmp_path_factory.mktemp("carrier"), callback_url=listener_process.url) as running:
        yield running


@pytest.fixture
def listener(listener_process: Listener) -> Iterator[Listener]:
    listener_process.forget()
    yield listener_process
    listener_process.forget()


@pytest.fixture
def carrier(carrier_process: RunningCarrier, listener: Listener) -> RunningCarrier:
    """The carrier with an empty ledger and waits short enough for a test."""
    carrier_process.control.reset()
    carrier_process.control.behave(durations=QUICK, callback_plan=[0.1, 0.1], callback_wait_seconds=2)
    return carrier_process


@pytest.fixture
def partner(carrier: RunningCarrier) -> Partner:
    return Partner(carrier.base_url)


@dataclass
class Hand:
    """A machine's clock that a test moves by hand."""

    seconds: float = EVENING

    def __call__(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class World:
    """The carrier's rules on a ledger of their own, without sockets: each step is a commit of its own."""

    path: Path
    dedupe: bool = True
    hand: Hand = field(default_factory=Hand)

    def __post_init__(self) -> None:
        self.clock = CarrierClock(self.hand)
        self.controls = Controls(1, self.clock)
        self.ledger = Ledger(self.path)
        self.ledger.open_stock("province-agent", 10_000_000, "20261120")
        calls = CallbackBook(self.clock, self.controls)
        self.book = OrderBook(self.clock, self.controls, calls.announce, dedupe=self.dedupe)
        self._references = itertools.count(1001)
        self.runner = asyncio.Runner()

    def reference(self) -> str:
        return str(next(self._references))

    def take(
        self,
        reference: str,
        number: str = SAMPLE,
        amount: int = 5000,
        behaviour: str = "ok",
        operation: str = "Recharge",
        original: str = "",
    ) -> Taken:
        request = Request(operation, reference, number, amount, original)
        return self.ledger.read(lambda connection: self.book.take(connection, request, BEHAVIOURS[behaviour]))

    def reverse(self, reference: str, original: str, number: str = SAMPLE, amount: int = 5000) -> Taken:
        return self.take(reference, number, amount, operation="Reverse", original=original)

    def order(self, reference: str) -> Order:
        order = self.ledger.read(lambda connection: self.book.find(connection, reference))
        assert order is not None
        return order

    def later(self, seconds: float) -> None:
        """Time passes and what has come due is done."""
        self.hand.wait(seconds)
        self.ledger.read(self.book.run_due)

    def rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        def fetch(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
            return connection.execute(statement, values).fetchall()

        return self.ledger.read(fetch)

    def close(self) -> None:
        self.runner.close()
        self.ledger.close()

    def one(self, statement: str, *values: object) -> object:
        return self.rows(statement, *values)[0][0]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "carrier.sqlite")
    yield made
    made.close()


@pytest.fixture
def forgetful_world(tmp_path: Path) -> Iterator[World]:
    """A carrier that carries a repeated reference out again."""
    made = World(tmp_path / "forgetful.sqlite", dedupe=False)
    yield made
    made.close()
