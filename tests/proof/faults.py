"""The planted faults: mistakes a careless change could make in the engine, each of which the simulation has to find."""

# ruff: noqa: ARG005  a planted fault takes the arguments of what it stands in for

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from recharge.books import rollup
from recharge.books.database import Database
from recharge.books.dispatch_statements import DispatchStatements
from recharge.books.tables.metadata import moment_of
from recharge.dispatch import claiming, concluding
from recharge.dispatch.callbacks import Callbacks
from recharge.dispatch.core import Core
from recharge.dispatch.work import Answered, Query, Recover, Reverse, Submit
from recharge.domain import posting_rules
from recharge.domain.errors import RefusalCode
from recharge.domain.outcomes import AttemptAction, AttemptState, Evidence, FailureReason, Outcome, OutcomeState
from recharge.domain.prices import quote
from recharge.engine import ending, entries, finish, intake, memory
from recharge.engine.operations import sale
from recharge.engine.operations.registry import HANDLERS

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


@dataclass(frozen=True)
class Fault:
    """One mistake, in a sentence. `begin` is the seed the everyday suite begins with: a little before the first that finds it."""

    name: str
    sentence: str
    begin: int
    plant: Plant


FAULTS: list[Fault] = []
MOST_SEEDS = 60
"""A planted fault must be found within so many seeds."""
_NAME_ORDER = "UPDATE request SET order_id = ? WHERE endpoint_id = ? AND reference = ?"


def fault(sentence: str, begin: int = 0) -> Callable[[Plant], Plant]:
    """Put a planted fault into the table."""

    def listed(plant: Plant) -> Plant:
        FAULTS.append(Fault(plant.__name__, sentence, begin, plant))
        return plant

    return listed


def _prepare_always(patch: Patch) -> None:
    """Also what has been answered before."""

    def prepare(work: Any, asked: Any) -> None:
        work.needs.accounts.add(asked.endpoint.party.deposit_account)
        if asked.endpoint.credential_id is not None:
            work.needs.credentials.add(asked.endpoint.credential_id)
        HANDLERS[type(asked.request.operation)].prepare(work, asked)

    patch.setattr(intake, "_prepare", prepare)


@fault("requests are not remembered: the same reference makes another order")
def memory_off(patch: Patch) -> None:
    remember = intake._remember

    def under_another(work: Any, asked: Any, reply: Any) -> None:
        if asked.key in work.known or asked.key in work.fresh:
            origin = replace(asked.request.origin, reference=f"{asked.key[1]}-{work.parts.ids.next()}")
            asked = replace(asked, request=replace(asked.request, origin=origin))
        remember(work, asked, reply)

    _prepare_always(patch)
    patch.setattr(intake, "recall", lambda work, asked: None)
    patch.setattr(intake, "_remember", under_another)


@fault("a reference that comes twice in one batch is not recognised")
def twice_in_a_batch(patch: Patch) -> None:
    remember = intake._remember

    def forget(work: Any, asked: Any, reply: Any) -> None:
        remember(work, asked, reply)
        work.fresh.pop(asked.key, None)

    patch.setattr(intake, "_remember", forget)


@fault("a tombstone does not stop its request")
def tombstone_ignored(patch: Patch) -> None:
    recall: Any = memory.recall
    remember = intake._remember

    def no_tombstones(work: Any, asked: Any) -> Any:
        reply = recall(work, asked)
        return None if reply is not None and reply.refusal and reply.refusal.code is RefusalCode.VOIDED else reply

    def once(work: Any, asked: Any, reply: Any) -> None:
        # The tombstone's row stays, and names the order from now on.
        if asked.key in work.known:
            values = (int(reply.order.order_number) if reply.order else None, *asked.key)
            work.parts.database.change(work.connection, _NAME_ORDER, values)
        else:
            remember(work, asked, reply)

    _prepare_always(patch)
    patch.setattr(intake, "recall", no_tombstones)
    patch.setattr(intake, "_remember", once)


@fault("the duplicate guard is off: the same customer and amount without a mark")
def guard_off(patch: Patch) -> None:
    patch.setattr(sale, "_check_guard", lambda work, asked: None)


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


