"""The processes of a try-out: started, started again when they die, stopped in order."""

import contextlib
import ctypes
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_SHORTEST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_STEADY_SECONDS = 60.0
_STOP_SECONDS = 40.0
_LIBC = ctypes.CDLL(None)


@dataclass(slots=True)
class Child:
    """One process: its name, its command, where its output goes, and what it finds in the environment besides what all do."""

    name: str
    command: Sequence[str]
    log: Path
    extra: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = _SHORTEST_PAUSE
    due: float = field(default=0.0)

    @property
    def running(self) -> bool:
        """Whether it is alive."""
        return self.process is not None and self.process.poll() is None


class Children:
    """Starts children under one environment and looks after them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._children: list[Child] = []

    def start(self, child: Child) -> None:
        """Start a child and keep it running from now on."""
        self._children.append(child)
        self._launch(child)

    def look_after(self) -> list[str]:
        """Start again what has died, after a pause that doubles while it keeps dying; the names of those started now."""
        again = []
        now = time.monotonic()
        for child in self._children:
            if child.running:
                continue
            if not child.due:
                steady = now - child.started > _STEADY_SECONDS
                child.pause = _SHORTEST_PAUSE if steady else min(child.pause * 2, _LONGEST_PAUSE)
                child.due = now + child.pause
            elif now >= child.due:
                self._launch(child)
                again.append(child.name)
        return again

    def stop(self) -> None:
        """Ask every child to finish, the last started first, and wait; one that does not is killed."""
        for child in reversed(self._children):
            if child.process is not None and child.running:
                child.process.terminate()
                self._wait(child.process)

    def _launch(self, child: Child) -> None:
        with child.log.open("ab") as log:
            child.process = subprocess.Popen(  # noqa: S603  commands are put together in play.py
                child.command,
                env={**self._environment, **child.extra},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A terminal's Ctrl-C is for us: we tell the children, in order.
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509  we have no threads
            )
        child.started, child.due = time.monotonic(), 0.0

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()


def _die_with_parent() -> None:
    """A child whose parent was killed is told to finish, too (prctl(2), Linux)."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
