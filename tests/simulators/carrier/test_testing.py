"""The helper that other tests start a carrier with: its process begins, ends, is killed, and leaves nothing behind."""

import ast
import os
import sys
from pathlib import Path

import pytest

from simulators.carrier import testing
from simulators.carrier.testing import PORTS, RunningCarrier, free_port, start
from tests.simulators.carrier.partner import Partner
from tests.simulators.carrier.specification import ROOT


def is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def process_of(carrier: RunningCarrier) -> int:
    assert carrier.process is not None
    return carrier.process.pid


def test_a_port_is_below_the_kernels_range() -> None:
    assert all(free_port() in PORTS for _ in range(20))
    assert PORTS.stop <= 32_768


def test_a_carrier_lives_as_long_as_its_with(tmp_path: Path) -> None:
    with start(tmp_path) as carrier:
        process_id = process_of(carrier)
        assert Partner(carrier.base_url).recharge(1001).code == "0000"
        assert carrier.ledger_file.is_file()
        assert carrier.secret_file.stat().st_mode & 0o077 == 0
    assert not is_alive(process_id)
    assert carrier.process is None


def test_it_ends_with_a_test_that_fails(tmp_path: Path) -> None:
    def failing() -> None:
        with start(tmp_path) as carrier:
            seen.append(process_of(carrier))
            raise KeyError("the test's own")

    seen: list[int] = []
    with pytest.raises(KeyError):
        failing()
    assert not is_alive(seen[0])


def test_it_can_be_killed_and_begun_again(tmp_path: Path) -> None:
    with start(tmp_path) as carrier:
        first = process_of(carrier)
        carrier.kill()
        assert not is_alive(first)
        with pytest.raises(ConnectionRefusedError):
            Partner(carrier.base_url).recharge(1001)
        carrier.begin()
        assert process_of(carrier) != first
        assert Partner(carrier.base_url).recharge(1001).code == "0000"


def test_killing_and_stopping_twice_does_no_harm(tmp_path: Path) -> None:
    with start(tmp_path) as carrier:
        carrier.kill()
        carrier.kill()
        carrier.stop()


def test_one_that_does_not_become_ready_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError, match="did not become ready"), start(tmp_path):
        pass


def test_two_carriers_do_not_meet(tmp_path: Path) -> None:
    folders = [tmp_path / "north", tmp_path / "south"]
    for folder in folders:
        folder.mkdir()
    with start(folders[0]) as north, start(folders[1]) as south:
        Partner(north.base_url).recharge(1001)
        assert north.control.ledger()["totals"]["credits"] == 1
        assert south.control.ledger()["totals"]["credits"] == 0


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", sorted((ROOT / "simulators" / "carrier").glob("*.py")), ids=lambda path: path.name)
def test_no_code_is_shared_with_the_engine(path: Path) -> None:
    tops = {name.partition(".")[0] for name in imported(path)}
    assert tops <= {"aiohttp", "simulators", *sys.stdlib_module_names}
    # Of the other simulators it shares what their pages and processes have in common, and nothing of what they do.
    others = {name for name in imported(path) if name.startswith("simulators") and not name.startswith("simulators.carrier")}
    assert others <= {"simulators.pages", "simulators.process"}


def test_the_helper_is_for_tests_alone() -> None:
    users = [path for path in (ROOT / "simulators" / "carrier").glob("*.py") if "simulators.carrier.testing" in imported(path)]
    assert users == []
    assert testing.__doc__ is not None
