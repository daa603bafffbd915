"""The only moves between states there are."""

from itertools import product

import pytest

from recharge.domain.orders import END, FINAL_STATES, HOLD, OPEN_STATES, OUTWARD_KINDS, REVERSAL, OrderKind, OrderState, may_move

HELD, SENDING, UNKNOWN = OrderState.HELD, OrderState.SENDING, OrderState.UNKNOWN
SUCCEEDED, FAILED = OrderState.SUCCEEDED, OrderState.FAILED
REVERSING, REVERSED = OrderState.REVERSING, OrderState.REVERSED
MOVES = {
    (HELD, SENDING), (HELD, FAILED), (SENDING, HELD), (SENDING, UNKNOWN), (SENDING, SUCCEEDED), (SENDING, FAILED), (UNKNOWN, HELD),
    (UNKNOWN, SUCCEEDED), (UNKNOWN, FAILED), (SUCCEEDED, REVERSING), (SUCCEEDED, REVERSED), (REVERSING, SUCCEEDED), (REVERSING, REVERSED),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), list(product(OrderState, OrderState)))
def test_every_pair_of_states(before: OrderState, after: OrderState) -> None:
    assert may_move(before, after) is ((before, after) in MOVES)


def test_failed_and_reversed_are_for_ever() -> None:
    assert not any(may_move(state, after) for state in (FAILED, REVERSED) for after in OrderState)


def test_a_failed_order_never_becomes_a_success_nor_the_other_way_round() -> None:
    assert not may_move(FAILED, SUCCEEDED)
    assert not may_move(SUCCEEDED, FAILED)


def test_open_and_final_states_share_nothing() -> None:
    assert not OPEN_STATES & FINAL_STATES
    assert OPEN_STATES | FINAL_STATES | {REVERSING} == set(OrderState)


def test_only_recharges_and_bill_payments_leave_the_house() -> None:
    assert {OrderKind.RECHARGE, OrderKind.BILL_PAYMENT} == OUTWARD_KINDS


def test_steps_are_in_the_order_of_life() -> None:
    assert HOLD < END < REVERSAL
