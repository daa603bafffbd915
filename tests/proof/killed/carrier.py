"""A carrier whose ledger is a file: what was appended stays, whoever is killed."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from pathlib import Path

from recharge.clock import Clock
from recharge.domain.outcomes import FailureReason, Outcome, OutcomeState
from recharge.suppliers.contract import AttemptOrder, BadCallback, Callback, Caps, RawCallback, StatementLine, StatementNotReady, Stock

LEFT, RECEIVED = "before the request leaves", "before the answer is read"


class Way(Enum):
    """What becomes of every request."""

    OK = "done"
    FAILED = "refused"
    SILENT = "done, and no answer"
    LATE = "accepted, done later"


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
        self.reach(LEFT)
        handle = os.open(self.ledger, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        os.write(handle, f"{order.reference} {order.number} {order.face_minor}\n".encode())
        os.close(handle)
        self.reach(RECEIVED)
        if self.way is Way.SILENT:
            return Outcome(OutcomeState.UNKNOWN, self.clock.now(), code="timeout")
        return self._said(order, OutcomeState.ACCEPTED if self.way is Way.LATE else self._end)

    async def query(self, order: AttemptOrder) -> Outcome:
        """By now everything the ledger has is at its end."""
        self.reach(LEFT)
        known = order.reference in {reference for reference, *_ in lines(self.ledger)}
        self.reach(RECEIVED)
        return self._said(order, self._end) if known else Outcome(OutcomeState.NOT_FOUND, self.clock.now())

    async def reverse(self, order: AttemptOrder) -> Outcome:
        """Nobody asks for it here."""
        return Outcome(OutcomeState.FAILED, self.clock.now())

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

    @property
    def _end(self) -> OutcomeState:
        return OutcomeState.FAILED if self.way is Way.FAILED else OutcomeState.SUCCESS

    def _said(self, order: AttemptOrder, state: OutcomeState) -> Outcome:
        reason = FailureReason.REJECTED if state is OutcomeState.FAILED else None
        return Outcome(state, self.clock.now(), number=order.number, amount_minor=order.face_minor, reason=reason)


def lines(ledger: Path) -> list[tuple[str, str, str]]:
    """(reference, number, amount) of every request that reached the carrier."""
    if not ledger.exists():
        return []
    found = (line.split() for line in ledger.read_text().splitlines())
    return [(reference, number, amount) for reference, number, amount in found]


def repeated(ledger: Path) -> list[str]:
    """References that reached the carrier more than once."""
    return [reference for reference, times in Counter(reference for reference, *_ in lines(ledger)).items() if times > 1]
