"""The terminals as a process, with a host beside it and a real browser before it."""

import contextlib
import re
import stat
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulators.pos_terminal.conftest import NUMBER, TERMINAL
from tests.simulators.pos_terminal.host import PASSWORD, Host
from tests.support import machine


@pytest.fixture
def address(path: Path, host: Host) -> Iterator[str]:
    port = machine.free_port()
    words = ("--port", str(port), "--server", f"127.0.0.1:{host.port}", "--terminals", str(path.parent), "--seconds", "30")
    command = [sys.executable, "-m", "simulators.pos_terminal", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "ready on" in process.stdout.readline()
        with contextlib.ExitStack() as stack:
            stack.callback(process.terminate)
            yield f"http://127.0.0.1:{port}"
    assert process.returncode == 0


def press(address: str, **form: str) -> str:
    told = urllib.parse.urlencode({"terminal": TERMINAL, "lang": "en"} | form).encode()
    with urllib.request.urlopen(f"{address}/press", told, timeout=60) as answer:  # noqa: S310  our own page
        text = answer.read().decode()
    assert isinstance(text, str)
    return text


def test_a_sale_through_the_process(address: str, path: Path, host: Host) -> None:
    assert "Signed in" in press(address, item="sign_in")
    assert "Recharged 50.00" in press(address, item="recharge", number=NUMBER, amount="50", password=PASSWORD)
    assert host.types() == ["0800", "0200"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.browser
def test_a_browser_shows_the_terminal(address: str, tmp_path: Path) -> None:
    """The page as a browser lays it out: every field is there, the secret one hidden, nothing loaded from elsewhere."""
    if (why := machine.chromium_missing()) is not None:
        machine.skip_or_fail(why)
    press(address, item="sign_in")
    press(address, item="recharge", number=NUMBER, amount="50", password=PASSWORD)
    page = dumped(f"{address}/?terminal={TERMINAL}&item=recharge&lang=zh_CN", tmp_path)
    for field, kind in (("number", "text"), ("amount", "text"), ("password", "password")):
        assert f'name="{field}" type="{kind}"' in page
    assert "充值成功 50.00" in page
    assert "空中充值凭证" in page
    assert PASSWORD not in page
    assert set(re.findall(r'(?:src|href|action)="([a-z]+):', page)) <= {"data"}


def dumped(address: str, folder: Path) -> str:
    """A page as the browser has it."""
    browser = [str(machine.chromium()), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    return subprocess.run([*browser, "--dump-dom", address], capture_output=True, text=True, check=True, timeout=120).stdout


def test_the_program_says_what_it_needs() -> None:
    told = subprocess.run([sys.executable, "-m", "simulators.pos_terminal"], capture_output=True, text=True, check=False, timeout=60)
    assert told.returncode == 2
    for option in ("--server", "--terminals"):
        assert option in told.stderr
