"""`python -m ivr` as a program."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import machine
from tests.support.province import Province
from tests.support.world import MASTER_KEY


def run(folder: Path, told: object, *words: str, url: str = "sqlite://") -> "subprocess.Popen[str]":
    """The program, started."""
    path = folder / "ivr.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(told))
    own = {"KONGCHONG_ENVIRONMENT": "development", "KONGCHONG_DATABASE_URL": url, "KONGCHONG_MASTER_KEY": MASTER_KEY.hex()}
    command = [sys.executable, "-m", "ivr", "--config", str(path), *words]
    return subprocess.Popen(command, env={**os.environ, **own}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("told", "status", "said"),
    [
        ({"fast": {}}, 0, "ok"),
        ({}, 1, "neither asterisk nor fast"),
        ({"asterisk": [{"secret_file": "/nowhere/at/all"}]}, 1, "secret_file: No such file"),
    ],
)
def test_the_settings_can_be_checked(tmp_path: Path, told: object, status: int, said: str) -> None:
    process = run(tmp_path, told, "--check")
    out, errors = process.communicate(timeout=60)
    assert process.returncode == status
    assert said in out + errors


def test_it_says_when_it_serves_and_ends_when_told(tmp_path: Path, clean_sqlite_url: str) -> None:
    Province(clean_sqlite_url).close()
    port = machine.free_port()
    process = run(tmp_path, {"fast": {"port": port}, "drain_seconds": 1}, url=clean_sqlite_url)
    assert process.stdout is not None
    assert process.stdout.readline() == f"ivr ready fastagi {port}\n"
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 0
