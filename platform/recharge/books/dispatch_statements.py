"""What the dispatcher reads and writes: claims of due orders with a lease, new attempts, and the story of attempts that are open.

A claim is one transaction: the due orders are locked (those another dispatcher has locked are passed over), an attempt row is put
down for each that is to be sent, and the orders get the claim's token and a lease. Nothing leaves the house before its commit.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from recharge.books.database import Change, Database, marks
from recharge.books.rows import AttemptRow, select_of
from recharge.books.set_update import SetUpdate
from recharge.books.tables.metadata import moment_of, stamp
from recharge.books.writes import ATTEMPT_INSERT, EVENT_INSERT
from recharge.domain.orders import OrderKind, OrderState
from recharge.domain.outcomes import AttemptAction, AttemptState, OutcomeState

_DUE_COLUMNS = "id, kind, state, number, carrier_id, province, face_minor, held_at, attempt_id, attempts"
_ATTEMPT_COLUMNS = select_of(AttemptRow, "a")
_LEASE = SetUpdate("orders", ("state", "lease", "due_at", "attempts", "attempt_id"), guard="state")


@dataclass(frozen=True, slots=True)
class DueOrder:
    """An order whose time has come. Amount in minor units."""

    id: int
    kind: OrderKind
    state: OrderState
    number: str
    carrier_id: int
    province: str
    face_minor: int
    held_at: datetime
    attempt_id: int | None
    attempts: int


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """An attempt about to be made. `candidates` are the links looked at, as routing tells them; amounts in minor units."""

    id: int
    order: DueOrder
    action: AttemptAction
    ordinal: int
    link_id: int
    cost_minor: int
    target_id: int | None
    candidates: Sequence[dict[str, str | int]]


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """What was said of an attempt before."""

    attempt_id: int
    state: OutcomeState
    at: datetime


class DispatchStatements:
    """The statements, bound to one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, connection: Connection, now: datetime, most: int) -> list[DueOrder]:
        """Lock the orders that have been due longest, at most `most`, passing over those that another claim has locked."""
        text = f"SELECT {_DUE_COLUMNS} FROM orders WHERE due_at <= ? ORDER BY due_at LIMIT {most}{self._database.skip_locked}"
        return [_due_order(row) for row in self._database.rows(connection, text, (stamp(now),))]

    def attempts(self, connection: Connection, ids: Sequence[int]) -> dict[int, AttemptRow]:
        """Attempts by id."""
        if not ids:
            return {}
        text = f"SELECT {_ATTEMPT_COLUMNS} FROM attempt a WHERE a.id IN ({marks(ids)})"
        return {row[0]: AttemptRow(*row) for row in self._database.rows(connection, text, ids)}

    def tried(self, connection: Connection, order_ids: Sequence[int]) -> dict[int, dict[int, datetime]]:
        """Where orders have been sent before: order -> link -> when last."""
        found: dict[int, dict[int, datetime]] = {}
        if order_ids:
            text = (
                f"SELECT order_id, link_id, claimed_at FROM attempt WHERE action = ? AND order_id IN ({marks(order_ids)}) ORDER BY ordinal"
            )
            for order_id, link_id, claimed_at in self._database.rows(connection, text, (AttemptAction.SUBMIT.value, *order_ids)):
                found.setdefault(order_id, {})[link_id] = moment_of(claimed_at)
        return found

    def reversal_counts(self, connection: Connection, order_ids: Sequence[int]) -> dict[int, int]:
        """How many reversal attempts orders have."""
        if not order_ids:
            return {}
        text = f"SELECT order_id, COUNT(*) FROM attempt WHERE action = ? AND order_id IN ({marks(order_ids)}) GROUP BY order_id"
        rows = self._database.rows(connection, text, (AttemptAction.REVERSE.value, *order_ids))
        return {row[0]: row[1] for row in rows}

    def answers(self, connection: Connection, order_ids: Sequence[int]) -> dict[int, list[PastAnswer]]:
        """What was said so far of these orders' attempts, by attempt."""
        found: dict[int, list[PastAnswer]] = {}
        if order_ids:
            text = f"SELECT attempt_id, state, at FROM answer WHERE order_id IN ({marks(order_ids)}) ORDER BY id"
            for attempt_id, state, at in self._database.rows(connection, text, order_ids):
                found.setdefault(attempt_id, []).append(PastAnswer(attempt_id, OutcomeState(state), moment_of(at)))
        return found

    def in_flight(self, connection: Connection) -> dict[int, tuple[int, int]]:
        """Attempts on their way by link: count and expected cost in minor units."""
        text = "SELECT link_id, COUNT(*), SUM(cost_minor) FROM attempt WHERE state = ? GROUP BY link_id"
        rows = self._database.rows(connection, text, (AttemptState.SENDING.value,))
        return {row[0]: (row[1], int(row[2])) for row in rows}

    def put_down(self, connection: Connection, new: Sequence[NewAttempt], token: str, now: datetime, until: datetime) -> None:
        """Write new attempts and lease their orders to the claim's token. The orders are locked by `due` of the same transaction.

        Raises RetryTransaction where an order is no longer as the claim had read it.
        """
        if not new:
            return
        leased = [_leased(item, token, stamp(until)) for item in new]
        attempts = Change(ATTEMPT_INSERT, [_attempt_row(item, stamp(now)) for item in new])
        self._database.together(connection, [attempts, *_LEASE.changes(self._database, leased)])

    def lease(self, connection: Connection, order_ids: Sequence[int], token: str, until: datetime) -> None:
        """Keep other dispatchers off these orders until then; their states stay."""
        if order_ids:
            text = f"UPDATE orders SET lease = ?, due_at = ? WHERE id IN ({marks(order_ids)})"
            self._database.change(connection, text, (token, stamp(until), *order_ids))

    def lay_to_rest(self, connection: Connection, order_ids: Sequence[int]) -> None:
        """Take the time off orders that have nothing left to be done."""
        if order_ids:
            text = f"UPDATE orders SET due_at = NULL WHERE id IN ({marks(order_ids)})"
            self._database.change(connection, text, order_ids)

    def note(self, connection: Connection, events: Iterable[tuple[int, int, str, dict[str, Any]]], now: datetime) -> None:
        """Write events into orders' stories: (id, order, kind, facts)."""
        rows = [(id_, order_id, stamp(now), kind, json.dumps(facts)) for id_, order_id, kind, facts in events]
        self._database.change_many(connection, EVENT_INSERT, rows)

    def held_by(self, token: str) -> set[int]:
        """The orders a claim's token holds now: how a claim whose commit may or may not have been kept is resolved."""
        with self._database.read() as connection:
            rows = self._database.rows(connection, "SELECT id FROM orders WHERE lease = ? AND due_at IS NOT NULL", (token,))
        return {row[0] for row in rows}


def _leased(new: NewAttempt, token: str, until: str) -> tuple[Any, ...]:
    submit = new.action is AttemptAction.SUBMIT
    after, before, more = (OrderState.SENDING, OrderState.HELD, 1) if submit else (OrderState.REVERSING, OrderState.REVERSING, 0)
    return (after.value, token, until, new.order.attempts + more, new.id, new.order.id, before.value)


def _due_order(row: Any) -> DueOrder:
    return DueOrder(row[0], OrderKind(row[1]), OrderState(row[2]), row[3], row[4], row[5], row[6], moment_of(row[7]), row[8], row[9])


def _attempt_row(new: NewAttempt, now: str) -> AttemptRow:
    return AttemptRow(
        id=new.id,
        order_id=new.order.id,
        action=new.action.value,
        ordinal=new.ordinal,
        link_id=new.link_id,
        state=AttemptState.SENDING.value,
        number=new.order.number,
        face_minor=new.order.face_minor,
        cost_minor=new.cost_minor,
        target_id=new.target_id,
        candidates=json.dumps(list(new.candidates)),
        claimed_at=now,
        supplier_reference="",
        serial_number="",
        charged_minor=None,
        delivered_minor=None,
        queries=0,
        not_found=0,
        ended_at=None,
    )
