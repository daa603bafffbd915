"""Faults planted into claiming, sending, and what is made of silence."""

# ruff: noqa: ARG005  a planted fault takes the arguments of what it stands in for

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from recharge.books.dispatch_statements import DispatchStatements
from recharge.books.tables.metadata import moment_of
from recharge.dispatch import claiming, concluding
from recharge.dispatch.core import Core
from recharge.dispatch.work import Answered, Query, Recover, Reverse, Submit
from recharge.domain.outcomes import AttemptAction, AttemptState, FailureReason, Outcome, OutcomeState
from recharge.engine import ending, finish
from tests.proof.planted.table import Patch, fault


def _always_lock(patch: Patch) -> None:
    patch.setattr(finish, "needs_deposit", lambda order, attempt, outcome: True)


def _instead_of_staying_open(patch: Patch, instead: Callable[..., None]) -> None:
    stay = ending._stay_open

    def changed(end: Any, order: Any, attempt: Any, source: Any, outcome: Any) -> None:
        if attempt.action == AttemptAction.SUBMIT.value and outcome.state is OutcomeState.UNKNOWN:
            instead(end, order, attempt, source, outcome)
        else:
            stay(end, order, attempt, source, outcome)

    _always_lock(patch)
    patch.setattr(ending, "_stay_open", changed)


@fault("money is given back when the outcome is unknown")
def money_back_on_unknown(patch: Patch) -> None:
    def fail(end: Any, order: Any, attempt: Any, source: Any, outcome: Any) -> None:
        ending._fail(end, order, ending._ended(end, attempt, AttemptState.FAILED, outcome), FailureReason.REJECTED)

    _instead_of_staying_open(patch, fail)


@fault("an unknown outcome is sent again under a new reference")
def unknown_sent_again(patch: Patch) -> None:
    def again(end: Any, order: Any, attempt: Any, source: Any, outcome: Any) -> None:
        ending._not_sent(end, order, ending._ended(end, attempt, AttemptState.NOT_SENT, outcome), source)

    _instead_of_staying_open(patch, again)


@fault("a lease that has run out is taken as never sent", begin=10)
def lease_end_is_not_sent(patch: Patch) -> None:
    without_asking = Core.without_asking

    def changed(self: Core, work: Any) -> Any:
        if isinstance(work, Recover):
            return Answered(work, Outcome(OutcomeState.NOT_SENT, self._parts.clock.now(), code="recovered"))
        return without_asking(self, work)

    patch.setattr(Core, "without_asking", changed)


@fault("a sender that slept through its claim sends all the same", begin=10)
def late_sender_sends(patch: Patch) -> None:
    without_asking = Core.without_asking

    def changed(self: Core, work: Any) -> Any:
        return None if isinstance(work, Submit | Reverse) else without_asking(self, work)

    patch.setattr(Core, "without_asking", changed)


@fault("the first byte leaves before the attempt is committed")
def attempt_not_committed(patch: Patch) -> None:
    waiting: list[tuple[Any, ...]] = []
    put_down, conclude = DispatchStatements.put_down, Core.conclude

    def later(self: Any, connection: Any, *arguments: Any) -> None:
        waiting.append(arguments)

    def first_write(self: Core, done: Sequence[Any]) -> Any:
        while waiting:
            with self._parts.database.write() as connection:
                put_down(DispatchStatements(self._parts.database), connection, *waiting.pop())
        return conclude(self, done)

    patch.setattr(DispatchStatements, "put_down", later)
    patch.setattr(Core, "conclude", first_write)


@fault("a claim whose commit was lost is sent without looking whether it was kept", begin=8)
def lost_claim_sent(patch: Patch) -> None:
    class Everything(set[int]):
        def __contains__(self, _item: object) -> bool:
            return True

    patch.setattr(claiming.Claiming, "_held_by", lambda self, token: Everything())


@fault("not found is taken as failed at once")
def not_found_is_failed(patch: Patch) -> None:
    after_query = concluding._after_query

    def changed(parts: Any, work: Any, outcome: Any) -> Any:
        said = after_query(parts, work, outcome)
        return replace(said, outcome=replace(outcome, state=OutcomeState.FAILED)) if outcome.state is OutcomeState.NOT_FOUND else said

    patch.setattr(concluding, "_after_query", changed)


def _changed_query(patch: Patch, change: Callable[[Query, Any, Any], Query]) -> None:
    query = claiming.Claiming._query if hasattr(claiming.Claiming, "_query") else claiming._Pending._query
    owner = claiming.Claiming if hasattr(claiming.Claiming, "_query") else claiming._Pending

    def changed(self: Any, order: Any, attempt: Any, answers: Any, *rest: Any) -> Query:
        return change(query(self, order, attempt, answers, *rest), attempt, answers)

    patch.setattr(owner, "_query", changed)


@fault("the settle window is not waited for", begin=12)
def settle_window_ignored(patch: Patch) -> None:
    def at_once(query: Query, attempt: Any, answers: Any) -> Query:
        absent = any(answer.state is OutcomeState.NOT_FOUND for answer in answers)
        return replace(query, sure_from=moment_of(attempt.claimed_at), absent_before=absent)

    _changed_query(patch, at_once)


@fault("a single not found is enough", begin=30)
def one_not_found(patch: Patch) -> None:
    _changed_query(patch, lambda query, attempt, answers: replace(query, absent_before=True))


@fault("not found is believed of an order the carrier has spoken of", begin=10)
def known_order_not_found(patch: Patch) -> None:
    _changed_query(patch, lambda query, attempt, answers: replace(query, known=False))
