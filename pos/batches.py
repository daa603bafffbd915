"""What stands in a batch by the engine's books: the sales and cancels of one terminal, and their totals."""

from collections.abc import Iterable
from dataclasses import dataclass

from pos.fields.batch import reference_of, reversal_of
from pos.fields.totals import Totals
from pos.reversals import origin_of
from recharge import Engine, OrderState, Remembered

_LAST_TRACE = 999_999
_TRACE_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Entry:
    """One transaction that counts. A cancel is one that speaks of another's order."""

    trace: int
    number: str
    amount_minor: int
    order_number: str
    is_cancel: bool


def entries_of(engine: Engine, terminal: str, batch: int) -> list[Entry]:
    """What counts in a batch: sales that did not fail and were not taken back by a reversal, and cancels that were carried out.

    Read from the engine's memory of requests, so nothing that was sold can be missing. Raises Refusal where the terminal has no endpoint.
    """
    first, last = reference_of(batch, 0), reference_of(batch, _LAST_TRACE)
    asked = engine.remembered(origin_of(terminal, first), last)
    reversals = engine.remembered(origin_of(terminal, reversal_of(first)), reversal_of(last))
    taken_back = {item.reference[-_TRACE_DIGITS:] for item in reversals if item.order and item.order.state is OrderState.REVERSED}
    return [entry for item in asked if (entry := _entry(item, taken_back)) is not None]


def totals_of(entries: Iterable[Entry]) -> Totals:
    """Sums as settlement tells them: sales on the debit side, cancels on the credit side."""
    sales, cancels = [0, 0], [0, 0]
    for entry in entries:
        side = cancels if entry.is_cancel else sales
        side[0] += entry.amount_minor
        side[1] += 1
    return Totals(sales[0], sales[1], cancels[0], cancels[1])


def _entry(item: Remembered, taken_back: set[str]) -> Entry | None:
    order, trace = item.order, item.reference[-_TRACE_DIGITS:]
    if order is None or item.code:
        return None
    counts = order.state is not OrderState.FAILED and trace not in taken_back if item.made_it else order.state is OrderState.REVERSED
    return Entry(int(trace), order.number, order.face_minor, order.order_number, not item.made_it) if counts else None
