"""What one piece of evidence does to its attempt, its order and the books: the outcome laws, decided in memory over locked rows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from recharge.books.rows import AccountRow, AnswerRow, AttemptRow, OrderRow
from recharge.books.tables.metadata import moment_of, stamp
from recharge.books.writes import Writes
from recharge.domain.money import in_proportion
from recharge.domain.orders import FINAL_STATES, OrderState
from recharge.domain.outcomes import (
    FINAL_ATTEMPTS,
    AnswerSource,
    AttemptAction,
    AttemptState,
    Evidence,
    FailureReason,
    Outcome,
    OutcomeState,
)
from recharge.domain.query_plan import RETRY_REVERSAL, delay_after
from recharge.engine import entries
from recharge.engine.parts import Parts

MOST_ATTEMPTS = 3
GIVE_UP_AFTER = timedelta(seconds=60)
_LONGEST_RAW, _LONGEST_TEXT, _LONGEST_CODE = 2000, 200, 32
# No airtime costs twice its face value: a supplier that says so speaks of something else.
_MOST_CHARGED_FACES = 2
_GOOD = frozenset({OutcomeState.SUCCESS})
_BAD = frozenset({OutcomeState.FAILED, OutcomeState.NOT_SENT})


@dataclass(slots=True)
class Ending:
    """The rows a batch of evidence works on, and what it will write."""

    parts: Parts
    writes: Writes
    now: datetime
    accounts: dict[int, AccountRow]
    balances: dict[int, int]
    stock_accounts: dict[int, int]
    orders: dict[int, OrderRow] = field(default_factory=dict)
    attempts: dict[int, AttemptRow] = field(default_factory=dict)
    new_id: Callable[[], int] = field(init=False)
    now_text: str = ""
    today_text: str = ""

    def __post_init__(self) -> None:
        self.new_id = self.parts.ids.at(self.now)
        self.now_text = stamp(self.now)
        self.today_text = self.parts.calendar.day_of(self.now).isoformat()

    def change_order(self, order: OrderRow) -> None:
        """Keep the order as it now is."""
        if order != self.orders[order.id]:
            self.writes.change_order(self.orders[order.id], order)
            self.orders[order.id] = order

    def change(self, order: OrderRow, attempt: AttemptRow) -> None:
        """Keep both rows as they now are."""
        self.change_order(order)
        if attempt != self.attempts[attempt.id]:
            self.writes.change_attempt(self.attempts[attempt.id], attempt)
            self.attempts[attempt.id] = attempt


def needs_deposit(order: OrderRow, attempt: AttemptRow, outcome: Outcome) -> bool:
    """Whether applying this outcome may give money back, so that the deposit must be locked."""
    if attempt.action == AttemptAction.REVERSE.value or outcome.state in {OutcomeState.REVERSED, *_BAD}:
        return True
    delivered = outcome.delivered_minor
    return outcome.state is OutcomeState.SUCCESS and delivered is not None and delivered != order.face_minor


def apply(ending: Ending, evidence: Evidence) -> None:
    """Apply one outcome. The first final one wins; a later contradiction is kept as a dispute and moves nothing."""
    attempt = ending.attempts[evidence.attempt_id]
    order = ending.orders[attempt.order_id]
    outcome = evidence.outcome
    _keep_answer(ending, order, attempt, evidence)
    if _echo_differs(order, attempt, outcome):
        _keep_event(ending, order, "quarantine", evidence)
        outcome = Outcome(OutcomeState.UNKNOWN, outcome.at)
    if AttemptState(attempt.state) in FINAL_ATTEMPTS:
        _apply_late(ending, order, attempt, evidence, outcome)
    elif attempt.action == AttemptAction.SUBMIT.value:
        _apply_submit(ending, order, attempt, evidence.source, outcome)
    else:
        _apply_reverse(ending, order, attempt, evidence.source, outcome)


def _echo_differs(order: OrderRow, attempt: AttemptRow, outcome: Outcome) -> bool:
    """A supplier that speaks of another number or amount does not speak of this attempt, or makes it up."""
    other_number = outcome.number not in {"", order.number}
    other_amount = outcome.amount_minor not in {None, attempt.face_minor}
    charged = outcome.charged_minor
    absurd_charge = charged is not None and not 0 <= charged <= attempt.face_minor * _MOST_CHARGED_FACES
    return other_number or other_amount or absurd_charge or not _can_have_delivered(attempt, outcome)


def _can_have_delivered(attempt: AttemptRow, outcome: Outcome) -> bool:
    """Whether the face value said to have reached the customer fits what else is said: a sale that succeeded delivered something, one
    that failed or was never sent delivered nothing, and nobody delivers more than was asked for."""
    delivered = outcome.delivered_minor
    if delivered is None:
        return True
    if outcome.state in _BAD and attempt.action == AttemptAction.SUBMIT.value:
        return delivered == 0
    least = 1 if outcome.state in _GOOD and attempt.action == AttemptAction.SUBMIT.value else 0
    return least <= delivered <= attempt.face_minor


def _apply_late(ending: Ending, order: OrderRow, attempt: AttemptRow, evidence: Evidence, outcome: Outcome) -> None:
    ended_well = attempt.state == AttemptState.SUCCEEDED.value
    submit = attempt.action == AttemptAction.SUBMIT.value
    if submit and ended_well and outcome.state is OutcomeState.REVERSED:
        if order.state in {OrderState.SUCCEEDED.value, OrderState.REVERSING.value}:
            entries.reverse(ending, order)
            ending.change(_at_rest(ending, order, OrderState.REVERSED), attempt)
        return
    contradicts = outcome.state in _BAD if ended_well else outcome.state in _GOOD
    if contradicts:
        _keep_event(ending, order, "dispute", evidence)


def _apply_submit(ending: Ending, order: OrderRow, attempt: AttemptRow, source: AnswerSource, outcome: Outcome) -> None:
    state = outcome.state
    if state is OutcomeState.SUCCESS:
        _succeed(ending, order, attempt, outcome)
    elif state is OutcomeState.REVERSED:
        _succeed(ending, order, attempt, outcome)
        _apply_late(ending, ending.orders[order.id], ending.attempts[attempt.id], Evidence(attempt.id, outcome, source), outcome)
    elif state is OutcomeState.FAILED:
        reason = FailureReason.ADJUDICATED if source is AnswerSource.ADJUDICATION else outcome.reason or FailureReason.REJECTED
        _fail(ending, order, _ended(ending, attempt, AttemptState.FAILED, outcome), reason)
    elif state is OutcomeState.NOT_SENT:
        _not_sent(ending, order, _ended(ending, attempt, AttemptState.NOT_SENT, outcome), source)
    else:
        _stay_open(ending, order, attempt, source, outcome)


def _succeed(ending: Ending, order: OrderRow, attempt: AttemptRow, outcome: Outcome) -> None:
    delivered = order.face_minor if outcome.delivered_minor is None else outcome.delivered_minor
    charged = in_proportion(attempt.cost_minor, delivered, order.face_minor) if outcome.charged_minor is None else outcome.charged_minor
    after = order._replace(
        **_rest(ending, OrderState.SUCCEEDED),
        link_id=attempt.link_id,
        delivered_minor=delivered,
        cost_minor=charged,
        serial_number=outcome.serial_number[:40],
    )
    entries.settle(ending, after)
    ending.change(after, _ended(ending, attempt, AttemptState.SUCCEEDED, outcome))


def _not_sent(ending: Ending, order: OrderRow, attempt: AttemptRow, source: AnswerSource) -> None:
    """The next link, while there is time and a try left; else the money goes back."""
    too_late = ending.now - moment_of(order.held_at) > GIVE_UP_AFTER
    if order.attempts >= MOST_ATTEMPTS or too_late:
        reason = FailureReason.NO_LINK if source is AnswerSource.SUBMIT else FailureReason.NOT_RECEIVED
        _fail(ending, order, attempt, reason)
    else:
        ending.change(order._replace(state=OrderState.HELD.value, due_at=ending.now_text, lease=""), attempt)


def give_up(ending: Ending, order: OrderRow, reason: FailureReason) -> None:
    """End an order that did not and will not reach the customer: failed, money back."""
    after = order._replace(**_rest(ending, OrderState.FAILED), failure=reason.value)
    entries.release(ending, after)
    ending.change_order(after)


def _fail(ending: Ending, order: OrderRow, attempt: AttemptRow, reason: FailureReason) -> None:
    give_up(ending, order, reason)
    ending.change(ending.orders[order.id], attempt)


def _apply_reverse(ending: Ending, order: OrderRow, attempt: AttemptRow, source: AnswerSource, outcome: Outcome) -> None:
    state = outcome.state
    if state in {OutcomeState.SUCCESS, OutcomeState.REVERSED}:
        attempt = _ended(ending, attempt, AttemptState.SUCCEEDED, outcome)
        if order.state == OrderState.REVERSING.value:
            entries.reverse(ending, order)
            order = _at_rest(ending, order, OrderState.REVERSED)
        ending.change(order, attempt)
    elif state is OutcomeState.FAILED:
        _reversal_failed(ending, order, _ended(ending, attempt, AttemptState.FAILED, outcome))
    elif state is OutcomeState.NOT_SENT:
        attempt = _ended(ending, attempt, AttemptState.NOT_SENT, outcome)
        # Ordinals go on when a reversal is asked for again: three tries a round.
        if attempt.ordinal % MOST_ATTEMPTS == 0:
            _reversal_failed(ending, order, attempt)
        else:
            ending.change(_due(order, ending.now + RETRY_REVERSAL), attempt)
    else:
        _stay_open(ending, order, attempt, source, outcome)


def _reversal_failed(ending: Ending, order: OrderRow, attempt: AttemptRow) -> None:
    if order.state == OrderState.REVERSING.value:
        order = order._replace(state=OrderState.SUCCEEDED.value, due_at=None, lease="")
        entries.tell_agent(ending, order, "reversal_failed")
    ending.change(order, attempt)


def _stay_open(ending: Ending, order: OrderRow, attempt: AttemptRow, source: AnswerSource, outcome: Outcome) -> None:
    """Nothing final was said: ask again on the plan. Money stays held."""
    asked = source in {AnswerSource.QUERY, AnswerSource.STATEMENT}
    queries = attempt.queries + 1 if asked else attempt.queries
    accepted = outcome.state is OutcomeState.ACCEPTED
    state = AttemptState.ACCEPTED if accepted or attempt.state == AttemptState.ACCEPTED.value else AttemptState.UNKNOWN
    not_found = attempt.not_found + 1 if outcome.state is OutcomeState.NOT_FOUND else 0
    reference = outcome.supplier_reference or attempt.supplier_reference
    attempt = attempt._replace(state=state.value, queries=queries, not_found=not_found, supplier_reference=reference[:64])
    order = _due(order, ending.now + delay_after(queries))
    if order.state == OrderState.SENDING.value and not accepted:
        order = order._replace(state=OrderState.UNKNOWN.value)
    ending.change(order, attempt)


def _due(order: OrderRow, moment: datetime) -> OrderRow:
    # One that came to rest meanwhile stays there: the supplier took it back by itself while we were asking it to.
    return order if OrderState(order.state) in FINAL_STATES else order._replace(due_at=stamp(moment), lease="")


def _ended(ending: Ending, attempt: AttemptRow, state: AttemptState, outcome: Outcome) -> AttemptRow:
    return attempt._replace(
        state=state.value,
        supplier_reference=(outcome.supplier_reference or attempt.supplier_reference)[:64],
        serial_number=outcome.serial_number[:40],
        charged_minor=outcome.charged_minor,
        delivered_minor=outcome.delivered_minor,
        ended_at=ending.now_text,
    )


def _at_rest(ending: Ending, order: OrderRow, state: OrderState) -> OrderRow:
    return order._replace(**_rest(ending, state))


def _rest(ending: Ending, state: OrderState) -> dict[str, Any]:
    return {"state": state.value, "due_at": None, "lease": "", "ended_at": ending.now_text}


def _keep_answer(ending: Ending, order: OrderRow, attempt: AttemptRow, evidence: Evidence) -> None:
    said = evidence.outcome
    ending.writes.answers.append(
        AnswerRow(
            ending.new_id(),
            attempt.id,
            order.id,
            stamp(said.at),
            evidence.source.value,
            said.state.value,
            said.code[:_LONGEST_CODE],
            said.text[:_LONGEST_TEXT],
            said.raw[:_LONGEST_RAW],
        )
    )


def _keep_event(ending: Ending, order: OrderRow, kind: str, evidence: Evidence) -> None:
    said = evidence.outcome
    facts: dict[str, str | int] = {
        "attempt": str(evidence.attempt_id),
        "source": evidence.source.value,
        "state": said.state.value,
        "code": said.code[:_LONGEST_CODE],
    }
    entries.keep_event(ending, order.id, kind, facts)
