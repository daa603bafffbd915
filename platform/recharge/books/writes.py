"""What a batch has decided to write, gathered in memory and put down in sets before the one commit."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection

from recharge.books.database import Database
from recharge.books.rows import AccountRow, AnswerRow, AttemptRow, MessageRow, OrderRow, RequestRow, insert_of
from recharge.books.set_update import SetUpdate
from recharge.books.statements import Change
from recharge.domain.posting_rules import Leg

EVENT_INSERT = "INSERT INTO order_event (id, order_id, at, kind, facts) VALUES (?, ?, ?, ?, ?)"
ENTRY_INSERT = "INSERT INTO entry (order_id, step, kind, business_date, at) VALUES (?, ?, ?, ?, ?)"
POSTING_INSERT = "INSERT INTO posting (order_id, step, account_id, amount_minor) VALUES (?, ?, ?, ?)"
ACCRUAL_INSERT = "INSERT INTO accrual (id, account_id, amount_minor) VALUES (?, ?, ?)"
USAGE_INSERT = "INSERT INTO usage_accrual (id, scope, scope_id, business_date, orders, face_minor) VALUES (?, ?, ?, ?, ?, ?)"
ORDER_INSERT = insert_of("orders", OrderRow)
REQUEST_INSERT = insert_of("request", RequestRow)
MESSAGE_INSERT = insert_of("outbox", MessageRow)
ANSWER_INSERT = insert_of("answer", AnswerRow)
ATTEMPT_INSERT = insert_of("attempt", AttemptRow)

ORDER_CHANGES = (
    "state",
    "due_at",
    "lease",
    "attempt_id",
    "attempts",
    "link_id",
    "delivered_minor",
    "cost_minor",
    "serial_number",
    "failure",
    "ended_at",
)
ATTEMPT_CHANGES = (
    "state",
    "supplier_reference",
    "serial_number",
    "charged_minor",
    "delivered_minor",
    "queries",
    "not_found",
    "ended_at",
)
_of_order, _of_attempt = attrgetter(*ORDER_CHANGES), attrgetter(*ATTEMPT_CHANGES)
_ACCOUNT_CHANGES = ("balance_minor", "version", "day", "day_count", "day_minor", "month", "month_count", "month_minor")
# The old state guards an order and an attempt, the old version an account: the update of a set must match every row. An order may
# come back to a state by another attempt, so that guards it as well.
ORDER_UPDATE = SetUpdate("orders", ORDER_CHANGES, "state", "attempt_id")
ATTEMPT_UPDATE = SetUpdate("attempt", ATTEMPT_CHANGES, "state")
ACCOUNT_UPDATE = SetUpdate("account", _ACCOUNT_CHANGES, "version")


@dataclass(slots=True)
class Writes:
    """Rows by table, in the order in which they were decided."""

    requests: list[RequestRow] = field(default_factory=list)
    orders: list[OrderRow] = field(default_factory=list)
    attempts: list[AttemptRow] = field(default_factory=list)
    answers: list[AnswerRow] = field(default_factory=list)
    entries: list[tuple[int, int, str, str, str]] = field(default_factory=list)
    postings: list[tuple[int, int, int, int]] = field(default_factory=list)
    messages: list[MessageRow] = field(default_factory=list)
    events: list[tuple[int, int, str, str, str]] = field(default_factory=list)
    order_changes: dict[int, tuple[OrderRow, OrderRow]] = field(default_factory=dict)
    attempt_changes: dict[int, tuple[AttemptRow, AttemptRow]] = field(default_factory=dict)
    usage: dict[tuple[str, int, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    accruals: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def entry(self, order_id: int, step: int, kind: str, business_date: str, at: str, legs: Iterable[Leg]) -> None:
        """One balanced entry. Raises AssertionError where the legs do not sum to zero: such an entry must never be kept."""
        total = 0
        for account, amount in legs:
            self.postings.append((order_id, step, account, amount))
            total += amount
        if total:
            raise AssertionError(f"entry {order_id}/{step} is out of balance by {total}")
        self.entries.append((order_id, step, kind, business_date, at))

    def change_order(self, before: OrderRow, after: OrderRow) -> None:
        """Replace an order's changeable columns; several changes in one batch become one."""
        first = self.order_changes.get(before.id)
        self.order_changes[before.id] = (first[0] if first else before, after)

    def change_attempt(self, before: AttemptRow, after: AttemptRow) -> None:
        """Replace an attempt's changeable columns."""
        first = self.attempt_changes.get(before.id)
        self.attempt_changes[before.id] = (first[0] if first else before, after)

    def count_usage(self, scopes: Iterable[tuple[str, int]], business_date: str, orders: int, face_minor: int) -> None:
        """Count a sale in (or out) for the scopes that are watched from the roll-ups."""
        for scope, scope_id in scopes:
            sums = self.usage[scope, scope_id, business_date]
            sums[0] += orders
            sums[1] += face_minor

    def put_down(
        self,
        database: Database,
        connection: Connection,
        accounts: Iterable[AccountRow],
        new_id: Callable[[], int],
        beside: Sequence[Change] = (),
    ) -> None:
        """Write everything in sets, and what is to go `beside` it.

        Raises RetryTransaction where a guarded row was no longer what this batch had read.
        """
        changes = [Change(text, rows) for text, rows in self._inserts(new_id) if rows]
        changes += ORDER_UPDATE.changes(database, [_guarded_order(*pair) for pair in self.order_changes.values()])
        changes += ATTEMPT_UPDATE.changes(database, [_guarded_attempt(*pair) for pair in self.attempt_changes.values()])
        changes += ACCOUNT_UPDATE.changes(database, [_account_row(item) for item in accounts if item.changed])
        database.together(connection, [*changes, *beside])

    def _inserts(self, new_id: Callable[[], int]) -> list[tuple[str, Sequence[tuple[Any, ...]]]]:
        return [
            (REQUEST_INSERT, self.requests),
            (ORDER_INSERT, self.orders),
            (ATTEMPT_INSERT, self.attempts),
            (ANSWER_INSERT, self.answers),
            (ENTRY_INSERT, self.entries),
            (POSTING_INSERT, self.postings),
            (MESSAGE_INSERT, self.messages),
            (EVENT_INSERT, self.events),
            (USAGE_INSERT, [(new_id(), *key, *sums) for key, sums in self.usage.items()]),
            (ACCRUAL_INSERT, [(new_id(), account, amount) for account, amount in self.accruals.items() if amount]),
        ]


def _guarded_order(before: OrderRow, after: OrderRow) -> tuple[Any, ...]:
    return (*_of_order(after), before.id, before.state, before.attempt_id)


def _guarded_attempt(before: AttemptRow, after: AttemptRow) -> tuple[Any, ...]:
    return (*_of_attempt(after), before.id, before.state)


def _account_row(item: AccountRow) -> tuple[Any, ...]:
    counters = item.counters
    return (
        item.balance_minor,
        item.version + 1,
        counters.day.isoformat(),
        counters.day_count,
        counters.day_minor,
        counters.month,
        counters.month_count,
        counters.month_minor,
        item.id,
        item.version,
    )
