"""The match of a terminal's batch: what the terminal counted, what the engine remembers of its requests, what stands in the books."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date

from bank_settle.terminals.frozen import Frozen
from bank_settle.terminals.kinds import BatchKind
from recharge import BatchLine, BatchTotals, ChargeFact, OrderState, TerminalBatch, TerminalItem

_LATER = {OrderState.FAILED: BatchKind.FAILED_HERE, OrderState.REVERSED: BatchKind.REVERSED_HERE}


@dataclass(frozen=True, slots=True)
class Break:
    """One difference. `ours_minor` and `theirs_minor` are face values of the two sides, None where a side has nothing; `effect_minor` is
    money of ours: what the books have taken too much from the agent, or (negative) too little."""

    kind: BatchKind
    reference: str
    ours_minor: int | None
    theirs_minor: int | None
    effect_minor: int = 0
    line: BatchLine | None = None
    price_minor: int = 0


@dataclass(frozen=True, slots=True)
class Compared:
    """A batch's three sides side by side, in face value, and what was found."""

    name: str
    batch: TerminalBatch
    ours: BatchTotals
    posted: BatchTotals
    breaks: tuple[Break, ...]


def compare_all(batches: Sequence[Frozen], day: date) -> list[Compared]:
    """Compare a channel's batches of a day."""
    cancelled = {line.order_number for item in batches for line in item.batch.lines if line.is_cancel and line.counted}
    return [_compare(item, day, cancelled) for item in batches]


def _compare(frozen: Frozen, day: date, cancelled: Set[str]) -> Compared:
    """One batch. One that still runs is compared with the books alone; that it runs is a difference once it began earlier.

    `cancelled` are the orders that a terminal itself took back: their cancel is counted in its own batch.
    """
    batch = frozen.batch
    ours = _totals(line for line in batch.lines if line.counted)
    posted = _totals(line for line in batch.lines if _is_posted(line, frozen.charges.get(line.order_number)))
    found = [*_with_the_terminal(frozen, ours, day, cancelled), *_with_the_books(frozen)]
    found.sort(key=lambda item: (item.kind.value, item.reference))
    return Compared(frozen.name, batch, ours, posted, tuple(found))


def _totals(lines: Iterable[BatchLine]) -> BatchTotals:
    return BatchTotals.of((line.is_cancel, line.face_minor) for line in lines)


def _is_posted(line: BatchLine, charge: ChargeFact | None) -> bool:
    """A sale stands in the books while its price is taken, a cancel once it is given back. What a reversal took back is neither."""
    if charge is None:
        return False
    if line.is_cancel:
        return line.counted and charge.given_back_minor > 0
    return charge.taken_minor > 0 and (line.counted or not charge.given_back_minor)


def _with_the_terminal(frozen: Frozen, ours: BatchTotals, day: date, cancelled: Set[str]) -> Iterator[Break]:
    batch = frozen.batch
    if batch.closed_at is None:
        if batch.opened_on < day:
            yield Break(BatchKind.STILL_OPEN, frozen.name, ours.net_minor, None)
        return
    if batch.told is None:
        if ours != BatchTotals():
            yield Break(BatchKind.NO_TOTALS, frozen.name, ours.net_minor, None)
        return
    yield from _since(frozen, cancelled) if batch.items is None else _by_line(frozen, batch.items, cancelled)
    yield from _unexplained(frozen, ours, batch.told)


def _since(frozen: Frozen, cancelled: Set[str]) -> Iterator[Break]:
    """There is no list: what was counted at the end may have come to something else since."""
    for line in frozen.batch.lines:
        if (line.counted or line.noted) and (kind := _became(line, cancelled)) is not None:
            yield _break(kind, frozen, line, line.face_minor)


def _by_line(frozen: Frozen, items: Iterable[TerminalItem], cancelled: Set[str]) -> Iterator[Break]:
    here, there = {line.trace: line for line in frozen.batch.lines}, {item.trace: item for item in items}
    for trace in sorted(here.keys() | there.keys()):
        line, item = here.get(trace), there.get(trace)
        if line is None:
            if item is not None:
                yield Break(BatchKind.TERMINAL_ONLY, f"{frozen.name}-{trace:06d}", None, item.face_minor)
        elif item is None:
            if line.counted:
                yield _break(BatchKind.OURS_ONLY, frozen, line, None)
        elif line.face_minor != item.face_minor:
            yield _break(BatchKind.AMOUNT, frozen, line, item.face_minor)
        elif (kind := _became(line, cancelled)) is not None:
            yield _break(kind, frozen, line, item.face_minor)


def _became(line: BatchLine, cancelled: Set[str]) -> BatchKind | None:
    """What is to be said of a transaction that the terminal counts as done."""
    if not line.ended:
        # One that is being taken back now was done when the batch ended, unless it was noted as open then.
        return BatchKind.IN_HAND if line.noted or line.state is not OrderState.REVERSING else None
    if line.counted:
        elsewhere = not line.is_cancel and line.state is OrderState.REVERSED and line.order_number not in cancelled
        return BatchKind.REVERSED_HERE if elsewhere else None
    return _LATER.get(line.state, BatchKind.TERMINAL_ONLY)


def _unexplained(frozen: Frozen, ours: BatchTotals, told: BatchTotals) -> Iterator[Break]:
    """What is left of the terminal's totals when every line is accounted for."""
    items = frozen.batch.items
    if items is not None:
        # A list does not say which side an item is on.
        agrees = (told.debit_minor + told.credit_minor, told.debit_count + told.credit_count) == (
            sum(item.face_minor for item in items),
            len(items),
        )
    else:
        agrees = told == _totals(line for line in frozen.batch.lines if line.counted or line.noted)
    if not agrees:
        yield Break(BatchKind.TOTALS, frozen.name, ours.net_minor, told.net_minor)


def _with_the_books(frozen: Frozen) -> Iterator[Break]:
    """What was posted must be what is counted. A line whose order moved between the two looks is left to the next one."""
    for line in frozen.batch.lines:
        charge = frozen.charges.get(line.order_number)
        if line.ended and (charge is None or charge.state == line.state.value):
            yield from _about_postings(frozen, line, charge or ChargeFact(0, "", 0, 0, 0))


def _about_postings(frozen: Frozen, line: BatchLine, charge: ChargeFact) -> Iterator[Break]:
    if line.counted:
        if not _is_posted(line, charge):
            effect = charge.price_minor if line.is_cancel else -charge.price_minor
            yield _break(BatchKind.NOT_POSTED, frozen, line, None, effect)
    elif not line.is_cancel and charge.taken_minor != charge.given_back_minor:
        yield _break(BatchKind.POSTED_UNDONE, frozen, line, None, charge.taken_minor - charge.given_back_minor)


def _break(kind: BatchKind, frozen: Frozen, line: BatchLine, theirs_minor: int | None, effect_minor: int = 0) -> Break:
    charges: Mapping[str, ChargeFact] = frozen.charges
    price = charges[line.order_number].price_minor if line.order_number in charges else 0
    ours = line.face_minor if line.counted else None
    return Break(kind, f"{frozen.name}-{line.trace:06d}", ours, theirs_minor, effect_minor, line, price)
