"""What a terminal keeps through a power cut: keys, batch and trace, the transaction in doubt, the batch's transactions, the last slips."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from simulators.pos_terminal.slips import Slip

_OWNER_ONLY = 0o600
_KEPT_SLIPS = 10
_HIGHEST_TRACE = 999999
USUAL_TRIES: Final = 3
NO_BATCH: Final = "000000"
_MOST_TRIES, _LONGEST_WAIT = 9, 90
USUAL_SECONDS: Final = 30
"""How long a terminal waits for an answer unless its parameters say otherwise."""
CONFIRM: Final = "confirm"
REVERSAL: Final = "reversal"
POLICIES: Final = (CONFIRM, REVERSAL)
ASKED, DONE, PROCESSING, REFUSED, REVERSED, UNKNOWN = "asked", "done", "processing", "refused", "reversed", "unknown"
"""States of a transaction; a processing one is accepted, and its end comes later."""


@dataclass
class Sale:
    """A transaction of the batch: a recharge, a bill payment, or the cancel of one; amounts in fen.

    `mark` is the repeat mark it was sent with, 0 for none.
    """

    function: str
    batch: str
    trace: str
    number: str
    amount_minor: int
    state: str = ASKED
    code: str = ""
    reference: str = ""
    date: str = ""
    time: str = ""
    order: str = ""
    serial: str = ""
    original: str = ""
    original_batch: str = ""
    mark: int = 0
    cancelled: bool = False


@dataclass
class Pending:
    """The reversal file: a transaction whose outcome the terminal does not know, as sent, with the reason that field 39 will give.

    Reasons: 06 not known to have left, 98 no answer, A0 the answer's MAC was wrong, 96 the terminal's own fault.
    """

    fields: dict[int, str]
    batch: str
    trace: str
    policy: str
    reason: str = "06"
    tries: int = 0


@dataclass
class Settling:
    """How far a settlement has come: asked, upload, end; how many transactions are up; the outcome as the host told it."""

    step: str = "asked"
    balanced: bool = False
    uploaded: int = 0


@dataclass
class State:
    """All of it. Keys are hexadecimal; `work` is field 62 of the last sign-in, still under the master key;
    `network` is the host's address in the TPDU, `dial_up` the block of a concentrator's call."""

    terminal: str
    merchant: str
    serial: str
    master: str
    work: str = ""
    mac: str = "x9.19"
    strict: bool = True
    policy: str = CONFIRM
    operator: str = "01"
    network: str = "0003"
    dial_up: str = ""
    batch: str = NO_BATCH
    trace: int = 0
    pending: Pending | None = None
    settling: Settling | None = None
    sales: list[Sale] = field(default_factory=list)
    slips: list[Slip] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def signed_in(self) -> bool:
        """Whether there are work keys."""
        return bool(self.work)

    @property
    def tries(self) -> int:
        """How often a transaction in doubt is followed up before it is given up."""
        return _within(self.parameters.get("tries", ""), 1, _MOST_TRIES, USUAL_TRIES)

    @property
    def seconds(self) -> int:
        """How long an answer is waited for."""
        return _within(self.parameters.get("timeout", ""), 1, _LONGEST_WAIT, USUAL_SECONDS)

    def next_trace(self) -> str:
        """A trace number not used in this batch, as six digits."""
        self.trace = self.trace % _HIGHEST_TRACE + 1
        return f"{self.trace:06d}"

    def sale(self, trace: str, batch: str = "") -> Sale | None:
        """A transaction of a batch (the open one where none is named), or None."""
        wanted = (batch or self.batch, trace)
        return next((one for one in reversed(self.sales) if (one.batch, one.trace) == wanted), None)

    def print(self, slip: Slip) -> None:
        """A slip out of the printer; the last ones can be printed again."""
        self.slips = [*self.slips, slip][-_KEPT_SLIPS:]


def _within(told: str, least: int, most: int, usual: int) -> int:
    """A parameter as a number; the usual one where the host's is no number or out of bounds."""
    number = int(told) if told.isascii() and told.isdigit() else usual
    return number if least <= number <= most else usual


class Memory:
    """The state in a file. `keep` has it on the disk, whole, before it returns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.state = read_state(json.loads(path.read_text("utf-8")))

    @classmethod
    def make(cls, path: Path, state: State) -> "Memory":
        """A new terminal's file."""
        _write(path, state)
        return cls(path)

    def keep(self) -> None:
        """Put the state away."""
        _write(self.path, self.state)


def _write(path: Path, state: State) -> None:
    # Written beside and put in place: a cut in the middle leaves the old file whole.
    beside = path.with_suffix(".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(state), file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read_state(told: Mapping[str, Any]) -> State:
    """The state as its file tells it."""
    pending, settling = told["pending"], told["settling"]
    parts = {
        "pending": pending and Pending(**{**pending, "fields": {int(number): value for number, value in pending["fields"].items()}}),
        "settling": settling and Settling(**settling),
        "sales": [Sale(**one) for one in told["sales"]],
        "slips": [Slip(one["kind"], [(row[0], row[1]) for row in one["rows"]]) for one in told["slips"]],
    }
    return State(**{**told, **parts})
