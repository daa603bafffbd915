"""The concentrator as a process: carrying calls, and letting a folder of terminals sell."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.pos_terminal.memory import Memory
from tests.simulators.pos_terminal.conftest import NUMBER, make, use
from tests.simulators.pos_terminal.host import PASSWORD, Host
from tests.support import machine

PROGRAM = [sys.executable, "-m", "simulators.concentrator"]


@pytest.fixture
def relay(host: Host) -> Iterator[int]:
    port = machine.free_port()
    command = [*PROGRAM, "--server", f"127.0.0.1:{host.port}", "relay", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "ready on" in process.stdout.readline()
        with contextlib.ExitStack() as stack:
            stack.callback(process.terminate)
            yield port
    assert process.returncode == 0


def test_a_terminal_sells_through_the_process(relay: int, tmp_path: Path, host: Host) -> None:
    path = make(tmp_path / "T.json")
    outcomes = use(path, relay, lambda terminal: terminal.sign_in(), lambda terminal: terminal.recharge(NUMBER, 5000, PASSWORD))
    assert [outcome.ended for outcome in outcomes] == ["done", "done"]


def load(folder: Path, host: Host, *words: str) -> str:
    command = [*PROGRAM, "--server", f"127.0.0.1:{host.port}", "load", "--terminals", str(folder), "--password", PASSWORD, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=100).stdout


def test_a_folder_of_terminals_sells(tmp_path: Path, host: Host) -> None:
    for number in range(3):
        make(tmp_path / f"T{number}.json", terminal=f"T{number:07d}", trace=number * 1000)
    out = load(tmp_path, host, "--sales", "9", "--links", "2")
    assert "3 terminals signed in over 2 connections" in out
    assert "00: 9" in out
    traces = [Memory(tmp_path / f"T{number}.json").state.trace for number in range(3)]
    assert sum(traces) == 0 + 1000 + 2000 + 3 + 9


def test_traces_are_not_used_again_by_the_next_run(tmp_path: Path, host: Host) -> None:
    make(tmp_path / "T.json")
    for first in (True, False):
        load(tmp_path, host, "--sales", "2", "--prefix", "1380013" if first else "1380014")
    sales = [one.key for one in host.heard if one.type == "0200"]
    assert len(sales) == len(set(sales)) == 4


@pytest.mark.parametrize("words", [[], ["--server", "nowhere", "relay"], ["--server", "127.0.0.1:1"]])
def test_the_program_says_what_it_needs(words: list[str]) -> None:
    told = subprocess.run([*PROGRAM, *words], capture_output=True, text=True, check=False, timeout=60)
    assert told.returncode == 2
    assert "usage" in told.stderr
