"""For tests and demonstrations: a farm inside this process, in a thread with its own event loop, or as a process of its own."""

import asyncio
import json
import selectors
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.request import Request, urlopen

from simulators.modem_farm import config
from simulators.modem_farm.farm import Farm
from simulators.modem_farm.ledger import Ledger

_READY_SECONDS: Final = 30.0
Value = TypeVar("Value")


class FarmThread:
    """A farm in a thread. Everything that touches it goes through `call`; ttys are below `folder`."""

    def __init__(self, told: Mapping[str, Any], folder: Path, seed: int = 1, ledger: Path | str = ":memory:") -> None:
        self.folder = folder
        self._plan, self._seed, self._ledger = config.plan_of(told), seed, ledger
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="modem farm", daemon=True)
        self.farm: Farm

    def begin(self) -> None:
        """Start the thread and the farm."""
        self._thread.start()
        self.call(self._start)

    def _start(self) -> None:
        self.farm = Farm(self._plan, self.folder, Ledger(self._ledger), self._seed)
        self.farm.start()

    def call(self, do: Callable[[], Value]) -> Value:
        """Run something in the farm's loop and wait for it."""

        async def inside() -> Value:
            return do()

        return asyncio.run_coroutine_threadsafe(inside(), self._loop).result(_READY_SECONDS)

    def end(self) -> None:
        """Close the farm and the thread."""
        self.call(self.farm.close)
        self.call(self.farm.ledger.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_READY_SECONDS)
        self._loop.close()


@contextmanager
def inside(told: Mapping[str, Any], folder: Path, seed: int = 1, ledger: Path | str = ":memory:") -> Iterator[FarmThread]:
    """A farm in this process for the length of a `with`."""
    thread = FarmThread(told, folder, seed, ledger)
    thread.begin()
    try:
        yield thread
    finally:
        thread.end()


@dataclass(frozen=True)
class RunningFarm:
    """A farm's process: where its ttys are, and its control side."""

    folder: Path
    control_port: int
    slots: dict[str, list[Path]]

    def do(self, action: str, **told: Any) -> dict[str, Any]:
        """Do something to the farm."""
        return self.ask(f"/control/do/{action}", told)

    def sms(self, sender: str, recipient: str, text: str) -> int:
        """An agent's phone sends."""
        return int(self.do("sms", sender=sender, recipient=recipient, text=text)["id"])

    def messages(self, number: str = "") -> list[dict[str, Any]]:
        """Messages of a number, newest first."""
        return list(self.ask(f"/control/messages?number={number}")["messages"])

    def credits(self) -> dict[tuple[str, int], int]:
        """How often each number was credited each denomination."""
        return {(row["number"], row["units"]): row["credits"] for row in self.ask("/control/credits")["credits"]}

    def ask(self, path: str, body: object = None) -> dict[str, Any]:
        """One call of the control side."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if data is not None else {}
        request = Request(f"http://127.0.0.1:{self.control_port}{path}", data, headers)
        with urlopen(request, timeout=30) as answer:  # noqa: S310  # always http, on loopback
            told: dict[str, Any] = json.load(answer)
            return told


@contextmanager
def start(folder: Path, control_port: int, *arguments: str) -> Iterator[RunningFarm]:
    """Run a farm as a process for the length of a `with`. Raises RuntimeError if it does not become ready."""
    ledger = str(folder / "operators.sqlite")
    command = [sys.executable, "-m", "simulators.modem_farm", "--folder", str(folder / "by-path"), "--ledger", ledger]
    command += ["--control-port", str(control_port), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own module
        try:
            yield RunningFarm(folder / "by-path", control_port, _slots(process))
        finally:
            process.terminate()


def _slots(process: "subprocess.Popen[str]") -> dict[str, list[Path]]:
    slots: dict[str, list[Path]] = {}
    if process.stdout is None:
        raise RuntimeError("the modem farm cannot be heard")
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        selector.select(_READY_SECONDS)
    # All lines come at once, the ready line last.
    for words in map(str.split, process.stdout):
        if words[:3] == ["modem", "farm", "ready,"]:
            return slots
        slots[words[1]] = [Path(path) for path in words[4:]]
    raise RuntimeError("the modem farm did not become ready")
