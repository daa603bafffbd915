"""The shop's counter: terminals by the names of their files, and a person who fills in what a function asks and presses the key."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

from simulators.pos_terminal.faults import Faults, PowerCut
from simulators.pos_terminal.line import Line
from simulators.pos_terminal.memory import Memory, State
from simulators.pos_terminal.outcome import Outcome
from simulators.pos_terminal.record import Record
from simulators.pos_terminal.terminal import Terminal

_NAME = re.compile(r"[0-9A-Za-z_-]{1,60}")
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "sign_in": (),
    "recharge": ("number", "amount", "password"),
    "bill": ("number", "amount", "password"),
    "cancel": ("trace", "password"),
    "enquire": (),
    "balance": ("password",),
    "check_number": ("number",),
    "settle": (),
    "download": (),
    "status": (),
    "echo": (),
    "sign_off": (),
}
"""The functions, and what each asks for."""
_PATTERNS: Final = {
    "number": r"[0-9]{6,12}",
    "amount": r"[0-9]{1,6}([.][0-9]{1,2})?",
    "password": r"[0-9]{4,12}",
    "trace": r"[0-9]{1,6}",
}
Filled = Mapping[str, str]
_KEYS: Final[Mapping[str, Callable[[Terminal, Filled, Faults], Awaitable[Outcome]]]] = {
    "sign_in": lambda terminal, _, faults: terminal.sign_in(faults),
    "recharge": lambda terminal, told, faults: terminal.recharge(*sale_of(terminal.state, told), faults=faults),
    "bill": lambda terminal, told, faults: terminal.pay_bill(*sale_of(terminal.state, told), faults=faults),
    "cancel": lambda terminal, told, faults: terminal.cancel(told["trace"].zfill(6), told["password"], faults=faults),
    "enquire": lambda terminal, _, faults: terminal.enquire(faults=faults),
    "balance": lambda terminal, told, faults: terminal.balance(told["password"], faults=faults),
    "check_number": lambda terminal, told, faults: terminal.check_number(told["number"], faults),
    "settle": lambda terminal, _, faults: terminal.settle(faults),
    "download": lambda terminal, _, faults: terminal.download(faults),
    "status": lambda terminal, _, faults: terminal.status(faults=faults),
    "echo": lambda terminal, _, faults: terminal.echo(faults),
    "sign_off": lambda terminal, _, faults: terminal.sign_off(faults),
}


class NoSuchTerminal(LookupError):
    """There is no file of this name."""


class CannotPress(Exception):
    """What was filled in is not good; `why` names one of the page's notices."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass
class Shown:
    """What a terminal shows: the last outcome, None when it was just switched on, and the frames of the last key."""

    outcome: Outcome | None = None
    records: list[Record] = field(default_factory=list)


class Counter:
    """A folder of terminal files, NAME.json each, and the line to the host. One key at a time on each terminal."""

    def __init__(self, folder: Path, line: Callable[[], Line], seconds: float | None = None) -> None:
        self._folder, self._line, self._seconds = folder, line, seconds
        self._on: dict[str, Terminal] = {}
        self._shown: dict[str, Shown] = {}
        self._busy: dict[str, asyncio.Lock] = {}

    def names(self) -> list[str]:
        """All terminals."""
        return sorted(path.stem for path in self._folder.glob("*.json") if _NAME.fullmatch(path.stem))

    def state(self, name: str) -> State:
        """What a terminal has in its file. Raises NoSuchTerminal."""
        return self._terminal(name).state

    def shown(self, name: str) -> Shown:
        """What a terminal shows."""
        return self._shown.get(name, Shown())

    async def press(self, name: str, function: str, filled: Filled, faults: Faults) -> str:
        """Press a key and wait for the end; the notice: done, or cut when the power went. Raises NoSuchTerminal, CannotPress."""
        told = checked(function, filled)
        if filled.get("again"):
            told["again"] = filled["again"]
        async with self._busy.setdefault(name, asyncio.Lock()):
            terminal = self._terminal(name)
            outcome = None
            with suppress(PowerCut):
                outcome = await _KEYS[function](terminal, told, faults)
            self._shown[name] = Shown(outcome, terminal.records)
            if outcome is None:
                # Dark. Switched on again, it knows what is in its file.
                del self._on[name]
        return "done" if outcome is not None else "cut"

    def _terminal(self, name: str) -> Terminal:
        if name not in self._on:
            path = self._folder / f"{name}.json"
            if not _NAME.fullmatch(name) or not path.exists():
                raise NoSuchTerminal(name)
            self._on[name] = Terminal(Memory(path), self._line(), self._seconds)
        return self._on[name]


def checked(function: str, filled: Filled) -> dict[str, str]:
    """What was filled in for a function. Raises CannotPress."""
    told = {name: filled.get(name, "").strip() for name in FIELDS[function]}
    for name, value in told.items():
        if not re.fullmatch(_PATTERNS[name], value, re.ASCII):
            raise CannotPress(f"bad_{name}")
    return told


def sale_of(state: State, told: Filled) -> tuple[str, int, str, str, int]:
    """Number, amount in fen, password, no account, and the repeat mark: how often this was sold before, where it is meant again."""
    number, amount_minor = told["number"], fen(told["amount"])
    before = sum((sale.number, sale.amount_minor) == (number, amount_minor) for sale in state.sales)
    return number, amount_minor, told["password"], "", before if told.get("again") else 0


def fen(amount: str) -> int:
    """An amount as people write it, 50 or 50.00, in fen."""
    return int(Decimal(amount) * 100)
