"""Adjustments and adjudications: a maker, a checker who is another, and one carrying out."""

import pytest

from recharge.domain import requests as ask
from recharge.domain.errors import RefusalCode
from recharge.domain.outcomes import AnswerSource, AttemptAction, OutcomeState
from recharge.domain.replies import Reply
from tests.support.books import code_of, events, messages, number_of, order_of, posted, sold, take_back
from tests.support.world import World


def propose(world: World, amount_minor: int, who: str = "FIN1", party: str = "A") -> str:
    """An adjustment's case number."""
    reply = world.ask(who, ask.ProposeAdjustment(party, amount_minor, "bank fee returned"))
    assert reply.done, reply
    return reply.case_number


def decide(world: World, case: str, who: str = "FIN2", *, approve: bool = True) -> Reply:
    return world.ask(who, ask.DecideCase(case, approve))


def in_doubt(world: World, amount: str = "50.00") -> Reply:
    """A recharge of which the carrier says nothing."""
    reply = world.recharge("A", amount)
    world.hear(world.send(reply), OutcomeState.UNKNOWN)
    return reply


def adjudicate(world: World, reply: Reply, *, succeeded: bool, serial: str = "") -> Reply:
    """Two people end an order."""
    asked = ask.ProposeAdjudication(number_of(reply), succeeded, "the carrier's screen shows it", serial)
    made = world.ask("OPS1", asked)
    assert made.done, made
    return decide(world, made.case_number, "FIN1")


def test_an_adjustment_up_and_one_down(world: World) -> None:
    up = decide(world, propose(world, 500))
    assert (order_of(up).kind, up.balance_minor) == ("adjustment", 100500)
    down = decide(world, propose(world, -700))
    assert down.balance_minor == 99800 == world.balance("A")
    assert posted(world)["adjustment"] == 200
    assert messages(world, down) == [("adjusted", "agent")]


def test_the_maker_never_decides_his_own(world: World) -> None:
    case = propose(world, 500)
    assert code_of(decide(world, case, "FIN1")) is RefusalCode.SAME_PERSON
    assert code_of(decide(world, case, "FIN1", approve=False)) is RefusalCode.SAME_PERSON
    assert decide(world, case, "OPS1").done


def test_a_case_is_decided_once(world: World) -> None:
    case = propose(world, 500)
    assert decide(world, case).done
    assert code_of(decide(world, case)) is RefusalCode.CASE_CLOSED
    assert code_of(decide(world, case, approve=False)) is RefusalCode.CASE_CLOSED
    rejected = propose(world, 500)
    assert decide(world, rejected, approve=False).case_number == rejected
    assert code_of(decide(world, rejected)) is RefusalCode.CASE_CLOSED
    assert world.balance("A") == 100500


def test_a_case_decided_twice_in_one_batch_is_carried_out_once(world: World) -> None:
    case = propose(world, 500)
    batch = [world.request(who, ask.DecideCase(case, approve=True)) for who in ("FIN2", "OPS1", "FIN2")]
    replies = world.intake.take(batch)
    assert [reply.done for reply in replies] == [True, False, False]
    assert world.balance("A") == 100500


def test_a_debit_the_party_cannot_pay_leaves_the_case_open(world: World) -> None:
    case = propose(world, -100001)
    assert code_of(decide(world, case)) is RefusalCode.INSUFFICIENT_BALANCE
    world.deposit("A", "0.01")
    assert decide(world, case).balance_minor == 0


def test_what_is_no_adjustment(world: World) -> None:
    refused: list[tuple[ask.Operation, RefusalCode]] = [
        (ask.ProposeAdjustment("NOBODY", 1, "x"), RefusalCode.UNKNOWN_PARTY),
        (ask.ProposeAdjustment("A", 0, "x"), RefusalCode.BAD_AMOUNT),
        (ask.ProposeAdjustment("A", 1, "  "), RefusalCode.BAD_REQUEST),
        (ask.DecideCase("12", approve=True), RefusalCode.UNKNOWN_CASE),
        (ask.DecideCase("x", approve=True), RefusalCode.UNKNOWN_CASE),
        (ask.DecideCase("", approve=True), RefusalCode.UNKNOWN_CASE),
    ]
    for operation, code in refused:
        assert code_of(world.ask("FIN1", operation)) is code, operation


@pytest.mark.parametrize("who", ["A", "CS1", "AUD1", "ADM1", "SETTLE"])
def test_who_may_not_touch_cases(world: World, who: str) -> None:
    case = propose(world, 500)
    assert code_of(world.ask(who, ask.ProposeAdjustment("A", 1, "x"))) is RefusalCode.NOT_ALLOWED
    assert code_of(decide(world, case, who)) is RefusalCode.NOT_ALLOWED
    assert world.balance("A") == 100000


def test_operations_proposes_no_adjustment(world: World) -> None:
    assert code_of(world.ask("OPS1", ask.ProposeAdjustment("A", 1, "x"))) is RefusalCode.NOT_ALLOWED


