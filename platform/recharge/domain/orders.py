"""Order kinds, states, and the only moves between states there are."""

from enum import StrEnum


class OrderKind(StrEnum):
    """What an order did or wants to do. Only recharges and bill payments leave the house."""

    RECHARGE = "recharge"
    BILL_PAYMENT = "bill_payment"
    DEPOSIT = "deposit"
    TRANSFER = "transfer"
    COMMISSION_MOVE = "commission_move"
    ADJUSTMENT = "adjustment"
    STOCK_PURCHASE = "stock_purchase"
    BOOKING = "booking"


class OrderState(StrEnum):
    """The life of an order (architecture.md). `refused` is no order: the refusal stands in the memory of requests."""

    HELD = "held"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REVERSING = "reversing"
    REVERSED = "reversed"


class EntryStep(int):
    """The place of an entry in its order's life. (order, step) is unique, so the books themselves allow one end and one reversal."""


HOLD = EntryStep(1)
END = EntryStep(2)
REVERSAL = EntryStep(3)

_MOVES: dict[OrderState, frozenset[OrderState]] = {
    OrderState.HELD: frozenset({OrderState.SENDING, OrderState.FAILED}),
    OrderState.SENDING: frozenset({OrderState.HELD, OrderState.UNKNOWN, OrderState.SUCCEEDED, OrderState.FAILED}),
    OrderState.UNKNOWN: frozenset({OrderState.HELD, OrderState.SUCCEEDED, OrderState.FAILED}),
    OrderState.SUCCEEDED: frozenset({OrderState.REVERSING, OrderState.REVERSED}),
    OrderState.REVERSING: frozenset({OrderState.SUCCEEDED, OrderState.REVERSED}),
    OrderState.FAILED: frozenset(),
    OrderState.REVERSED: frozenset(),
}

OPEN_STATES = frozenset({OrderState.HELD, OrderState.SENDING, OrderState.UNKNOWN})
FINAL_STATES = frozenset({OrderState.SUCCEEDED, OrderState.FAILED, OrderState.REVERSED})
OUTWARD_KINDS = frozenset({OrderKind.RECHARGE, OrderKind.BILL_PAYMENT})


def may_move(before: OrderState, after: OrderState) -> bool:
    """Whether an order may go from one state to the other."""
    return after in _MOVES[before]
