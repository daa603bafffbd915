"""The phone as a process, with the simulated centre beside it and a real browser before it."""

import contextlib
import re
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
    shown = dumped(f"{running.address}/screen?card={FIRST}&lang=en", tmp_path)
    assert "waiting at the centre" in shown
    assert "platform is not bound" in shown


def test_a_browser_fills_the_order_in(running: Running, tmp_path: Path) -> None:
    """The page's own form, as a browser lays it out: every field is there, the secret one hidden, nothing loaded from elsewhere."""
    if (why := machine.chromium_missing()) is not None:
        machine.skip_or_fail(why)
    page = dumped(f"{running.address}/?card={FIRST}&lang=en", tmp_path)
    for field, kind in (("number", "text"), ("amount", "text"), ("password", "password")):
        assert f'name="{field}" type="{kind}"' in page
    assert "13800138001" in page
    assert set(re.findall(r'(?:src|href|action)="([a-z]+):', page)) <= {"data"}
    for language, word in (("zh_CN", "发送"), ("en", "Send"), ("id", "Kirim")):
        assert f'<button class="send">{word}</button>' in dumped(f"{running.address}/?lang={language}", tmp_path)


def dumped(address: str, folder: Path) -> str:
    """A page as the browser has it."""
    browser = [str(machine.chromium()), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    return subprocess.run([*browser, "--dump-dom", address], capture_output=True, text=True, check=True, timeout=120).stdout


def test_the_program_says_what_it_needs() -> None:
    told = subprocess.run([sys.executable, "-m", "simulators.phone"], capture_output=True, text=True, check=False, timeout=60)
    assert told.returncode == 2
    for option in ("--smsc-control", "--cards", "--access-number"):
        assert option in told.stderr
