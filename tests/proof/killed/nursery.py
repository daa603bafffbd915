"""A process with a single thread that forks the lives to be killed.

The test runner has threads of its own and of earlier tests; a child forked from it may inherit a lock that nobody will ever release.
"""

import gc
import json
import os
import selectors
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.proof.killed.carrier import Way
from tests.proof.killed.chip_life import ChipPlace, ChipWay
from tests.proof.killed.life import Place, last_point, trail
from tests.proof.killed.points import Points
from tests.proof.planted import FAULTS
from tests.proof.quiet import quiet
from tests.support.world import ManualClock

PATIENCE_SECONDS = 60.0


class Nursery:
    """Starts the process, with a planted fault in it or none; gone with `close`."""

    def __init__(self, fault: str = "") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, fault],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def killed_at(self, place: Place | ChipPlace, point: int, reference: str, number: str) -> bool:
        """Live in a process of its own that is killed at a point; whether it was, or got through before it came to that point."""
        assert self._process.stdin is not None
        told = [place.url, place.link_id, str(place.folder), place.way.name, place.clock.now().isoformat(), point, reference, number]
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        status = self._answer(place)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            return True
        assert os.waitstatus_to_exitcode(status) == 0, f"the process failed after {last_point(place)}"
        return False

    def close(self) -> None:
        """Nothing of it is left."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()

    def _answer(self, place: Place | ChipPlace) -> int:
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._process.stdout, selectors.EVENT_READ)
            assert waiting.select(PATIENCE_SECONDS), f"the process hangs after {last_point(place)}"
        return int(self._process.stdout.readline() or "1")


def _born(place: Place | ChipPlace, point: int, reference: str, number: str) -> int:
    """How a life ended."""
    child = os.fork()
    if child == 0:
        # The child never goes back to the loop, whatever happens in it.
        status = 1
        try:
            place.live(Points(point, trail(place)), reference, number)
            status = 0
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1]


def _place(url: str, link_id: int, folder: str, way: str, now: str) -> Place | ChipPlace:
    clock = ManualClock()
    clock.moment = datetime.fromisoformat(now)
    if way in ChipWay.__members__:
        return ChipPlace(url, link_id, Path(folder), ChipWay[way], clock)
    return Place(url, link_id, Path(folder), Way[way], clock)


def main() -> None:
    """One life a line, until there are no more lines."""
    patch = pytest.MonkeyPatch()
    for fault in FAULTS:
        if fault.name == sys.argv[1]:
            fault.plant(patch)
    # What is loaded is there for good: a child that looked through it for garbage would take every page of it for itself.
    gc.collect()
    gc.freeze()
    with quiet():
        for line in sys.stdin:
            told: list[Any] = json.loads(line)
            sys.stdout.write(f"{_born(_place(*told[:5]), *told[5:])}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
