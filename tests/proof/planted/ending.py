"""Faults planted into the ends of orders: their evidence, their money, and who is told."""

# ruff: noqa: ARG005  a planted fault takes the arguments of what it stands in for

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.exc import DBAPIError

from recharge.books import rollup
from recharge.books.callback_statements import CallbackStatements
from recharge.books.database import Database
from recharge.books.tables.metadata import stamp
from recharge.dispatch.callbacks import Callbacks
from recharge.domain import posting_rules
from recharge.domain.outcomes import Evidence, Outcome, OutcomeState
from recharge.domain.prices import quote
from recharge.engine import ending, entries, finish
from tests.proof.planted.table import Patch, fault


@fault("an attempt that has ended can end again")
def finished_twice(patch: Patch) -> None:
    patch.setattr(ending, "FINAL_ATTEMPTS", frozenset())


@fault("the number and amount the carrier echoes are not compared", begin=28)
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


@fault("word of a take-back that comes again reverses once more")
def reversed_twice(patch: Patch) -> None:
    apply_late = ending._apply_late

    def changed(end: Any, order: Any, attempt: Any, evidence: Evidence, outcome: Outcome) -> None:
        taken_back = attempt.action == "submit" and attempt.state == "succeeded" and outcome.state is OutcomeState.REVERSED
        if taken_back and order.state == "reversed":
            entries.reverse(end, order)
        apply_late(end, order, attempt, evidence, outcome)

    patch.setattr(CallbackStatements, "was_heard", lambda self, *_: False)
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
        return frozen(end, order)._replace(split=terms.split)

    patch.setattr(entries, "_sale", by_present_list)


def _success(patch: Patch, **said: Any) -> None:
    succeed = ending._succeed
    patch.setattr(ending, "_succeed", lambda end, order, attempt, outcome: succeed(end, order, attempt, replace(outcome, **said)))


@fault("a partly delivered order is settled as a whole one")
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


@fault("a callback is acknowledged although it could not be kept", begin=45)
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


@fault("the roll-up credits in one transaction and deletes in another", begin=30)
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


@fault("an order that came to rest is followed up again", begin=12)
def rest_disturbed(patch: Patch) -> None:
    patch.setattr(ending, "_due", lambda order, moment: order._replace(due_at=stamp(moment), lease=""))
