"""The phone as a process, with the simulated centre beside it and a real browser before it."""

import contextlib
import stat
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulators.phone.drawer import Drawer
from simulators.smsc.testing import RunningCentre, start
from tests.simulators.phone.conftest import FIRST, NUMBER, PASSWORD
from tests.support import machine


@dataclass
class Running:
    """The phone's address, its centre, its drawer."""

    address: str
    centre: RunningCentre
    folder: Path


@pytest.fixture
def running(drawer: Drawer, tmp_path: Path) -> Iterator[Running]:
    port, folder = machine.free_port(), tmp_path / "cards"
    with start(machine.free_port(), control := machine.free_port()) as centre:
        words = ("--port", str(port), "--smsc-control", f"http://127.0.0.1:{control}", "--cards", str(folder), "--access-number", "10658")
        command = [sys.executable, "-m", "simulators.phone", *words]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert "ready on" in process.stdout.readline()
            with contextlib.ExitStack() as stack:
                stack.callback(process.terminate)
                yield Running(f"http://127.0.0.1:{port}", centre, folder)
        assert process.returncode == 0


def post(address: str, **form: str) -> str:
    with urllib.request.urlopen(address, urllib.parse.urlencode(form).encode(), timeout=30) as answer:  # noqa: S310  our own page
        text = answer.read().decode()
    assert isinstance(text, str)
    return text


def test_an_order_reaches_the_centre_and_the_card_stays_its_owners(running: Running) -> None:
    form = {"card": FIRST, "item": "recharge", "lang": "en", "number": NUMBER, "amount": "50", "password": PASSWORD}
    assert "Sent." in post(running.address + "/send", **form)
    (message,) = running.centre.messages("13800138001")["mo"]
    assert (message["recipient"], message["udh"], message["state"]) == ("10658", "027000", "waiting")
    assert PASSWORD not in str(message)
    post(running.address + "/trick", card=FIRST, trick="clone")
    # Those the process has written; the test wrote the other card.
    written = [running.folder / f"{FIRST}.json", running.folder / f"{FIRST}-clone1.json"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}


def test_a_browser_shows_the_phone(running: Running, tmp_path: Path) -> None:
    if (why := machine.chromium_missing()) is not None:
        machine.skip_or_fail(why)
    post(running.address + "/send", card=FIRST, item="balance", lang="en")
    browser = [str(machine.chromium()), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    shown = subprocess.run(
        [*browser, "--dump-dom", f"{running.address}/screen?card={FIRST}&lang=en"], capture_output=True, text=True, check=True, timeout=120
    ).stdout
    assert "waiting at the centre" in shown
    assert "platform is not bound" in shown
