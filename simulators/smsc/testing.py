"""For tests and demonstrations: the centre started as a process of its own, with a client for its control side."""

import json
import selectors
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.request import Request, urlopen

_READY_SECONDS: Final = 30.0


@dataclass(frozen=True)
class RunningCentre:
    """A centre's ports, and its control side."""

    port: int
    control_port: int

    def send(self, *messages: dict[str, Any]) -> list[int]:
        """Phones send; the centre's numbers for the messages."""
        return list(self.ask("/control/mo", list(messages))["ids"])

    def messages(self, phone: str = "") -> dict[str, Any]:
        """All messages so far, `mo` and `mt`, and who is bound."""
        return self.ask(f"/control/messages?phone={phone}")

    def behave(self, **settings: object) -> None:
        """Change settings."""
        self.ask("/control/behaviour", settings)

    def ask(self, path: str, body: object = None) -> dict[str, Any]:
        """One call of the control side."""
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"http://127.0.0.1:{self.control_port}{path}", data), timeout=30) as answer:  # on loopback
            told: dict[str, Any] = json.load(answer)
            return told


@contextmanager
def start(port: int, control_port: int, *arguments: str) -> Iterator[RunningCentre]:
    """Run a centre for the length of a `with`. Raises RuntimeError if it does not become ready."""
    command = [sys.executable, "-m", "simulators.smsc", "--port", str(port), "--control-port", str(control_port), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own module
        try:
            if "ready on" not in _first_line(process):
                raise RuntimeError("the simulated centre did not become ready")
            yield RunningCentre(port, control_port)
        finally:
            process.terminate()


def _first_line(process: "subprocess.Popen[str]") -> str:
    if process.stdout is None:
        return ""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        ready = selector.select(_READY_SECONDS)
    return process.stdout.readline() if ready else ""
