"""What stands in a batch by the engine's books: the sales and cancels of one terminal, and their totals."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from pos import tables
from pos.fields.batch import cancel_of, reference_of
from pos.fields.totals import Totals
from pos.reversals import REFUSED, origin_of
from recharge import BatchTotals, Database, Engine, OrderState, Remembered

_LAST_TRACE = 999_999
_TRACE_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Entry:
    """One transaction. A cancel is one that speaks of another's order; one in hand may still come to nothing; one that does not count was
    refused, failed, or was taken back by a reversal."""

    trace: int
    number: str
    amount_minor: int
    order_number: str
    is_cancel: bool
    in_hand: bool = False
    state: OrderState = OrderState.SUCCEEDED
    counts: bool = True


def entries_of(engine: Engine, terminal: str, batch: int) -> list[Entry]:
    """What counts in a batch: sales that did not fail and were not taken back by a reversal, and cancels that were carried out.

    Read from the engine's memory of requests, so nothing that was sold can be missing. Raises Refusal where the terminal has no endpoint.
    """
    return [entry for entry in all_of(engine, terminal, batch) if entry.counts]


def all_of(engine: Engine, terminal: str, batch: int) -> list[Entry]:
    """Everything of a batch that has an order, whether it counts or not: sales, then cancels. Raises Refusal as entries_of does."""
    first, last = reference_of(batch, 0), reference_of(batch, _LAST_TRACE)
    sales = engine.remembered(origin_of(terminal, first), last)
    cancels = [item for item in engine.remembered(origin_of(terminal, cancel_of(first)), cancel_of(last)) if item.order]
    taken_back = _taken_back(engine.database, terminal, first, last)
    gone = {item.order.order_number for item in sales if item.order and item.reference in taken_back}
    found = [_entry(item, is_cancel=False, counts=not _is_undone(item, item.order.state, taken_back)) for item in sales if item.order]
    # A cancel that the carrier refused may have been followed by one that it did not: the last one of an order is the one that was done.
    done = {item.order.order_number: item for item in cancels if item.order and item.order.state is OrderState.REVERSED}
    effective = {item.reference for number, item in done.items() if number not in gone}
    return found + [_entry(item, is_cancel=True, counts=item.reference in effective) for item in cancels]


def totals_of(entries: Iterable[Entry]) -> Totals:
    """Sums as settlement tells them: sales on the debit side, cancels on the credit side."""
    sums = BatchTotals.of((entry.is_cancel, entry.amount_minor) for entry in entries)
    return Totals(sums.debit_minor, sums.debit_count, sums.credit_minor, sums.credit_count)


def _taken_back(database: Database, terminal: str, first: str, last: str) -> set[str]:
    """Sales that a reversal was asked for and not refused. One that was refused may have been cancelled since, and counts twice then."""
    columns = tables.reversal.c
    mine = (columns.terminal == terminal) & columns.reference.between(first, last) & (columns.state != REFUSED)
    with database.read() as connection:
        return set(connection.scalars(select(columns.reference).where(mine)))


def _is_undone(item: Remembered, state: OrderState, taken_back: set[str]) -> bool:
    return state is OrderState.FAILED or (state is OrderState.REVERSED and item.reference in taken_back)


def _trace(item: Remembered) -> int:
    return int(item.reference[-_TRACE_DIGITS:])


def _entry(item: Remembered, *, is_cancel: bool, counts: bool) -> Entry:
    order = item.order
    assert order is not None
    return Entry(_trace(item), order.number, order.face_minor, order.order_number, is_cancel, not order.ended, order.state, counts)
