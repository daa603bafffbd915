"""The match of a batch on its own: sides made up freely, every difference seen once, and what agrees never taken for a difference."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_settle.terminals.frozen import Frozen, read, render
from bank_settle.terminals.kinds import BatchKind
from bank_settle.terminals.match import Compared, compare_all
from recharge import BatchLine, BatchTotals, ChargeFact, OrderState, TerminalBatch, TerminalItem

DAY = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
PRICE = 4900


def line(trace: int, face: int = 5000, state: OrderState = OrderState.SUCCEEDED, **said: Any) -> BatchLine:
    plain: dict[str, Any] = {"is_cancel": False, "counted": True, "ended": True, "noted": False, "order_number": str(trace)} | said
    return BatchLine(trace, "13800138000", face, plain["order_number"], state, plain["is_cancel"], plain["counted"], plain["ended"],
                     plain["noted"])  # fmt: skip


def totals(*lines: BatchLine) -> BatchTotals:
    sales, cancels = [[item.face_minor for item in lines if item.is_cancel is side] for side in (False, True)]
    return BatchTotals(sum(sales), len(sales), sum(cancels), len(cancels))


def batch(*lines: BatchLine, told: BatchTotals | None = None, items: list[TerminalItem] | None = None, **said: Any) -> Frozen:
    """A batch that is booked as its lines say and, unless told otherwise, balances."""
    counted = totals(*(item for item in lines if item.counted or item.noted))
    plain: dict[str, Any] = {"number": 1, "opened_on": DAY, "closed_at": AT, "told": counted if told is None else told} | said
    charges = {}
    for item in lines:
        undone = item.state is OrderState.FAILED
        given_back = PRICE if item.state is OrderState.REVERSED else 0
        charges[item.order_number] = ChargeFact(int(item.order_number), item.state.value, PRICE, 0 if undone else PRICE, given_back)
    return Frozen(TerminalBatch("KC000001", party_code="A", lines=list(lines), items=items, **plain), charges)


def found(*batches: Frozen) -> list[tuple[BatchKind, str]]:
    return [(each.kind, each.reference) for item in compare_all(batches, DAY) for each in item.breaks]


def one(frozen: Frozen) -> Compared:
    (compared,) = compare_all([frozen], DAY)
    return compared


def listed(*lines: BatchLine) -> list[TerminalItem]:
    return [TerminalItem(item.trace, item.number, item.face_minor) for item in lines]


def test_what_balances_has_no_difference() -> None:
    compared = one(batch(line(1), line(2, 3000)))
    assert (compared.breaks, compared.ours, compared.posted) == ((), BatchTotals(8000, 2), BatchTotals(8000, 2))


def test_a_sale_and_its_cancel_in_another_batch() -> None:
    sale = line(1, state=OrderState.REVERSED)
    cancel = line(7, state=OrderState.REVERSED, is_cancel=True, order_number="1")
    assert found(batch(sale), batch(cancel, number=2)) == []
    assert found(batch(sale)) == [(BatchKind.REVERSED_HERE, "KC000001-000001-000001")]


def test_a_sale_that_is_being_taken_back_was_done() -> None:
    under_way = line(1, state=OrderState.REVERSING, ended=False)
    assert found(batch(under_way)) == []
    assert found(batch(replace(under_way, noted=True))) == [(BatchKind.IN_HAND, "KC000001-000001-000001")]


def test_a_failed_sale_that_nobody_counts_is_nothing() -> None:
    compared = one(batch(line(1), line(2, state=OrderState.FAILED, counted=False)))
    assert (compared.breaks, compared.posted) == ((), BatchTotals(5000, 1))


def test_a_sale_that_a_reversal_took_back_is_nothing() -> None:
    assert found(batch(line(1), line(2, state=OrderState.REVERSED, counted=False))) == []


def test_a_refused_cancel_that_the_terminal_lists_is_the_terminals_alone() -> None:
    sale, cancel = line(1), line(2, is_cancel=True, counted=False, order_number="1")
    told = BatchTotals(5000, 1, 5000, 1)
    assert found(batch(sale, cancel, told=told, items=listed(sale, cancel))) == [(BatchKind.TERMINAL_ONLY, "KC000001-000001-000002")]


def test_an_empty_batch_that_nobody_settled_is_no_case() -> None:
    silent = batch()
    silent = Frozen(replace(silent.batch, told=None), {})
    assert found(silent) == []


def test_an_empty_list_is_a_list() -> None:
    sale = line(1)
    assert found(batch(sale, told=BatchTotals(), items=[])) == [(BatchKind.OURS_ONLY, "KC000001-000001-000001")]


def test_a_batch_that_runs_is_held_against_the_books_alone() -> None:
    running = batch(line(1), line(2), closed_at=None)
    assert found(running) == []
    assert found(Frozen(running.batch, {"1": running.charges["1"]})) == [(BatchKind.NOT_POSTED, "KC000001-000001-000002")]
    old = Frozen(replace(running.batch, opened_on=date(2026, 11, 19)), running.charges)
    assert found(old) == [(BatchKind.STILL_OPEN, "KC000001-000001")]


def test_an_order_that_moved_between_the_two_looks_is_left_to_the_next_one() -> None:
    made = batch(line(1))
    moved = {"1": made.charges["1"]._replace(state="reversing", taken_minor=0)}
    assert found(Frozen(made.batch, moved)) == []


@pytest.mark.parametrize(
    ("told", "expected"),
    [(BatchTotals(5000, 1), []), (BatchTotals(5000, 2), [BatchKind.TOTALS]), (BatchTotals(0, 0, 5000, 1), [BatchKind.TOTALS]),
     (BatchTotals(5001, 1), [BatchKind.TOTALS])],
)  # fmt: skip
def test_totals_that_no_line_explains(told: BatchTotals, expected: list[BatchKind]) -> None:
    assert [kind for kind, _ in found(batch(line(1), told=told))] == expected


STATES = st.sampled_from([OrderState.SUCCEEDED, OrderState.FAILED, OrderState.REVERSED])
LINES = st.lists(st.tuples(st.integers(1, 99_999), STATES), max_size=8).map(
    lambda rows: [
        line(trace, face, state, counted=state is OrderState.SUCCEEDED, noted=False) for trace, (face, state) in enumerate(rows, 1)
    ]
)


@given(LINES)
def test_whatever_agrees_is_found_to_agree(lines: list[BatchLine]) -> None:
    counted = [item for item in lines if item.counted]
    assert found(batch(*lines)) == []
    assert found(batch(*lines, items=listed(*counted))) == []


@given(LINES, st.data())
def test_one_thing_changed_on_the_terminals_side_is_one_difference(lines: list[BatchLine], data: st.DataObject) -> None:
    counted = [item for item in lines if item.counted]
    items = listed(*counted)
    how = data.draw(st.sampled_from(["added", *(["left out", "altered"] if items else [])]))
    place = data.draw(st.integers(0, max(0, len(items) - 1)))
    if how == "added":
        items.append(TerminalItem(500, "13900139000", 100))
    elif how == "left out":
        del items[place]
    else:
        items[place] = replace(items[place], face_minor=items[place].face_minor + 1)
    told = BatchTotals(sum(item.face_minor for item in items), len(items))
    expected = {"added": BatchKind.TERMINAL_ONLY, "left out": BatchKind.OURS_ONLY, "altered": BatchKind.AMOUNT}[how]
    assert [kind for kind, _ in found(batch(*lines, told=told, items=items))] == [expected]


@given(LINES, st.booleans(), st.booleans())
def test_the_snapshot_gives_back_what_was_frozen(lines: list[BatchLine], running: bool, uploaded: bool) -> None:
    made = batch(*lines, items=listed(*lines) if uploaded else None)
    if running:
        made = Frozen(replace(made.batch, closed_at=None, told=None), made.charges)
    content = render([made, made])
    assert read(content) == [made, made]
    assert render(read(content)) == content