@fault("a lease that has run out is taken as never sent")
def lease_end_is_not_sent(patch: Patch) -> None:
    without_asking = Core.without_asking

    def changed(self: Core, work: Any) -> Any:
        if isinstance(work, Recover):
            return Answered(work, Outcome(OutcomeState.NOT_SENT, self._parts.clock.now(), code="recovered"))
        return without_asking(self, work)

    patch.setattr(Core, "without_asking", changed)


@fault("a sender that slept through its claim sends all the same")
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


@fault("a claim whose commit was lost is sent without looking whether it was kept")
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


@fault("the settle window is not waited for")
def settle_window_ignored(patch: Patch) -> None:
    def at_once(query: Query, attempt: Any, answers: Any) -> Query:
        absent = any(answer.state is OutcomeState.NOT_FOUND for answer in answers)
        return replace(query, sure_from=moment_of(attempt.claimed_at), absent_before=absent)

    _changed_query(patch, at_once)


@fault("a single not found is enough", begin=225)
def one_not_found(patch: Patch) -> None:
    _changed_query(patch, lambda query, attempt, answers: replace(query, absent_before=True))


@fault("not found is believed of an order the carrier has spoken of", begin=30)
def known_order_not_found(patch: Patch) -> None:
    _changed_query(patch, lambda query, attempt, answers: replace(query, known=False))


@fault("an attempt that has ended can end again")
def finished_twice(patch: Patch) -> None:
    patch.setattr(ending, "FINAL_ATTEMPTS", frozenset())


@fault("the number and amount the carrier echoes are not compared")
def echo_not_compared(patch: Patch) -> None:
    patch.setattr(ending, "_echo_differs", lambda order, attempt, outcome: False)


def _late(patch: Patch, change: Callable[[Any, Any], Outcome]) -> None:
    apply_late = ending._apply_late

    def changed(end: Any, order: Any, attempt: Any, evidence: Evidence, outcome: Outcome) -> None:
        apply_late(end, order, attempt, evidence, change(attempt, outcome))

    patch.setattr(ending, "_apply_late", changed)


@fault("a contradiction after the end is applied and not kept as a dispute", begin=10)
def dispute_applied(patch: Patch) -> None:
    _late(patch, lambda attempt, said: replace(said, state=OutcomeState.REVERSED) if said.state is OutcomeState.FAILED else said)


@fault("a recharge the carrier takes back by itself stays in the books")
def take_back_ignored(patch: Patch) -> None:
    _late(patch, lambda attempt, said: replace(said, state=OutcomeState.UNKNOWN) if said.state is OutcomeState.REVERSED else said)


@fault("an order can be reversed twice", begin=140)
def reversed_twice(patch: Patch) -> None:
    apply_late = ending._apply_late

    def changed(end: Any, order: Any, attempt: Any, evidence: Evidence, outcome: Outcome) -> None:
        taken_back = attempt.action == "submit" and attempt.state == "succeeded" and outcome.state is OutcomeState.REVERSED
        if taken_back and order.state == "reversed":
            entries.reverse(end, order)
        apply_late(end, order, attempt, evidence, outcome)

    patch.setattr(ending, "_apply_late", changed)


@fault("the hold stays when the money is given back")
def hold_not_released(patch: Patch) -> None:
    def release(sold: Any, house: Any) -> list[tuple[int, int]]:
        return [(house.revenue, -sold.price_minor), (sold.deposit_account, sold.price_minor)]

    patch.setattr(posting_rules, "release", release)


@fault("a failed order stays counted against the point's limits")
def counters_not_given_back(patch: Patch) -> None:
    give_back = entries._give_back
    patch.setattr(entries, "_give_back", lambda end, order, legs, *, counted: give_back(end, order, legs, counted=False))


@fault("an order of yesterday is counted out of today's counters")
def counters_of_today(patch: Patch) -> None:
    give_back = entries._give_back

    def today(end: Any, order: Any, legs: Any, *, counted: bool) -> None:
        give_back(end, order._replace(business_date=end.today_text), legs, counted=counted)

    patch.setattr(entries, "_give_back", today)


