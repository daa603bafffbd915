"""What evidence does to an order: the outcome laws, one story each, and the money after it."""

from datetime import timedelta
from typing import Any

import pytest

from recharge.books.rows import moment_or_none
from recharge.domain.outcomes import AnswerSource, FailureReason, OutcomeState
from recharge.domain.replies import Reply
from recharge.verify import verify_books
from tests.support.books import check_sums, events, messages, number_of, posted, sold, succeed
from tests.support.province import Province
from tests.support.world import NUMBER, World

CALLBACK, QUERY, STATEMENT = AnswerSource.CALLBACK, AnswerSource.QUERY, AnswerSource.STATEMENT


def column(world: World, reply: Reply, name: str) -> object:
    return world.one(f"SELECT {name} FROM orders WHERE id = ?", int(number_of(reply)))


def attempt_state(world: World, attempt: int) -> object:
    return world.one("SELECT state FROM attempt WHERE id = ?", attempt)


def test_a_success_keeps_what_the_carrier_said(world: World) -> None:
    reply = world.recharge("A")
    attempt = world.send(reply)
    world.hear(attempt, OutcomeState.SUCCESS, CALLBACK, serial_number="SN" * 30, supplier_reference="CR-1", charged_minor=4750,
               number=NUMBER, amount_minor=5000, code="0000", text="成功", raw="x" * 3000)  # fmt: skip
    assert column(world, reply, "serial_number") == ("SN" * 30)[:40]
    assert (column(world, reply, "cost_minor"), column(world, reply, "link_id")) == (4750, world.link_id)
    assert posted(world)["revenue"] == 4900 - 4750 - 30
    answer = world.rows("SELECT source, state, code, text, raw FROM answer WHERE attempt_id = ?", attempt)[0]
    assert answer[:4] == ("callback", "success", "0000", "成功")
    assert len(answer[4]) == 2000


@pytest.mark.parametrize("reason", list(FailureReason))
def test_a_failure_keeps_its_reason(sqlite_world: World, reason: FailureReason) -> None:
    reply = sqlite_world.recharge("A")
    sqlite_world.hear(sqlite_world.send(reply), OutcomeState.FAILED, reason=reason)
    assert column(sqlite_world, reply, "failure") == reason.value
    assert messages(sqlite_world, reply) == [("failed", "agent")]


def test_a_failure_without_a_reason_is_a_rejection(world: World) -> None:
    reply = world.recharge("A")
    world.hear(world.send(reply), OutcomeState.FAILED)
    assert column(world, reply, "failure") == "rejected"
    assert column(world, reply, "due_at") is None


@pytest.mark.parametrize(("delivered", "charged", "paid", "commission"), [(3000, 2880, 2940, 18), (1, 1, 1, 0), (4999, 4800, 4900, 27),
                                                                          (5000, 4800, 4900, 30)])  # fmt: skip
def test_a_partial_success_sells_in_proportion(world: World, delivered: int, charged: int, paid: int, commission: int) -> None:
    reply = world.recharge("A")
    world.hear(world.send(reply), OutcomeState.SUCCESS, delivered_minor=delivered, charged_minor=charged)
    assert world.state(reply) == "succeeded"
    assert world.balance("A") == 100000 - paid
    assert posted(world).get("commission", 0) == commission
    kind = "succeeded" if delivered == 5000 else "partial"
    assert messages(world, reply) == [(kind, "agent"), (kind, "customer")]


