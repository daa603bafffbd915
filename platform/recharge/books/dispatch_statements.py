"""What the dispatcher reads and writes: claims of due orders with a lease, new attempts, and the story of attempts that are open.

A claim is one transaction: the due orders are locked (those another dispatcher has locked are passed over), an attempt row is put
down for each that is to be sent, and the orders get the claim's token and a lease. Nothing leaves the house before its commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from recharge.books.database import Database
from recharge.books.json_text import json_text
from recharge.books.link_statements import CARRIERS, HEALTH, LINKS, ROUTES, Health, LinkRow
from recharge.books.rows import AttemptRow, select_of
from recharge.books.set_update import SetUpdate
from recharge.books.statements import Change, Read, marks
from recharge.books.tables.metadata import moment_of, stamp
from recharge.books.writes import ATTEMPT_INSERT, EVENT_INSERT
from recharge.domain.orders import OrderKind, OrderState
from recharge.domain.outcomes import AttemptAction, AttemptState, OutcomeState
from recharge.domain.routing import Route

IN_FLIGHT = Read(
    "SELECT link_id, COUNT(*), SUM(cost_minor) FROM attempt WHERE state = ? GROUP BY link_id",
    (AttemptState.SENDING.value,),
    lambda rows: {row[0]: (row[1], int(row[2])) for row in rows},
)
"""Attempts on their way by link: count and expected cost in minor units."""
_DUE_COLUMNS = "id, kind, state, number, carrier_id, province, face_minor, held_at, attempt_id, attempts, lease"
_ATTEMPT_COLUMNS = select_of(AttemptRow, "a")
# Each claim has a token of its own and each try an attempt of its own: an order with the same three is as it was read.
_GUARDS = ("state", "lease", "attempt_id")
_SENT = SetUpdate("orders", ("state", "lease", "due_at", "attempts", "attempt_id"), *_GUARDS)
_KEPT = SetUpdate("orders", ("lease", "due_at"), *_GUARDS)
_AT_REST = SetUpdate("orders", ("due_at",), *_GUARDS)


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
    lease: str


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


@dataclass(slots=True)
class Claim:
    """What a claim writes: attempts, whose orders are its own until `until`; orders that it keeps from other claims until a moment of
    their own, their states as they are; orders that have nothing left to be done; events as (id, order, kind, facts)."""

    token: str
    now: datetime
    until: datetime
    new: list[NewAttempt] = field(default_factory=list)
    kept: list[tuple[DueOrder, datetime]] = field(default_factory=list)
    at_rest: list[DueOrder] = field(default_factory=list)
    events: list[tuple[int, int, str, dict[str, Any]]] = field(default_factory=list)


class Ways(NamedTuple):
    """Links, what they carry, carriers' codes, and what is known of each link now: its health, and what is on its way there."""

    links: list[LinkRow]
    routes: list[Route]
    carriers: dict[int, str]
    health: dict[int, Health]
    in_flight: dict[int, tuple[int, int]]


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

    def ways(self, connection: Connection) -> Ways:
        """The ways out, in one way to the database and back."""
        return Ways(*self._database.ask(connection, LINKS, ROUTES, CARRIERS, HEALTH, IN_FLIGHT))

    def put_down(self, connection: Connection, claim: Claim) -> None:
        """Write a claim. Raises RetryTransaction where an order is no longer as the claim had read it."""
        database, token, now = self._database, claim.token, stamp(claim.now)
        until, attempts, events = (
            stamp(claim.until),
            [_attempt_row(item, now) for item in claim.new],
            [_event(*item, now) for item in claim.events],
        )
        changes = [Change(text, rows) for text, rows in ((ATTEMPT_INSERT, attempts), (EVENT_INSERT, events)) if rows]
        changes += _SENT.changes(database, [(*_sent(item, token, until), *_as_read(item.order)) for item in claim.new])
        changes += _KEPT.changes(database, [(token, stamp(moment), *_as_read(order)) for order, moment in claim.kept])
        changes += _AT_REST.changes(database, [(None, *_as_read(order)) for order in claim.at_rest])
        database.together(connection, changes)

    def held_by(self, token: str) -> set[int]:
        """The orders a claim's token holds now: how a claim whose commit may or may not have been kept is resolved."""
        with self._database.read() as connection:
            rows = self._database.rows(connection, "SELECT id FROM orders WHERE lease = ? AND due_at IS NOT NULL", (token,))
        return {row[0] for row in rows}


def _sent(new: NewAttempt, token: str, until: str) -> tuple[Any, ...]:
    submit = new.action is AttemptAction.SUBMIT
    state, more = (OrderState.SENDING, 1) if submit else (OrderState.REVERSING, 0)
    return (state.value, token, until, new.order.attempts + more, new.id)


def _as_read(order: DueOrder) -> tuple[int, str, str, int | None]:
    return (order.id, order.state.value, order.lease, order.attempt_id)


def _event(new_id: int, order_id: int, kind: str, facts: dict[str, Any], now: str) -> tuple[int, int, str, str, str]:
    return (new_id, order_id, now, kind, json_text(facts))


def _due_order(row: Any) -> DueOrder:
    return DueOrder(row[0], OrderKind(row[1]), OrderState(row[2]), row[3], row[4], row[5], row[6], moment_of(row[7]), *row[8:])


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
        candidates=json_text(new.candidates),
        claimed_at=now,
        supplier_reference="",
        serial_number="",
        charged_minor=None,
        delivered_minor=None,
        queries=0,
        not_found=0,
        ended_at=None,
    )
