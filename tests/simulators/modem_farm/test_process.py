"""The farm as a process: its command line, its ready line, its ledger on disk, and its end."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from simulators.modem_farm import config
from simulators.modem_farm.testing import start
from tests.simulators.modem_farm.conftest import quick
from tests.simulators.modem_farm.hands import CUSTOMER, RECHARGE
from tests.simulators.modem_farm.terminal import Terminal, until

AGENT = "081200000001"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "simulators.modem_farm", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_farm_from_a_file_is_used_by_agents_and_dealers(tmp_path: Path, free_port: int) -> None:
    file = tmp_path / "farm.json"
    file.write_text(json.dumps(quick(2)))
    with start(tmp_path, free_port, "--config", str(file), "--seed", "5") as farm:
        inbox, dealer = (paths[0] for paths in farm.slots.values())
        with Terminal(dealer) as terminal:
            terminal.ready()
            assert "berhasil" in terminal.ussd(RECHARGE)[1]
        with Terminal(inbox) as terminal:
            terminal.ready()
            farm.sms(AGENT, "081100000001", "I.SIM10.081389092678.2233")
            place = terminal.announced()
            terminal.ok("AT+CMGF=1")
            assert terminal.ok(f"AT+CMGR={place}")[1] == "I.SIM10.081389092678.2233"
            terminal.send_text(AGENT, "OK SN 0041")
        until(lambda: [one["text"] for one in farm.messages(AGENT) if one["recipient"] == AGENT] == ["OK SN 0041"], "the answer")
        assert farm.credits() == {(CUSTOMER, 10): 1}
        assert farm.ask(f"/control/ledger?number={CUSTOMER}")["totals"]["most_credits"] == 1
    assert not any(path.is_symlink() for path in farm.folder.iterdir())
    with sqlite3.connect(tmp_path / "operators.sqlite") as ledger:
        assert ledger.execute("select number, units from credit").fetchall() == [(CUSTOMER, 10)]
    ledger.close()


def test_the_ledger_outlives_the_process(tmp_path: Path, free_port: int) -> None:
    for pieces in (119, 118):
        with start(tmp_path, free_port, "--slots", "2") as farm, Terminal(list(farm.slots.values())[1][0]) as terminal:
            assert f"10rb={pieces}" in terminal.ready().ussd(RECHARGE)[1]
    assert config.MOST_SLOTS == 64


def test_a_farm_may_be_written_down_first(tmp_path: Path) -> None:
    file = tmp_path / "farm.json"
    assert run("--write-config", str(file), "--slots", "64").returncode == 0
    plan = config.read(file)
    assert len(plan.slots) == 64
    assert {slot.model for slot in plan.slots} == set(config.MODELS)


@pytest.mark.parametrize(
    ("told", "words"), [("{", "farm.json"), ("{}", "1 to 64 slots"), ('{"slots": [{"name": "a", "colour": 1}]}', "SlotPlan: 'colour'")]
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, told: str, words: str) -> None:
    file = tmp_path / "farm.json"
    file.write_text(told)
    done = run("--config", str(file), "--folder", str(tmp_path / "x"), "--ledger", str(tmp_path / "y"))
    assert done.returncode == 1
    assert words in done.stderr


def test_places_must_be_named() -> None:
    done = run("--slots", "2")
    assert done.returncode == 2
    assert "--folder and --ledger" in done.stderr


def test_a_port_that_is_taken_is_told(tmp_path: Path, free_port: int) -> None:
    with (
        start(tmp_path, free_port, "--slots", "1"),
        pytest.raises(RuntimeError, match="ready"),
        start(tmp_path / "other", free_port, "--slots", "1"),
    ):
        raise AssertionError("two on one port")
