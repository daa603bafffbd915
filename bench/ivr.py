"""Calls at once through a real Asterisk by sipp: is every order exact, how soon is a call taken, what do the processes need."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import _sipp
from bench._back_half import finish_by_dispatcher
from bench._province import PASSWORD, Province, sqlite_province
from bench._report import Result, quantile, write
from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.clock import SystemClock
from recharge.domain.requests import EndpointKind
from recharge.engine.administration import SHELL, Administration
from recharge.keys.store import KeyStore
from tests.support import machine
from tests.support.asterisk import Asterisk
from tests.support.world import MASTER_KEY

CALLS = (100, 200)
LINES = 50
A_SECOND = 25
AMOUNT = 50
_MEDIA_PORT = 24000
_TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def answered(province: Province, asterisk: Asterisk, folder: Path) -> Iterator[int]:
    """`python -m ivr` on the province, serving that Asterisk's calls; its process number."""
    config = folder / "ivr.json"
    config.touch(mode=0o600)
    box = asterisk.box()
    config.write_text(json.dumps({"asterisk": [{"port": box.port, "user": box.user, "secret_file": str(box.secret_file)}]}))
    own = {"KONGCHONG_DATABASE_URL": province.url, "KONGCHONG_MASTER_KEY": MASTER_KEY.hex(), "KONGCHONG_DUPLICATE_WINDOW_MINUTES": "0"}
    words = [sys.executable, "-m", "ivr", "--config", str(config)]
    with (folder / "ivr.log").open("wb") as log:
        process = subprocess.Popen(words, env={**os.environ, **own}, stdout=log, stderr=log)
    try:
        while "ivr ready" not in (folder / "ivr.log").read_text():
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


@contextmanager
def carrier(province: Province) -> Iterator[None]:
    """Ends every order soon after it was taken in."""
    parts, stop = province.parts(7), threading.Event()
    finish = finish_by_dispatcher(parts)

    def run() -> None:
        while not stop.wait(0.05):
            finish([])

    thread = threading.Thread(target=run)
    thread.start()
    yield
    stop.set()
    thread.join()
    parts.database.close()


def register_lines(province: Province) -> list[str]:
    """A phone line for each point."""
    database, clock = Database(province.url), SystemClock()
    desk = Administration(database, IdMaker(1022, clock), clock, KeyStore(MASTER_KEY))
    lines = [f"139{number:08d}" for number in range(province.points)]
    for number, line in enumerate(lines):
        desk.endpoints.bind(SHELL, EndpointKind.PHONE_LINE, line, f"P{number}")
    database.close()
    return lines


def exact(province: Province, orders: list[_sipp.Order]) -> int:
    """How many of the orders stand in the books as they were keyed, once each; less whatever else stands there."""
    database = Database(province.url)
    text = "SELECT number, face_minor, COUNT(*) FROM orders WHERE state = 'succeeded' GROUP BY number, face_minor"
    with database.read() as connection:
        found = {(row[0], row[1]): row[2] for row in database.rows(connection, text)}
        total = int(database.rows(connection, "SELECT COUNT(*) FROM orders")[0][0])
    database.close()
    wanted = {(order.number, order.amount * 100) for order in orders}
    good = sum(1 for key in wanted if found.get(key) == 1)
    return good - (total - good)


def cpu_seconds(pid: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def measure(calls: int) -> list[Result]:
    """So many calls at once."""
    folder = Path(tempfile.mkdtemp(prefix="kc-bench-"))
    asterisk = Asterisk(most=calls + 10)
    try:
        asterisk.start()
        with sqlite_province(LINES) as province:
            lines = register_lines(province)
            orders = [_sipp.Order(lines[at % LINES], f"138{at:08d}", AMOUNT, PASSWORD) for at in range(calls)]
            with answered(province, asterisk, folder) as pid, carrier(province):
                processes = {"ivr": pid, "Asterisk": asterisk.pid}
                before, begun = {name: cpu_seconds(one) for name, one in processes.items()}, time.monotonic()
                told = _sipp.call(folder, asterisk.sip_port, machine.free_port(), _MEDIA_PORT, orders, A_SECOND)
                took = time.monotonic() - begun
                used = {name: cpu_seconds(one) - before[name] for name, one in processes.items()}
            good = exact(province, orders)
    finally:
        asterisk.stop()
        shutil.rmtree(folder, ignore_errors=True)
    head = f"{calls} calls at once"
    return [
        Result(f"{head}: came to their end", told.good, f"of {calls}"),
        Result(f"{head}: orders exact, once each", good, f"of {calls}"),
        Result(f"{head}: from INVITE to 200", quantile(told.set_up, 0.5), "ms", quantile(told.set_up, 0.5), quantile(told.set_up, 0.99)),
        *(Result(f"{head}: {name}, of one core", round(100 * seconds / took, 1), "%") for name, seconds in used.items()),
    ]


def main() -> None:
    """Measure, print, write."""
    missing = machine.asterisk_missing() or (None if shutil.which("sipp") else "sipp is not installed (Debian: apt-get install sip-tester)")
    if missing:
        sys.exit(missing)
    write("ivr", [result for calls in CALLS for result in measure(calls)])