def test_a_failure_that_says_nothing_was_delivered_is_a_failure(world: World) -> None:
    """Carriers tell what was charged and delivered with every answer; with a failure both are zero."""
    reply = world.recharge("A")
    attempt = world.send(reply)
    world.hear(attempt, OutcomeState.FAILED, number=NUMBER, amount_minor=5000, charged_minor=0, delivered_minor=0)
    assert world.state(reply) == "failed"
    assert world.balance("A") == 100000
    check_sums(world)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        *((OutcomeState.SUCCESS, said) for said in ({"delivered_minor": 0}, {"delivered_minor": 5001}, {"delivered_minor": -1})),
        *((OutcomeState.FAILED, said) for said in ({"delivered_minor": 1}, {"delivered_minor": 5000}, {"delivered_minor": -1})),
        *((state, {"number": "13800138001"}) for state in (OutcomeState.SUCCESS, OutcomeState.FAILED)),
        *((state, {"amount_minor": 5001}) for state in (OutcomeState.SUCCESS, OutcomeState.FAILED)),
    ],
)
def test_an_answer_that_speaks_of_something_else_is_put_aside(world: World, state: OutcomeState, said: dict[str, Any]) -> None:
    reply = world.recharge("A")
    attempt = world.send(reply)
    world.hear(attempt, state, **said)
    assert (world.state(reply), events(world, reply)) == ("unknown", ["quarantine"])
    assert world.balance("A") == 95100
    world.hear(attempt, OutcomeState.SUCCESS, QUERY, number=NUMBER, amount_minor=5000)
    assert world.state(reply) == "succeeded"


def test_a_part_without_its_charge_costs_in_proportion(world: World) -> None:
    reply = world.recharge("A")
    world.hear(world.send(reply), OutcomeState.SUCCESS, delivered_minor=2500)
    assert column(world, reply, "cost_minor") == 2400
    check_sums(world)


@pytest.mark.parametrize("charged", [-1, 10001])
def test_a_charge_that_cannot_be_is_put_aside(world: World, charged: int) -> None:
    reply = world.recharge("A")
    world.hear(world.send(reply), OutcomeState.SUCCESS, charged_minor=charged)
    assert world.state(reply) == "unknown"
    assert "quarantine" in events(world, reply)


def test_the_same_evidence_many_times_is_applied_once(world: World) -> None:
    reply = world.recharge("A")
    attempt = succeed(world, reply)
    for source in (CALLBACK, CALLBACK, QUERY, STATEMENT):
        world.hear(attempt, OutcomeState.SUCCESS, source, serial_number="SN2")
    assert column(world, reply, "serial_number") == "SN1"
    assert events(world, reply) == []
    assert len(messages(world, reply)) == 2
    assert world.one("SELECT COUNT(*) FROM answer WHERE attempt_id = ?", attempt) == 5


def test_the_same_evidence_twice_in_one_batch(world: World) -> None:
    reply = world.recharge("A")
    attempt = world.send(reply)
    evidence = world.evidence(attempt, OutcomeState.FAILED)
    world.finisher.finish([evidence, evidence, world.evidence(attempt, OutcomeState.UNKNOWN, QUERY)])
    assert world.balance("A") == 100000
    assert world.state(reply) == "failed"


@pytest.mark.parametrize(("first", "then"), [(OutcomeState.SUCCESS, OutcomeState.FAILED), (OutcomeState.FAILED, OutcomeState.SUCCESS),
                                             (OutcomeState.SUCCESS, OutcomeState.NOT_SENT)])  # fmt: skip
def test_a_contradiction_is_kept_and_moves_nothing(world: World, first: OutcomeState, then: OutcomeState) -> None:
    reply = world.recharge("A")
    attempt = world.send(reply)
    world.hear(attempt, first)
    state, balance = world.state(reply), world.balance("A")
    world.hear(attempt, then, STATEMENT)
    assert (world.state(reply), world.balance("A")) == (state, balance)
    assert events(world, reply) == ["dispute"]


@pytest.mark.parametrize("then", [OutcomeState.UNKNOWN, OutcomeState.NOT_FOUND, OutcomeState.ACCEPTED])
def test_a_late_doubt_changes_nothing(world: World, then: OutcomeState) -> None:
    reply = sold(world)
    attempt = column(world, reply, "attempt_id")
    assert isinstance(attempt, int)
    world.hear(attempt, then, CALLBACK)
    assert (world.state(reply), events(world, reply), column(world, reply, "due_at")) == ("succeeded", [], None)


