"""The dispatcher's real process is killed again and again in its traffic with the carrier's real process: no order is lost."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

import pytest

from recharge.books.rollup import roll_up
from recharge.engine.administration import SHELL
from recharge.verify import holds, report, verify_books
from simulators.carrier.testing import RunningCarrier, start
from tests.support.machine import free_port
from tests.support.province import Province
from tests.support.world import MASTER_KEY, ManualClock, World

ORDERS, KILLS, PATIENCE_SECONDS = 12, 6, 200.0
_MARKS = count(1)
# Every fourth order meets something else than a plain success (simulators/carrier/behaviour.py).
SUFFIXES = ("9000", "9000", "9000", "9002", "9000", "9010", "9000", "9011", "9000", "9020", "9040", "9051")
QUICK = {"final": 0.3, "withhold": 2.0, "slow_median": 0.05, "gap": 0.1}


class MachineClock(ManualClock):
    """The machine's time: the processes beside us have no other."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class DispatcherProcess:
    """`kongchong dispatch`, started and killed as often as wanted."""

    url: str
    bind: str
    folder: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def begin(self) -> None:
        """Start it."""
        settings = {
            "ENVIRONMENT": "development",
            "DATABASE_URL": self.url,
            "MASTER_KEY": MASTER_KEY.hex(),
            "CALLBACK_BIND": self.bind,
            "WAKE_SOCKET": str(self.folder / "wake"),
            "DISPATCH_LEASE_SECONDS": "45",
            "DISPATCH_IDLE_MS": "100",
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("KONGCHONG_")}
        environment = inherited | {f"KONGCHONG_{name}": value for name, value in settings.items()}
        command = [sys.executable, "-m", "recharge.cli", "dispatch"]
        with (self.folder / "dispatch.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(30)
            self.process = None


@pytest.fixture
def bind() -> str:
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def carrier(tmp_path: Path, bind: str) -> Iterator[RunningCarrier]:
    with start(tmp_path, callback_url=f"http://{bind}/callback/CARRIER") as running:
        running.control.behave(durations=QUICK, callback_plan=[0.2, 0.5, 1.0, 2.0])
        yield running


@pytest.fixture
def world(clean_database_url: str, carrier: RunningCarrier) -> Iterator[World]:
    made = Province(clean_database_url, clock=MachineClock())
    made.deposit("A", "10000.00")
    links = made.office.links
    links.set_secret(SHELL, "CARRIER", made.office.secrets.keep(SHELL, "link", "CARRIER", carrier.secret))
    links.set_settings(SHELL, "CARRIER", {"url": f"{carrier.base_url}/recharge/v1", "partner": carrier.partner, "answer_seconds": 2})
    yield made
    made.close()


@pytest.fixture
def dispatcher(world: World, tmp_path: Path, bind: str) -> Iterator[DispatcherProcess]:
    made = DispatcherProcess(world.url, bind, tmp_path)
    yield made
    made.kill()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_dispatcher_killed_in_traffic_loses_nothing(world: World, dispatcher: DispatcherProcess, carrier: RunningCarrier) -> None:
    seed = int(os.environ.get("KONGCHONG_SEED", "1"))
    promised = traffic_with_kills(world, dispatcher, Random(seed))
    dispatcher.begin()
    left = wait_for_the_end(world)
    dispatcher.kill()
    roll_up(world.database)
    known = {row[0] for row in world.rows("SELECT id FROM orders WHERE kind = 'recharge'")}
    assert promised <= known, f"KONGCHONG_SEED={seed}: acknowledged and lost: {promised - known}"
    findings = verify_books(world.database, datetime.now(UTC) + timedelta(seconds=1), carrier.ledger_file)
    assert holds(findings), f"KONGCHONG_SEED={seed}: {report(findings, 'en')}"
    assert_never_received(world, carrier, left)
    recovered = world.one("SELECT COUNT(*) FROM answer WHERE source = 'recovery'")
    assert recovered, "no kill met an order on its way"


def traffic_with_kills(world: World, dispatcher: DispatcherProcess, chance: Random) -> set[int]:
    """A burst of orders before each kill, which comes while they are on their way; the orders promised."""
    promised = set()
    for burst in range(KILLS):
        dispatcher.begin()
        until_claiming(world)
        for number in range(ORDERS):
            reply = world.recharge("A", "50.00", number=f"1380{burst}{number:02d}{SUFFIXES[number % len(SUFFIXES)]}")
            assert reply.order is not None, reply
            promised.add(int(reply.order.order_number))
        time.sleep(chance.uniform(0, 0.3))
        dispatcher.kill()
    return promised


def until_claiming(world: World) -> None:
    """A new dispatcher takes a second or two to come up: one order shows that it is there."""
    reply = world.recharge("A", "30.00", mark=next(_MARKS))
    deadline = time.monotonic() + 60
    while world.state(reply) == "held" and time.monotonic() < deadline:
        time.sleep(0.02)


def wait_for_the_end(world: World) -> list[str]:
    """The references of orders that are still open when every lease has long run out."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    text = "SELECT attempt_id FROM orders WHERE state NOT IN ('succeeded', 'failed', 'reversed')"
    left: list[str] = []
    while time.monotonic() < deadline:
        left = [str(row[0]) for row in world.rows(text)]
        undecided = world.one("SELECT COUNT(*) FROM orders o JOIN attempt a ON a.id = o.attempt_id WHERE o.state = 'sending'")
        silent = world.one("SELECT COUNT(*) FROM orders o WHERE o.state IN ('held', 'unknown') AND NOT EXISTS (" + _NOT_FOUND + ")")
        if not left or not (undecided or silent):
            break
        time.sleep(0.5)
    return left


_NOT_FOUND = "SELECT 1 FROM answer n WHERE n.order_id = o.id AND n.state = 'not_found'"


def assert_never_received(world: World, carrier: RunningCarrier, references: list[str]) -> None:
    """Killed between the claim and the first byte: open until the carrier's statement says it never came. Its ledger says so now."""
    received = set()
    with suppress(KeyError):
        received = {row["reference"] for row in carrier.control.ledger(limit=10_000)["orders"]}
    assert received, "the carrier's ledger could not be read"
    assert not received & set(references)
