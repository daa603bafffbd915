"""The claim: one transaction that takes due orders under a lease and puts an attempt down for each that is to be sent."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from recharge.books.database import RetryTransaction
from recharge.books.dispatch_statements import Claim, DispatchStatements, DueOrder, NewAttempt, PastAnswer
from recharge.books.link_statements import Health, change_health
from recharge.books.rows import AttemptRow
from recharge.books.tables.metadata import moment_of
from recharge.dispatch.parts import DispatchParts
from recharge.dispatch.sight import Sight
from recharge.dispatch.work import GiveUp, Query, Recover, Reverse, Submit, Work
from recharge.domain.orders import OrderState
from recharge.domain.outcomes import AttemptAction, AttemptState, FailureReason, OutcomeState
from recharge.domain.routing import Candidate, Reason, soon
from recharge.suppliers.contract import AttemptOrder

_READ_TRIES = 3
_OPEN_ATTEMPTS = frozenset({AttemptState.ACCEPTED.value, AttemptState.UNKNOWN.value})
_KNOWN_TO_SUPPLIER = frozenset({OutcomeState.ACCEPTED, OutcomeState.SUCCESS, OutcomeState.FAILED, OutcomeState.REVERSED})
_NOBODY_CAN_ASK = timedelta(minutes=1)


@dataclass(slots=True)
class _Sorted:
    """Due orders by what they need."""

    submits: list[DueOrder] = field(default_factory=list)
    reverses: list[tuple[DueOrder, AttemptRow]] = field(default_factory=list)
    queries: list[tuple[DueOrder, AttemptRow]] = field(default_factory=list)
    recovers: list[tuple[DueOrder, AttemptRow]] = field(default_factory=list)
    at_rest: list[DueOrder] = field(default_factory=list)


class Claiming:
    """Makes claims. Each has a token of its own, so that a claim whose commit was lost on the way can be looked up again."""

    def __init__(self, parts: DispatchParts) -> None:
        self._parts = parts
        self._statements = DispatchStatements(parts.database)

    def claim(self, most: int) -> list[Work]:
        """Up to `most` pieces of work, committed as ours. Raises DBAPIError when the database is away; then nothing is to be sent."""
        database, token = self._parts.database, f"{self._parts.ids.next():x}"
        pending = _Pending(self._parts, self._statements, token, most)
        try:
            try:
                database.once_in_two_halves(pending.decide)
            except RetryTransaction:
                pending = _Pending(self._parts, self._statements, token, most)
                with database.write() as connection:
                    pending.decide(connection)(connection)
        except RetryTransaction:
            return []
        except DBAPIError:
            # The commit may have been kept or not. Only what the books now show under our token may be sent.
            held = self._held_by(token)
            return [work for work in pending.works if work.order_id in held]
        return list(pending.works)

    def _held_by(self, token: str) -> set[int]:
        for left in reversed(range(_READ_TRIES)):
            try:
                return self._statements.held_by(token)
            except DBAPIError:
                if not left:
                    raise
        raise AssertionError("unreachable")


class _Pending:
    """One claim in the making."""

    def __init__(self, parts: DispatchParts, statements: DispatchStatements, token: str, most: int) -> None:
        self._parts, self._statements, self._most = parts, statements, most
        self._rules = parts.rules
        self._now = parts.clock.now()
        self._until = self._now + parts.rules.lease
        self._claim = Claim(token, self._now, self._until)
        self._trials: list[tuple[Health, Health]] = []
        self.works: list[Submit | Reverse | Query | Recover | GiveUp] = []

    def decide(self, connection: Connection) -> Callable[[Connection], None]:
        """Read what the claim needs; what it then writes raises RetryTransaction where it was overtaken."""
        due = self._statements.due(connection, self._now, self._most)
        attempts = self._statements.attempts(connection, [order.attempt_id for order in due if order.attempt_id])
        todo = _sorted(due, attempts)
        self._claim.at_rest = todo.at_rest
        if todo.submits or todo.reverses or todo.queries:
            self._take_outward(connection, todo)
        for order, attempt in todo.recovers:
            self._keep(order, Recover(attempt.id, order.id))
        return self._put_down

    def _put_down(self, connection: Connection) -> None:
        for before, after in self._trials:
            if not change_health(connection, before, after):
                raise RetryTransaction("another dispatcher has the order on trial")
        self._statements.put_down(connection, self._claim)

    def _keep(self, order: DueOrder, work: Query | Recover | GiveUp) -> None:
        """Work that leaves the order's state as it is."""
        self.works.append(work)
        self._claim.kept.append((order, self._until))

    def _take_outward(self, connection: Connection, todo: _Sorted) -> None:
        sight = Sight(connection, self._statements, self._parts.links)
        self._trials = sight.trials
        self._take_submits(connection, todo.submits, sight)
        self._take_reverses(connection, todo.reverses, sight)
        self._take_queries(connection, todo.queries, sight)

    def _take_submits(self, connection: Connection, orders: list[DueOrder], sight: Sight) -> None:
        tried = self._statements.tried(connection, [order.id for order in orders if order.attempts])
        for order in orders:
            candidates = sight.choose(order, tried.get(order.id, {}), self._now, self._parts.calendar.zone)
            best = sight.assign(candidates, self._now, self._until)
            if best is not None:
                self._submit(order, best, candidates, sight)
            elif self._now - order.held_at > self._rules.give_up_after:
                self._note_no_route(order, candidates)
                self._keep(order, GiveUp(order.id, _why(candidates)))
            elif soon(candidates):
                self._claim.kept.append((order, self._now + self._rules.look_again_soon))
            else:
                self._note_no_route(order, candidates)
                self._claim.kept.append((order, self._now + self._rules.look_again))

    def _submit(self, order: DueOrder, best: Candidate, candidates: list[Candidate], sight: Sight) -> None:
        facts = [candidate.facts() for candidate in candidates]
        new = NewAttempt(
            self._parts.ids.next(), order, AttemptAction.SUBMIT, order.attempts + 1, best.link_id, best.cost_minor, None, facts
        )
        self._claim.new.append(new)
        what = self._attempt_order(new, sight)
        self.works.append(Submit(new.id, order.id, best.link_id, what, self._now + self._rules.send_within))

    def _take_reverses(self, connection: Connection, found: list[tuple[DueOrder, AttemptRow]], sight: Sight) -> None:
        before = self._statements.reversal_counts(connection, [order.id for order, _ in found])
        for order, attempt in found:
            target = attempt.target_id or attempt.id
            if attempt.link_id not in self._parts.links:
                self._put_off(order)
                continue
            facts = Candidate(attempt.link_id, sight.link_code(attempt.link_id), Reason.TAKEN).facts()
            ordinal = before.get(order.id, 0) + 1
            new = NewAttempt(self._parts.ids.next(), order, AttemptAction.REVERSE, ordinal, attempt.link_id, 0, target, [facts])
            self._claim.new.append(new)
            what = replace(self._attempt_order(new, sight), supplier_reference=self._reference_of(connection, attempt))
            self.works.append(Reverse(new.id, order.id, new.link_id, what, self._now + self._rules.send_within, target))

    def _reference_of(self, connection: Connection, attempt: AttemptRow) -> str:
        """The supplier's own number of the attempt that is to be taken back; an earlier reversal points to it."""
        target = attempt if attempt.target_id is None else self._statements.attempts(connection, [attempt.target_id])[attempt.target_id]
        return target.supplier_reference

    def _take_queries(self, connection: Connection, found: list[tuple[DueOrder, AttemptRow]], sight: Sight) -> None:
        answers = self._statements.answers(connection, [order.id for order, _ in found])
        for order, attempt in found:
            link = self._parts.links.get(attempt.link_id)
            if link is None:
                self._put_off(order)
                continue
            sure_from = moment_of(attempt.claimed_at) + self._rules.lease + link.caps.settle_window
            self._keep(order, self._query(order, attempt, answers.get(attempt.id, []), sure_from, sight))

    def _query(self, order: DueOrder, attempt: AttemptRow, answers: list[PastAnswer], sure_from: datetime, sight: Sight) -> Query:
        what = AttemptOrder(
            str(attempt.id),
            attempt.number,
            attempt.face_minor,
            order.kind,
            sight.carrier_code(order.carrier_id),
            moment_of(attempt.claimed_at),
            str(attempt.target_id) if attempt.action == AttemptAction.REVERSE.value else "",
            attempt.supplier_reference,
        )
        known = bool(attempt.supplier_reference) or any(answer.state in _KNOWN_TO_SUPPLIER for answer in answers)
        absent = any(answer.state is OutcomeState.NOT_FOUND and answer.at >= sure_from for answer in answers)
        return Query(attempt.id, order.id, attempt.link_id, what, self._now, sure_from, absent, known)

    def _attempt_order(self, new: NewAttempt, sight: Sight) -> AttemptOrder:
        order = new.order
        original = "" if new.target_id is None else str(new.target_id)
        carrier = sight.carrier_code(order.carrier_id)
        return AttemptOrder(str(new.id), order.number, order.face_minor, order.kind, carrier, self._now, original)

    def _note_no_route(self, order: DueOrder, candidates: list[Candidate]) -> None:
        facts = {"candidates": [candidate.facts() for candidate in candidates]}
        self._claim.events.append((self._parts.ids.next(), order.id, "no_route", facts))

    def _put_off(self, order: DueOrder) -> None:
        """The link that has this order is not running here: nobody else can be asked about it."""
        self._claim.kept.append((order, self._now + _NOBODY_CAN_ASK))


def _sorted(due: list[DueOrder], attempts: dict[int, AttemptRow]) -> _Sorted:
    todo = _Sorted()
    for order in due:
        attempt = attempts.get(order.attempt_id or 0)
        if order.state is OrderState.HELD:
            todo.submits.append(order)
        elif attempt is None or order.state not in {OrderState.SENDING, OrderState.UNKNOWN, OrderState.REVERSING}:
            todo.at_rest.append(order)
        elif attempt.state == AttemptState.SENDING.value:
            todo.recovers.append((order, attempt))
        elif attempt.state in _OPEN_ATTEMPTS:
            todo.queries.append((order, attempt))
        elif order.state is OrderState.REVERSING:
            todo.reverses.append((order, attempt))
        else:
            todo.at_rest.append(order)
    return todo


def _why(candidates: list[Candidate]) -> FailureReason:
    routed = any(candidate.reason is not Reason.NO_ROUTE for candidate in candidates)
    return FailureReason.NO_LINK if routed else FailureReason.NO_ROUTE
