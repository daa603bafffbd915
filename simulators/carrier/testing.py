"""For tests and demonstrations: the carrier started as a process of its own, with a client for its control side."""

import json
import secrets
import selectors
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.request import Request, urlopen

_READY_SECONDS: Final = 30.0
PORTS: Final = range(12_000, 18_000)


def free_port() -> int:
    """A port below 32768 on which nothing listens on loopback now."""
    while True:
        port = PORTS.start + secrets.randbelow(len(PORTS))
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


class ControlClient:
    """Speaks to /control/; answers are the JSON bodies as plain values."""

    def __init__(self, url: str) -> None:
        self._url = url

    def ledger(self, reference: str = "", number: str = "", limit: int = 1000) -> dict[str, Any]:
        """Orders, credits, callbacks, stock and totals."""
        return self._ask(f"/control/ledger?reference={reference}&number={number}&limit={limit}")

    def settings(self) -> dict[str, Any]:
        """The live settings and the names of all behaviours."""
        return self._ask("/control/behaviour")

    def behave(self, default: str | None = None, **settings: object) -> dict[str, Any]:
        """Change settings, the default behaviour first of all."""
        wanted = settings if default is None else {"default": default, **settings}
        return self._ask("/control/behaviour", wanted)

    def reset(self) -> dict[str, Any]:
        """Empty the ledger and restore the settings."""
        return self._ask("/control/reset", {})

    def subscriber(self, number: str, **values: object) -> dict[str, Any]:
        """Set a subscriber's state, kind, balance_minor or limit_minor."""
        return self._ask("/control/subscriber", {"number": number, **values})

    def add_stock(self, add_minor: int) -> dict[str, Any]:
        """Put stock in (fen), or take some out."""
        return self._ask("/control/stock", {"add_minor": add_minor})

    def issue_statement(self, day: str, **differences: int) -> dict[str, Any]:
        """Issue a day's statement now, with so many planted differences of each kind."""
        return self._ask("/control/statement", {"day": day, "differences": differences})

    def _ask(self, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self._url + path, data), timeout=30) as answer:  # noqa: S310  # always http, on loopback
            told: dict[str, Any] = json.load(answer)
            return told


@dataclass
class RunningCarrier:
    """A carrier process: where it listens, what it shares with its partner, and its life."""

    folder: Path
    port: int
    control_port: int
    partner: str
    secret: bytes
    arguments: tuple[str, ...]
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def base_url(self) -> str:
        """Scheme, host and port of the platform; its endpoint is /recharge/v1 below it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ledger_file(self) -> Path:
        """The carrier's own SQLite file."""
        return self.folder / "carrier.sqlite"

    @property
    def secret_file(self) -> Path:
        """The file with the shared secret."""
        return self.folder / "carrier.secret"

    @property
    def control(self) -> ControlClient:
        """A client of the control side, which stays reachable when the platform's own port is closed."""
        return ControlClient(f"http://127.0.0.1:{self.control_port}")

    def begin(self) -> None:
        """Start the process and wait for its ready line. Raises RuntimeError if it does not come."""
        self.secret_file.write_bytes(self.secret + b"\n")
        self.secret_file.chmod(0o600)
        command = [sys.executable, "-m", "simulators.carrier", "--ledger", str(self.ledger_file)]
        command += ["--port", str(self.port), "--control-port", str(self.control_port)]
        command += ["--secret-file", str(self.secret_file), "--partner", self.partner, *self.arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own module
        if "ready on" not in _first_line(self.process):
            self.kill()
            raise RuntimeError("the carrier simulator did not become ready")

    def kill(self) -> None:
        """End the process as a power cut would, SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self._gone()

    def stop(self) -> None:
        """End the process in order, SIGTERM."""
        if self.process is not None:
            self.process.terminate()
            self._gone()

    def _gone(self) -> None:
        if self.process is not None:
            self.process.wait(timeout=30)
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process = None


def _first_line(process: subprocess.Popen[str]) -> str:
    if process.stdout is None:
        return ""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        ready = selector.select(_READY_SECONDS)
    return process.stdout.readline() if ready else ""


@contextmanager
def start(
    folder: Path,
    *arguments: str,
    partner: str = "province-agent",
    secret: bytes = b"kongchong-example-secret-for-tests-only",
    callback_url: str = "",
    behaviour: str = "ok",
    seed: int = 1,
) -> Iterator[RunningCarrier]:
    """Run a carrier for the length of a `with`; its ledger lies in `folder`, further `arguments` go to its command line."""
    told = ("--callback-url", callback_url, "--behaviour", behaviour, "--seed", str(seed), *arguments)
    carrier = RunningCarrier(folder, free_port(), free_port(), partner, secret, told)
    carrier.begin()
    try:
        yield carrier
    finally:
        carrier.stop()
