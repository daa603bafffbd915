"""From what links said to evidence: where "not found" becomes "not sent", and where the statement is looked at."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from recharge.dispatch.parts import DispatchParts
from recharge.dispatch.work import Answered, Look, Looked, Query, Reverse, Submit
from recharge.domain.outcomes import AnswerSource, Evidence, Outcome, OutcomeState
from recharge.suppliers.contract import StatementKind, StatementLine, StatementTimes

_OPEN = frozenset({OutcomeState.UNKNOWN, OutcomeState.ACCEPTED})
# How far a query that decides nothing puts the moment from which "not found" would count.
_NEVER = timedelta(days=36_500)


def after_answer(parts: DispatchParts, done: Answered) -> Evidence | Look:
    """The evidence in a link's answer, or the look at statements that must come first."""
    work, outcome = done.work, done.outcome
    if isinstance(work, Query):
        return _after_query(parts, work, outcome)
    source = AnswerSource.SUBMIT if isinstance(work, Submit | Reverse) else AnswerSource.RECOVERY
    return Evidence(work.attempt_id, outcome, source)


def _after_query(parts: DispatchParts, work: Query, outcome: Outcome) -> Evidence | Look:
    said = Evidence(work.attempt_id, outcome, AnswerSource.QUERY)
    times = parts.links[work.link_id].caps.statement if work.link_id in parts.links else None
    now = parts.clock.now()
    if outcome.state is OutcomeState.NOT_FOUND:
        # Law 5: not within the settle window, not the first time, and never of an order the supplier has spoken of before.
        if work.known or work.asked_at < work.sure_from or not work.absent_before:
            return said
        if times is None:
            return _never_sent(work, outcome, AnswerSource.QUERY)
        days = times.days(work.order.at, work.sure_from)
        return Look(work, days, outcome) if _all_ready(times, days, now) else said
    if outcome.state in _OPEN and times is not None and now - work.order.at >= parts.rules.statement_after:
        days = _days_of_open(times, work.order.at, now)
        return Look(work, days, outcome) if days else said
    return said


def after_look(done: Looked) -> Evidence:
    """The evidence in the statements; where they say nothing, what the query before had said."""
    work = done.work
    query, said = work.query, work.said
    if done.line is not None:
        return Evidence(query.attempt_id, _outcome_of(done.line, said), AnswerSource.STATEMENT)
    if said.state is OutcomeState.NOT_FOUND and done.complete:
        return _never_sent(query, said, AnswerSource.STATEMENT)
    return Evidence(query.attempt_id, said, AnswerSource.QUERY)


def follow_up(parts: DispatchParts, done: Answered) -> Query | None:
    """A refused reversal asks how the original stands: the carrier may have taken it back by itself."""
    work = done.work
    if not isinstance(work, Reverse) or done.outcome.state is not OutcomeState.FAILED:
        return None
    now = parts.clock.now()
    original = replace(work.order, reference=work.order.original_reference, original_reference="")
    return Query(work.target_id, work.order_id, work.link_id, original, now, now + _NEVER, absent_before=False, known=True)


def _never_sent(work: Query, said: Outcome, source: AnswerSource) -> Evidence:
    return Evidence(work.attempt_id, replace(said, state=OutcomeState.NOT_SENT), source)


def _all_ready(times: StatementTimes, days: tuple[date, ...], now: datetime) -> bool:
    return all(times.ready_at(day) <= now for day in days)


def _days_of_open(times: StatementTimes, claimed_at: datetime, now: datetime) -> tuple[date, ...]:
    """The attempt's own day, the day after, and the newest day that is ready: an order may be done days after it was taken in."""
    ready = [day for day in times.days(claimed_at, now) if times.ready_at(day) <= now]
    return tuple(dict.fromkeys([*ready[:2], *ready[-1:]]))


def _outcome_of(line: StatementLine, said: Outcome) -> Outcome:
    reversal = line.kind is StatementKind.REVERSAL
    return Outcome(
        line.state,
        said.at,
        supplier_reference=line.supplier_reference,
        serial_number=line.serial_number,
        charged_minor=None if reversal else line.charged_minor,
        delivered_minor=None if reversal else line.delivered_minor,
        number=line.number,
        amount_minor=abs(line.amount_minor),
        text=line.state.value,
    )
