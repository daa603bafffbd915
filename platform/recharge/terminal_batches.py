"""Batches of terminals as the day's close compares them: a channel offers what its terminals told beside what it remembers itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import entry_points
from typing import Protocol

from recharge.domain.orders import OrderState
from recharge.engine.door import Engine

PROVIDERS = "kongchong.terminal_batches"
"""The entry points by which a channel offers its terminals' batches; each goes by the channel's name."""


@dataclass(frozen=True, slots=True)
class BatchTotals:
    """Sums of a batch in minor units of face value: sales on the debit side, cancels on the credit side."""

    debit_minor: int = 0
    debit_count: int = 0
    credit_minor: int = 0
    credit_count: int = 0

    @classmethod
    def of(cls, lines: Iterable[tuple[bool, int]]) -> "BatchTotals":
        """The sums of transactions, each told as whether it is a cancel, and its face value."""
        sales, cancels = [0, 0], [0, 0]
        for is_cancel, face_minor in lines:
            side = cancels if is_cancel else sales
            side[0] += face_minor
            side[1] += 1
        return cls(*sales, *cancels)

    @property
    def net_minor(self) -> int:
        """Sales less cancels."""
        return self.debit_minor - self.credit_minor


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One request of a terminal that made or spoke of an order, from the engine's memory. `counted` says that it stands in the batch's
    totals now; `noted` that it stood there when the batch ended although its order had no end yet."""

    trace: int
    number: str
    face_minor: int
    order_number: str
    state: OrderState
    is_cancel: bool
    counted: bool
    ended: bool
    noted: bool = False


@dataclass(frozen=True, slots=True)
class TerminalItem:
    """One transaction as the terminal itself lists it; face value in minor units."""

    trace: int
    number: str
    face_minor: int


@dataclass(frozen=True, slots=True)
class TerminalBatch:
    """A terminal's batch. `closed_at` (aware) is None while it runs; `told` is what the terminal counted, None where it never told;
    `items` is the terminal's own list, None where its totals made one needless or it was never sent to its end."""

    terminal: str
    number: int
    party_code: str
    opened_on: date
    closed_at: datetime | None
    told: BatchTotals | None
    lines: Sequence[BatchLine]
    items: Sequence[TerminalItem] | None = None


class BatchProvider(Protocol):
    """What an entry point of the group names."""

    def __call__(self, engine: Engine, begin: datetime, end: datetime) -> Sequence[TerminalBatch]:
        """Batches that ended from `begin` up to `end` (aware), and those that had begun by `end` and not ended, by terminal and number."""
        ...


def batch_provider(channel: str) -> BatchProvider | None:
    """Who offers the batches of a channel's terminals; None where no package does."""
    return next((found.load() for found in entry_points(group=PROVIDERS, name=channel)), None)
