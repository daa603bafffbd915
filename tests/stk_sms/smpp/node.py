"""npm's `smpp` (MIT) for tests: installed into the run's own folder, never kept in the repository; left out loudly without npm."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support import machine

PACKAGE = "smpp@0.5.1"
CENTRE = Path(__file__).with_name("node_centre.js")


def installed(folder: Path) -> Path:
    """The folder with the package in it. Skips the test where it cannot be had."""
    why = machine.npm_missing()
    if why is not None:
        pytest.skip(why)
    if not (folder / "node_modules" / "smpp").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent", PACKAGE]
        done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=100)
        if done.returncode:
            pytest.skip(f"npm's smpp is NOT TESTED: it could not be installed ({done.stderr.strip()[-200:]})")
    return folder


class Centre:
    """A running centre; what it says, one mapping an event."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def hear(self, event: str) -> dict[str, Any]:
        """The next event, which must be this one."""
        assert self._process.stdout is not None
        told: dict[str, Any] = json.loads(self._process.stdout.readline() or '{"event": "ended"}')
        assert told["event"] == event, told
        return told


@contextmanager
def centre(folder: Path, port: int, order: bytes) -> Iterator[Centre]:
    """A centre that brings one order to whoever binds."""
    script = shutil.copy(CENTRE, folder)
    with subprocess.Popen(["node", script, str(port), order.hex()], cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            found = Centre(process)
            found.hear("listening")
            yield found
        finally:
            process.terminate()
