"""What stands in a batch by the engine's books: the sales and cancels of one terminal, and their totals."""

from collections.abc import Iterable
from dataclasses import dataclass

from pos.fields.batch import cancel_of, reference_of, reversal_of
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
    sales = engine.remembered(origin_of(terminal, first), last)
    cancels = engine.remembered(origin_of(terminal, cancel_of(first)), cancel_of(last))
    reversals = engine.remembered(origin_of(terminal, reversal_of(first)), reversal_of(last))
    taken_back = {_trace(item) for item in reversals if item.order and item.order.state is OrderState.REVERSED}
    counted = [item for item in sales if item.order and item.order.state is not OrderState.FAILED and _trace(item) not in taken_back]
    done = [item for item in cancels if item.order and item.order.state is OrderState.REVERSED]
    return [_entry(item, is_cancel=False) for item in counted] + [_entry(item, is_cancel=True) for item in done]


def totals_of(entries: Iterable[Entry]) -> Totals:
    """Sums as settlement tells them: sales on the debit side, cancels on the credit side."""
    sales, cancels = [0, 0], [0, 0]
    for entry in entries:
        side = cancels if entry.is_cancel else sales
        side[0] += entry.amount_minor
        side[1] += 1
    return Totals(sales[0], sales[1], cancels[0], cancels[1])


def _trace(item: Remembered) -> int:
    return int(item.reference[-_TRACE_DIGITS:])


def _entry(item: Remembered, *, is_cancel: bool) -> Entry:
    order = item.order
    assert order is not None
    return Entry(_trace(item), order.number, order.face_minor, order.order_number, is_cancel)