def test_evidence_for_an_attempt_nobody_made_is_left_out(world: World) -> None:
    reply = world.recharge("A")
    attempt = world.send(reply)
    world.finisher.finish([world.evidence(7, OutcomeState.SUCCESS), world.evidence(attempt, OutcomeState.FAILED)])
    assert world.state(reply) == "failed"
    world.finisher.finish([])
    world.finisher.finish([world.evidence(7, OutcomeState.SUCCESS)])


def test_not_sent_goes_to_the_next_link_three_times_and_then_gives_up(world: World) -> None:
    reply = world.recharge("A")
    for _ in range(2):
        world.hear(world.send(reply), OutcomeState.NOT_SENT)
        assert world.state(reply) == "held"
        assert column(world, reply, "due_at") is not None
        assert world.balance("A") == 95100
    world.hear(world.send(reply), OutcomeState.NOT_SENT)
    assert (world.state(reply), column(world, reply, "failure")) == ("failed", "no_link")
    assert world.balance("A") == 100000


def test_not_sent_after_a_minute_gives_up_at_once(world: World) -> None:
    reply = world.recharge("A")
    attempt = world.send(reply)
    world.clock.pass_time(seconds=60, microseconds=1)
    world.hear(attempt, OutcomeState.NOT_SENT)
    assert (world.state(reply), column(world, reply, "failure")) == ("failed", "no_link")


def test_a_carrier_that_never_received_it_is_another_failure(world: World) -> None:
    reply = world.recharge("A")
    attempt = world.send(reply)
    world.hear(attempt, OutcomeState.UNKNOWN)
    world.clock.pass_time(hours=25)
    world.hear(attempt, OutcomeState.NOT_SENT, QUERY)
    assert (world.state(reply), column(world, reply, "failure")) == ("failed", "not_received")
    assert world.balance("A") == 100000


def test_success_on_the_second_link_after_not_sent_on_the_first(world: World) -> None:
    reply = world.recharge("A")
    world.hear(world.send(reply), OutcomeState.NOT_SENT)
    succeed(world, reply)
    assert world.state(reply) == "succeeded"
    assert world.balance("A") == 95100


def test_a_carrier_that_did_what_it_had_not_received_is_found_out(clean_database_url: str) -> None:
    """The customer has it twice: nothing we book can mend that, so people must be told."""
    world = Province(clean_database_url)
    world.deposit("A", "1000.00")
    reply = world.recharge("A")
    first = world.send(reply)
    world.hear(first, OutcomeState.NOT_SENT)
    succeed(world, reply)
    world.hear(first, OutcomeState.SUCCESS, CALLBACK)
    assert events(world, reply) == ["dispute"]
    check_sums(world)
    broken = [item.invariant for item in verify_books(world.database, world.clock.now()) if not item.holds]
    assert broken == ["I8"]
    world.close()


def test_unknown_is_never_given_back_by_the_clock(world: World) -> None:
    reply = world.recharge("A")
    attempt = world.send(reply)
    for _ in range(40):
        world.hear(attempt, OutcomeState.NOT_FOUND, QUERY)
        world.clock.pass_time(days=1)
    assert world.state(reply) == "unknown"
    assert world.balance("A") == 95100
    assert world.rows("SELECT queries, not_found FROM attempt WHERE id = ?", attempt) == [(40, 40)]


def test_the_next_look_follows_the_plan(world: World) -> None:
    reply = world.recharge("A")
    attempt = world.send(reply)
    delays = []
    for source in (AnswerSource.SUBMIT, QUERY, QUERY, QUERY, QUERY, QUERY, QUERY):
        world.hear(attempt, OutcomeState.UNKNOWN, source)
        due = moment_or_none(column(world, reply, "due_at"))  # type: ignore[arg-type]
        assert due is not None
        delays.append(int((due - world.clock.now()).total_seconds()))
        world.clock.moment = due
    assert delays == [5, 15, 60, 300, 900, 3600, 3600]


