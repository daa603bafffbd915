"""Each simulated supplier as a process of its own: it starts, tells its ledger, and ends when told to."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.support import machine

ARGUMENTS = {
    "pretups": ["--login", "a", "--password", "p", "--pin", "1"],
    "aggregator": ["--user", "u", "--key", "kkkk"],
    "partner": ["--product", "S10=1000"],
    "air": ["--access", "a:b"],
}


def control(url: str, told: dict[str, str] | None = None) -> Any:
    data = None if told is None else json.dumps(told).encode()
    with urlopen(Request(url, data), timeout=30) as answer:  # noqa: S310  always http, on loopback
        return json.load(answer)


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_it_starts_serves_and_ends(name: str, tmp_path: Path) -> None:
    port = machine.free_port()
    command = [sys.executable, "-m", f"simulators.{name}", "--port", str(port), "--ledger", str(tmp_path / "l.sqlite"), *ARGUMENTS[name]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert f"{name} simulator ready on http://127.0.0.1:{port}" in process.stdout.readline()
            base = f"http://127.0.0.1:{port}"
            assert control(f"{base}/control/ledger")["credits"] == []
            assert control(f"{base}/control/behaviour", {"default": "refused"}) == {"default": "refused"}
        finally:
            process.terminate()
        _, complaints = process.communicate(timeout=30)
    assert "Traceback" not in complaints
    assert process.returncode == 0
