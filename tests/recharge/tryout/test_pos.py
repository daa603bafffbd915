"""POS in a try-out: a terminal whose key two people loaded sells, and does so again after everything was stopped."""

import subprocess
import sys
from pathlib import Path

import pytest

from recharge.engine.administration.password_book import SERVICE, PasswordBook
from recharge.tryout.commands import Commands
from recharge.tryout.home import Home
from recharge.tryout.pos import POINT, TERMINAL, PosPart, _check_value, _settings
from tests.recharge.tryout.conftest import TryOut, free_ports, said_by


def press(try_out: TryOut, *words: str) -> str:
    """A key of the terminal; what display and printer show. It must have been done."""
    file = try_out.folder / "terminals" / f"{TERMINAL}.json"
    where = (str(file), "--server", f"127.0.0.1:{try_out.ports.of('pos')}", "--language", "en")
    command = [sys.executable, "-m", "simulators.pos_terminal.console", *where, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_shopkeeper_sells_at_a_terminal(try_out: TryOut) -> None:
    try_out.only = "pos"
    try_out.start()
    assert f"http://127.0.0.1:{try_out.ports.of('pos_terminal')}/" in "".join(try_out.said)
    password = PasswordBook(try_out.folder / "logins.txt").known(SERVICE, POINT)
    press(try_out, "sign_in")
    assert "Recharged 50.00" in press(try_out, "recharge", "13800138000", "50", password)
    assert try_out.stop() == 0
    assert "component 2 of 2 by OPS1" in said_by(try_out, "pos.office", "journal", TERMINAL)
    assert not list(try_out.folder.glob("pos-component-*.txt"))
    try_out.ports = free_ports()
    try_out.start()
    assert "Recharged 30.00" in press(try_out, "recharge", "13800138001", "30", password)
    assert "Totals agree" in press(try_out, "settle")
    assert try_out.stop() == 0


@pytest.fixture
def part(home: Home, commands: Commands) -> PosPart:
    return PosPart(home, free_ports(), commands)


def test_a_key_is_loaded_once_and_the_terminal_made_once(part: PosPart, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []

    def command(module: str, *words: str, typed: str = "") -> str:
        asked.append((module, *words))
        if words[:1] == ("list",):
            return (
                f"{TERMINAL}\t8\town\tactive\t\t0\tno key\t\t\n" if len(asked) < 5 else f"{TERMINAL}\t8\town\tactive\t\t1\tsigned in\t\t\n"
            )
        if words[1:2] == ("make",):
            Path(words[0]).write_text("{}")
        return ""

    monkeypatch.setattr(part, "command", command)
    part.set_up()
    first = [words[1] for words in asked]
    asked_before = len(asked)
    part.set_up()
    assert first.count("component") == 2
    assert [words[1] for words in asked[asked_before:]] == ["register", "list"]
    assert (part.settings.stat().st_mode & 0o077) == 0


def test_the_check_value_of_a_component() -> None:
    assert _check_value("CA5D92598DCA48CE8A4C76361A9269E9") == _check_value("ca5d92598dca48ce8a4c76361a9269e9")
    assert _check_value("807A23AD32B36D457AE91FDF927570EA").upper() == "8D0A74B8"


def test_the_settings_name_the_port() -> None:
    assert '"port": 18086' in _settings(18086)
