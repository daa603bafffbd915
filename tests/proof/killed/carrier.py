"""A carrier whose ledger is a file: what was appended stays, whoever is killed."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from recharge.clock import Clock
from recharge.domain.outcomes import FailureReason, Outcome, OutcomeState
from recharge.suppliers.contract import AttemptOrder, BadCallback, Callback, Caps, RawCallback, StatementLine, StatementNotReady, Stock

NONE = "-"
LEFT, RECEIVED = "before the request leaves", "before the answer is read"


class Way(Enum):
    """What becomes of every request."""

    OK = "done"
    FAILED = "refused"
    SILENT = "done, and no answer"
    LATE = "accepted, done later"
    TAKEN_BACK = "done, and taken back when asked"


@dataclass(frozen=True)
class FileCarrier:
    """A supplier link straight into the ledger. `reach` is called before the request leaves and before its answer is read."""

    ledger: Path
    way: Way
    clock: Clock
    reach: Callable[[str], None] = lambda _name: None

    @property
    def caps(self) -> Caps:
        """It can be asked; there is no statement."""
        return Caps(True, True, False, None, False, True, True, timedelta(seconds=30), timedelta(seconds=10))

    async def submit(self, order: AttemptOrder) -> Outcome:
        """One line in the ledger, and the answer this way of dealing gives."""
        self._write_down(order, order.face_minor)
        if self.way is Way.SILENT:
            return Outcome(OutcomeState.UNKNOWN, self.clock.now(), code="timeout")
        return self._said(order, OutcomeState.ACCEPTED if self.way is Way.LATE else self._end)

    async def query(self, order: AttemptOrder) -> Outcome:
        """By now everything the ledger has is at its end."""
        self.reach(LEFT)
        requests = lines(self.ledger)
        known = order.reference in {request.reference for request in requests}
        taken_back = order.reference in {request.original for request in requests}
        self.reach(RECEIVED)
        if not known:
            return Outcome(OutcomeState.NOT_FOUND, self.clock.now())
        return self._said(order, OutcomeState.REVERSED if taken_back else self._end)

    async def reverse(self, order: AttemptOrder) -> Outcome:
        """Another line in the ledger."""
        self._write_down(order, -order.face_minor)
        return self._said(order, OutcomeState.SUCCESS)

    async def balance(self) -> Stock:
        """Enough."""
        return Stock(1_000_000_000, 0, self.clock.now())

    async def statement(self, day: date) -> Sequence[StatementLine]:
        """There is none."""
        raise StatementNotReady(str(day))

    def read_callback(self, raw: RawCallback) -> Callback:
        """There are none."""
        raise BadCallback(str(raw))

    async def close(self) -> None:
        """Nothing is held."""

    def _write_down(self, order: AttemptOrder, amount_minor: int) -> None:
        self.reach(LEFT)
        handle = os.open(self.ledger, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        os.write(handle, f"{order.reference} {order.number} {amount_minor} {order.original_reference or NONE}\n".encode())
        os.close(handle)
        self.reach(RECEIVED)

    @property
    def _end(self) -> OutcomeState:
        return OutcomeState.FAILED if self.way is Way.FAILED else OutcomeState.SUCCESS

    def _said(self, order: AttemptOrder, state: OutcomeState) -> Outcome:
        reason = FailureReason.REJECTED if state is OutcomeState.FAILED else None
        return Outcome(state, self.clock.now(), number=order.number, amount_minor=order.face_minor, reason=reason)


class Line(NamedTuple):
    """One request that reached the carrier; `original` is the reference it takes back, or NONE. Amount in minor units."""

    reference: str
    number: str
    amount_minor: int
    original: str


def lines(ledger: Path) -> list[Line]:
    """Every request that reached the carrier."""
    if not ledger.exists():
        return []
    found = (line.split() for line in ledger.read_text().splitlines())
    return [Line(reference, number, int(amount), original) for reference, number, amount, original in found]


def repeated(ledger: Path) -> list[str]:
    """References that reached the carrier more than once."""
    return [reference for reference, times in Counter(line.reference for line in lines(ledger)).items() if times > 1]