@fault("commissions are worked out at the end, not frozen when the money is held")
def split_not_frozen(patch: Patch) -> None:
    frozen = entries._sale

    def by_present_list(end: Any, order: Any) -> Any:
        directory = end.parts.directory
        party = directory.party(order.party_id)
        terms = quote(party, directory.uplines(party), order.product_id, order.face_minor, directory.catalogue.prices, end.now)
        return replace(frozen(end, order), split=terms.split)

    patch.setattr(entries, "_sale", by_present_list)


def _success(patch: Patch, **said: Any) -> None:
    succeed = ending._succeed
    patch.setattr(ending, "_succeed", lambda end, order, attempt, outcome: succeed(end, order, attempt, replace(outcome, **said)))


@fault("a partly delivered order is settled as a whole one", begin=10)
def partial_as_whole(patch: Patch) -> None:
    _success(patch, delivered_minor=None)


@fault("what the carrier really charged is not booked")
def charge_ignored(patch: Patch) -> None:
    _success(patch, charged_minor=None)


@fault("commissions are posted and never accrued")
def accrual_forgotten(patch: Patch) -> None:
    patch.setattr(entries, "_accrue", lambda end, order, legs: None)


@fault("a reversal leaves the uplines their commissions' accruals")
def accrual_not_taken_back(patch: Patch) -> None:
    accrue = entries._accrue
    patch.setattr(entries, "_accrue", lambda end, order, legs: accrue(end, order, [leg for leg in legs if leg[1] > 0]))


@fault("the agent is not told of the end")
def agent_not_told(patch: Patch) -> None:
    patch.setattr(entries, "tell_agent", lambda end, order, kind: None)


def _reversal(patch: Patch, taken_as_done: OutcomeState) -> None:
    apply_reverse = ending._apply_reverse

    def changed(end: Any, order: Any, attempt: Any, source: Any, outcome: Outcome) -> None:
        done = replace(outcome, state=OutcomeState.SUCCESS) if outcome.state is taken_as_done else outcome
        apply_reverse(end, order, attempt, source, done)

    patch.setattr(ending, "_apply_reverse", changed)


@fault("a reversal of unknown outcome gives the money back")
def unknown_reversal_is_done(patch: Patch) -> None:
    _reversal(patch, OutcomeState.UNKNOWN)


@fault("a refused reversal gives the money back")
def refused_reversal_is_done(patch: Patch) -> None:
    _reversal(patch, OutcomeState.FAILED)


@fault("a callback that comes before the answer is acknowledged and thrown away")
def early_callback_ignored(patch: Patch) -> None:
    take = Callbacks._apply

    def changed(self: Callbacks, link_id: int, link_code: str, callback: Any) -> None:
        with self._parts.database.read() as connection:
            rows = self._parts.database.rows(connection, "SELECT state FROM attempt WHERE id = ?", [int(callback.reference)])
        if not rows or rows[0][0] != "sending":
            take(self, link_id, link_code, callback)

    patch.setattr(Callbacks, "_apply", changed)


@fault("a callback is acknowledged although it could not be kept", begin=80)
def callback_acknowledged_unkept(patch: Patch) -> None:
    finisher = finish.Finisher.finish

    def once(self: finish.Finisher, evidence: Sequence[Evidence]) -> None:
        if evidence and evidence[0].source.value == "callback":
            try:
                with self._parts.database.write() as connection:
                    self.finish_in(connection, evidence)
            except DBAPIError:
                return
        else:
            finisher(self, evidence)

    patch.setattr(finish.Finisher, "finish", once)


@fault("the roll-up credits in one transaction and deletes in another", begin=25)
def roll_up_in_two(patch: Patch) -> None:
    def drain(database: Database, leave: Any = ()) -> rollup.RolledUp:
        with database.read() as connection:
            rows = database.rows(connection, "SELECT id, account_id, amount_minor FROM accrual")
        if not rows:
            return rollup.RolledUp(0)
        with database.write() as connection:
            for _, account, amount in rows:
                rollup._credit(database, connection, account, amount)
        with database.write() as connection:
            rollup._delete(database, connection, "accrual", [row[0] for row in rows])
        return rollup.RolledUp(len(rows))

    patch.setattr(rollup, "drain_accruals", drain)
