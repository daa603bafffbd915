"""A terminal with its file, and the host it talks to."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulators.pos_terminal.line import TcpLine
from simulators.pos_terminal.memory import Memory, State
from simulators.pos_terminal.outcome import Outcome
from simulators.pos_terminal.terminal import Terminal
from tests.simulators.pos_terminal.host import MASTER, Host, listening

TERMINAL, MERCHANT, NUMBER = "T0000001", "M00000000000001", "13800138000"
NOW = datetime(2026, 11, 27, 10, 15, tzinfo=UTC)


@pytest.fixture
def host() -> Iterator[Host]:
    with listening(Host()) as running:
        yield running


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make(tmp_path / "T0000001.json")


def make(path: Path, **more: object) -> Path:
    """A new terminal's file."""
    told = {"terminal": TERMINAL, "merchant": MERCHANT, "serial": "KC0000000001", "master": MASTER.hex()} | more
    Memory.make(path, State(**told))  # type: ignore[arg-type]
    return path


def at(path: Path, port: int, seconds: float | None = 30) -> Terminal:
    """The terminal of a file, switched on. Nobody waits for long: a host without an answer hangs up."""
    return Terminal(Memory(path), TcpLine("127.0.0.1", port), seconds, lambda: NOW)


def use(path: Path, port: int, *presses: Callable[[Terminal], Awaitable[Outcome]], seconds: float | None = 30) -> list[Outcome]:
    """Switch the terminal on, and press keys one after the other."""

    async def whole() -> list[Outcome]:
        terminal = at(path, port, seconds)
        return [await press(terminal) for press in presses]

    return asyncio.run(whole())