def test_accepted_stays_under_way_and_doubt_does_not_forget_it(world: World) -> None:
    reply = world.recharge("A")
    attempt = world.send(reply)
    world.hear(attempt, OutcomeState.ACCEPTED, supplier_reference="CR-9")
    assert (world.state(reply), attempt_state(world, attempt)) == ("sending", "accepted")
    world.hear(attempt, OutcomeState.UNKNOWN, QUERY)
    assert (world.state(reply), attempt_state(world, attempt)) == ("unknown", "accepted")
    assert world.one("SELECT supplier_reference FROM attempt WHERE id = ?", attempt) == "CR-9"
    world.hear(attempt, OutcomeState.SUCCESS, CALLBACK)
    assert world.state(reply) == "succeeded"


def test_the_carrier_takes_a_success_back_by_itself(world: World) -> None:
    reply = sold(world)
    attempt = column(world, reply, "attempt_id")
    assert isinstance(attempt, int)
    world.hear(attempt, OutcomeState.REVERSED, CALLBACK)
    assert world.state(reply) == "reversed"
    assert world.balance("A") == 100000
    world.hear(attempt, OutcomeState.REVERSED, CALLBACK)
    assert world.balance("A") == 100000


def test_reversed_as_the_first_thing_heard_is_a_success_taken_back(world: World) -> None:
    reply = world.recharge("A")
    world.hear(world.send(reply), OutcomeState.REVERSED, STATEMENT)
    assert world.state(reply) == "reversed"
    assert world.balance("A") == 100000
    assert {step for (step,) in world.rows("SELECT step FROM entry WHERE order_id = ?", int(number_of(reply)))} == {1, 2, 3}


def test_a_reversal_told_of_a_failed_order_moves_nothing(world: World) -> None:
    reply = world.recharge("A")
    attempt = world.send(reply)
    world.hear(attempt, OutcomeState.FAILED)
    world.hear(attempt, OutcomeState.REVERSED, CALLBACK)
    assert world.state(reply) == "failed"
    assert world.balance("A") == 100000


def test_many_orders_end_in_one_batch(world: World) -> None:
    replies = [world.recharge("A", "10.00", f"138001380{n:02}") for n in range(40)]
    states = [OutcomeState.SUCCESS, OutcomeState.FAILED, OutcomeState.UNKNOWN, OutcomeState.NOT_SENT]
    evidence = [world.evidence(world.send(reply), states[n % 4]) for n, reply in enumerate(replies)]
    world.finisher.finish(evidence)
    assert [world.state(reply) for reply in replies[:4]] == ["succeeded", "failed", "unknown", "held"]
    assert world.balance("A") == 100000 - 30 * 980


def test_an_order_that_found_no_way_out_is_given_up(world: World) -> None:
    held, away = world.recharge("A"), world.recharge("A", "10.00")
    world.send(away)
    ids = [int(number_of(held)), int(number_of(away)), 12345]
    for _ in range(2):
        world.finisher.give_up(ids, FailureReason.NO_ROUTE)
    assert (world.state(held), world.state(away)) == ("failed", "sending")
    assert column(world, held, "failure") == "no_route"
    assert world.balance("A") == 100000 - 980
    world.finisher.give_up([], FailureReason.NO_ROUTE)


def test_money_is_booked_on_the_day_it_moves(world: World) -> None:
    reply = world.recharge("A")
    attempt = world.send(reply)
    world.clock.moment += timedelta(days=1)
    world.hear(attempt, OutcomeState.FAILED)
    days = world.rows("SELECT step, business_date FROM entry WHERE order_id = ? ORDER BY step", int(number_of(reply)))
    assert [(step, str(day)) for step, day in days] == [(1, "2026-11-20"), (2, "2026-11-21")]
    assert str(column(world, reply, "business_date")) == "2026-11-20"
