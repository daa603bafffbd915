"""The dispatcher as a process of its own: it starts from settings alone, carries orders out, and ends in order at SIGTERM."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recharge.engine.administration import SHELL
from simulators.carrier.testing import RunningCarrier, start
from tests.support.machine import free_port
from tests.support.province import Province
from tests.support.source import ROOT
from tests.support.world import MASTER_KEY, World


@pytest.fixture
def carrier(tmp_path: Path) -> Iterator[RunningCarrier]:
    with start(tmp_path) as running:
        yield running


@pytest.fixture
def world(clean_database_url: str, carrier: RunningCarrier) -> Iterator[World]:
    made = Province(clean_database_url)
    made.deposit("A", "1000.00")
    links = made.office.links
    links.set_secret(SHELL, "CARRIER", made.office.secrets.keep(SHELL, "link", "CARRIER", carrier.secret))
    links.set_settings(SHELL, "CARRIER", {"url": f"{carrier.base_url}/recharge/v1", "partner": carrier.partner})
    yield made
    made.close()


def start_dispatcher(world: World, folder: Path) -> subprocess.Popen[str]:
    settings = {
        "KONGCHONG_ENVIRONMENT": "development",
        "KONGCHONG_DATABASE_URL": world.url,
        "KONGCHONG_MASTER_KEY": MASTER_KEY.hex(),
        "KONGCHONG_CALLBACK_BIND": f"127.0.0.1:{free_port()}",
        "KONGCHONG_WAKE_SOCKET": str(folder / "wake"),
    }
    command = [sys.executable, "-m", "recharge.dispatcher"]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | settings, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def process(world: World, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    started = start_dispatcher(world, tmp_path)
    yield started
    if started.poll() is None:
        started.kill()
    started.communicate()


def becomes(world: World, order_number: str, state: str) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if world.one("SELECT state FROM orders WHERE id = ?", int(order_number)) == state:
            return True
        time.sleep(0.05)
    return False


def test_it_carries_an_order_out_and_ends_in_order(world: World, process: subprocess.Popen[str], tmp_path: Path) -> None:
    reply = world.recharge("A", "50.00")
    assert reply.order is not None
    assert becomes(world, reply.order.order_number, "succeeded")
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=60)
    assert process.returncode == 0, log
    assert '"dispatcher_stopped"' in log
    assert not (tmp_path / "wake").exists()


def test_killed_and_started_again_it_asks_about_what_was_left(world: World, process: subprocess.Popen[str], tmp_path: Path) -> None:
    first = world.recharge("A", "50.00")
    assert first.order is not None
    assert becomes(world, first.order.order_number, "succeeded")
    process.kill()
    process.wait(30)
    second = world.recharge("A", "30.00")
    attempt = world.send(second)
    with world.database.write() as connection:
        world.database.change(connection, "UPDATE orders SET due_at = held_at WHERE attempt_id = ?", (attempt,))
    assert second.order is not None
    again = start_dispatcher(world, tmp_path)
    found = becomes(world, second.order.order_number, "unknown")
    again.terminate()
    _, log = again.communicate(timeout=60)
    assert found, log
    assert again.returncode == 0, log
    assert world.balance("A") == 92160