def test_adjudicated_as_succeeded(world: World) -> None:
    reply = in_doubt(world)
    ended = adjudicate(world, reply, succeeded=True, serial="SN77")
    assert (order_of(ended).state, order_of(ended).serial_number) == ("succeeded", "SN77")
    assert world.balance("A") == 95100
    assert events(world, reply) == ["adjudicated"]
    assert ("succeeded", "customer") in messages(world, reply)


def test_adjudicated_as_failed_gives_the_money_back(world: World) -> None:
    reply = in_doubt(world)
    ended = adjudicate(world, reply, succeeded=False)
    assert (order_of(ended).state, order_of(ended).failure) == ("failed", "adjudicated")
    assert world.balance("A") == 100000


def test_evidence_after_the_adjudication_is_a_dispute(world: World) -> None:
    reply = in_doubt(world)
    attempt = world.one("SELECT attempt_id FROM orders WHERE id = ?", int(number_of(reply)))
    adjudicate(world, reply, succeeded=False)
    world.hear(attempt, OutcomeState.SUCCESS, AnswerSource.STATEMENT, serial_number="SN1")
    assert world.state(reply) == "failed"
    assert events(world, reply) == ["adjudicated", "dispute"]


def test_only_an_order_in_doubt_is_adjudicated(world: World) -> None:
    held, done = world.recharge("A"), sold(world, amount="10.00")
    for reply in (held, done):
        asked = ask.ProposeAdjudication(number_of(reply), True, "x")
        assert code_of(world.ask("OPS1", asked)) is RefusalCode.CASE_CLOSED
    assert code_of(world.ask("OPS1", ask.ProposeAdjudication("1", True, "x"))) is RefusalCode.UNKNOWN_ORDER
    assert code_of(world.ask("OPS1", ask.ProposeAdjudication(number_of(in_doubt(world, "30.00")), True, " "))) is RefusalCode.BAD_REQUEST


@pytest.mark.parametrize(("succeeded", "state", "balance"), [(True, "succeeded", 95100), (False, "failed", 100000)])
def test_an_order_the_carrier_took_on_and_never_spoke_of_again(world: World, succeeded: bool, state: str, balance: int) -> None:
    reply = world.recharge("A")
    attempt = world.send(reply)
    assert code_of(adjudicate(world, reply, succeeded=succeeded)) is RefusalCode.CASE_CLOSED
    world.hear(attempt, OutcomeState.ACCEPTED)
    world.clock.pass_time(days=3)
    assert order_of(adjudicate(world, reply, succeeded=succeeded)).state == state
    assert world.balance("A") == balance


def test_an_order_that_ended_meanwhile_is_not_adjudicated(world: World) -> None:
    reply = in_doubt(world)
    case = world.ask("OPS1", ask.ProposeAdjudication(number_of(reply), False, "x")).case_number
    attempt = world.one("SELECT attempt_id FROM orders WHERE id = ?", int(number_of(reply)))
    world.hear(attempt, OutcomeState.SUCCESS, AnswerSource.QUERY)
    assert code_of(decide(world, case)) is RefusalCode.CASE_CLOSED
    assert world.one("SELECT state FROM money_case WHERE id = ?", int(case)) == "proposed"
    assert world.state(reply) == "succeeded"


def test_two_cases_on_one_order_in_one_batch_end_it_once(world: World) -> None:
    reply = in_doubt(world)
    cases = [world.ask("OPS1", ask.ProposeAdjudication(number_of(reply), good, "x")).case_number for good in (False, True)]
    replies = world.intake.take([world.request("FIN1", ask.DecideCase(case, approve=True)) for case in cases])
    assert [item.done for item in replies] == [True, False]
    assert world.state(reply) == "failed"
    assert world.balance("A") == 100000


@pytest.mark.parametrize(("succeeded", "state", "balance"), [(True, "reversed", 100000), (False, "succeeded", 95100)])
def test_a_reversal_in_doubt_is_adjudicated(world: World, succeeded: bool, state: str, balance: int) -> None:
    reply = sold(world)
    world.ask("A", ask.Reverse(number_of(reply)))
    take_back(world, reply, OutcomeState.UNKNOWN)
    assert order_of(adjudicate(world, reply, succeeded=succeeded)).state == state
    assert world.balance("A") == balance


def test_a_reversal_that_was_not_asked_of_the_carrier_yet_is_not_adjudicated(world: World) -> None:
    reply = sold(world)
    world.ask("A", ask.Reverse(number_of(reply)))
    assert code_of(adjudicate(world, reply, succeeded=True)) is RefusalCode.CASE_CLOSED
    assert world.state(reply) == "reversing"
    attempt = world.send(reply, AttemptAction.REVERSE)
    world.hear(attempt, OutcomeState.NOT_SENT)
    assert code_of(adjudicate(world, reply, succeeded=False)) is RefusalCode.CASE_CLOSED
    assert events(world, reply) == ["reversal_asked"]
