"""Same-day reversal (返销): its rules, everything the carrier can say to it, and where the money is after each."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from recharge.domain import requests as ask
from recharge.domain.errors import RefusalCode
from recharge.domain.outcomes import AnswerSource, AttemptAction, OutcomeState
from recharge.domain.rules import ReversalRules
from recharge.engine.administration import SHELL
from recharge.engine.parts import Rules
from tests.support.books import check_books, code_of, events, fact_of, messages, number_of, order_of, posted, sold, take_back
from tests.support.province import Province
from tests.support.world import NUMBER, World


@pytest.fixture
def strict(clean_database_url: str) -> Iterator[World]:
    """A province that allows one reversal a day and two a month, within an hour of the order's end."""
    made = Province(clean_database_url, Rules(reversal=ReversalRules(window=timedelta(hours=1), day_count=1, month_count=2)))
    made.deposit("A", "1000.00")
    yield made
    check_books(made)
    made.close()


def test_a_recharge_taken_back_gives_everything_back(world: World) -> None:
    reply = sold(world)
    asked = world.ask("A", ask.Reverse(number_of(reply)))
    assert order_of(asked).state == "reversing"
    assert world.balance("A") == 95100
    assert world.wakes == 2
    take_back(world, reply)
    assert world.state(reply) == "reversed"
    assert world.balance("A") == 100000
    assert posted(world) == {"bank": -100000, "deposit": 100000, "hold": 0, "stock": 0, "commission": 0, "revenue": 0}
    assert messages(world, reply) == [("succeeded", "agent"), ("succeeded", "customer"), ("reversed", "agent"), ("reversed", "customer")]


def test_by_the_customers_number_the_last_order_is_meant(world: World) -> None:
    sold(world, amount="10.00")
    world.clock.pass_time(seconds=1)
    last = sold(world, amount="30.00")
    asked = world.ask("A", ask.Reverse(number="138 0013 8000"))
    assert order_of(asked).order_number == number_of(last)


def test_what_cannot_be_taken_back(world: World) -> None:
    held = world.recharge("A")
    assert code_of(world.ask("A", ask.Reverse(number_of(held)))) is RefusalCode.NOT_REVERSIBLE
    world.hear(world.send(held), OutcomeState.FAILED)
    assert code_of(world.ask("A", ask.Reverse(number_of(held)))) is RefusalCode.NOT_REVERSIBLE
    deposit = world.rows("SELECT id FROM orders WHERE kind = 'deposit'")[0][0]
    assert code_of(world.ask("A", ask.Reverse(str(deposit)))) is RefusalCode.NOT_REVERSIBLE
    for number in ("1", "999999999999999999", "abc", "-1"):
        assert code_of(world.ask("A", ask.Reverse(number))) is RefusalCode.UNKNOWN_ORDER
    assert code_of(world.ask("A", ask.Reverse(number="18600000000"))) is RefusalCode.UNKNOWN_ORDER
    assert code_of(world.ask("A", ask.Reverse(number="1"))) is RefusalCode.BAD_NUMBER
    assert code_of(world.ask("A", ask.Reverse())) is RefusalCode.BAD_REQUEST


def test_another_points_order_does_not_exist(world: World) -> None:
    reply = sold(world)
    assert code_of(world.ask("B", ask.Reverse(number_of(reply)))) is RefusalCode.UNKNOWN_ORDER
    assert code_of(world.ask("B", ask.Reverse(number=NUMBER))) is RefusalCode.UNKNOWN_ORDER
    assert world.state(reply) == "succeeded"


def test_yesterdays_order_is_too_late(world: World) -> None:
    reply = sold(world)
    world.clock.pass_time(days=1)
    assert code_of(world.ask("A", ask.Reverse(number_of(reply)))) is RefusalCode.REVERSAL_TOO_LATE


def test_a_reversal_asked_today_and_confirmed_tomorrow_stands(world: World) -> None:
    reply = sold(world)
    world.ask("A", ask.Reverse(number_of(reply)))
    world.clock.pass_time(days=1)
    take_back(world, reply)
    assert world.state(reply) == "reversed"
    days = {str(row[0]) for row in world.rows("SELECT business_date FROM entry WHERE order_id = ? AND step = 3", int(number_of(reply)))}
    assert days == {"2026-11-21"}


def test_twice_asked_is_taken_back_once(world: World) -> None:
    reply = sold(world)
    batch = [world.request("A", ask.Reverse(number_of(reply))) for _ in range(3)]
    assert [item.done for item in world.intake.take(batch)] == [True, False, False]
    assert code_of(world.ask("A", ask.Reverse(number_of(reply)))) is RefusalCode.NOT_REVERSIBLE
    assert events(world, reply) == ["reversal_asked"]
    take_back(world, reply)
    assert code_of(world.ask("A", ask.Reverse(number_of(reply)))) is RefusalCode.NOT_REVERSIBLE


def test_the_same_reversal_again_tells_the_order_as_it_is_now(world: World) -> None:
    reply = sold(world)
    first = world.ask("A", ask.Reverse(number_of(reply)), reference="back-1")
    take_back(world, reply)
    again = world.ask("A", ask.Reverse(number_of(reply)), reference="back-1")
    assert (order_of(first).state, order_of(again).state) == ("reversing", "reversed")
    assert again.repeated
    assert again.balance_minor == 100000


def test_the_carrier_refuses_the_reversal(world: World) -> None:
    reply = sold(world)
    world.ask("A", ask.Reverse(number_of(reply)))
    take_back(world, reply, OutcomeState.FAILED)
    assert world.state(reply) == "succeeded"
    assert world.balance("A") == 95100
    assert messages(world, reply)[-1] == ("reversal_failed", "agent")
    again = world.ask("A", ask.Reverse(number_of(reply)))
    assert order_of(again).state == "reversing"


@pytest.mark.parametrize("state", [OutcomeState.UNKNOWN, OutcomeState.ACCEPTED, OutcomeState.NOT_FOUND])
def test_a_reversal_whose_outcome_is_open_waits(world: World, state: OutcomeState) -> None:
    reply = sold(world)
    world.ask("A", ask.Reverse(number_of(reply)))
    attempt = take_back(world, reply, state)
    assert world.state(reply) == "reversing"
    assert world.one("SELECT due_at FROM orders WHERE id = ?", int(number_of(reply))) is not None
    world.hear(attempt, OutcomeState.REVERSED, AnswerSource.QUERY)
    assert world.state(reply) == "reversed"
    assert world.balance("A") == 100000


def test_a_reversal_that_never_left_is_tried_three_times(world: World) -> None:
    reply = sold(world)
    world.ask("A", ask.Reverse(number_of(reply)))
    for _ in range(2):
        take_back(world, reply, OutcomeState.NOT_SENT)
        assert world.state(reply) == "reversing"
    take_back(world, reply, OutcomeState.NOT_SENT)
    assert world.state(reply) == "succeeded"
    assert messages(world, reply)[-1] == ("reversal_failed", "agent")


def test_the_same_answer_twice_gives_the_money_back_once(world: World) -> None:
    reply = sold(world)
    world.ask("A", ask.Reverse(number_of(reply)))
    attempt = take_back(world, reply)
    for source in (AnswerSource.QUERY, AnswerSource.CALLBACK, AnswerSource.STATEMENT):
        world.hear(attempt, OutcomeState.SUCCESS, source)
    world.hear(attempt, OutcomeState.FAILED, AnswerSource.CALLBACK)
    assert world.balance("A") == 100000
    assert events(world, reply) == ["reversal_asked", "dispute"]


def test_the_carrier_takes_back_by_itself_while_we_ask(world: World) -> None:
    reply = world.recharge("A")
    submit = world.send(reply)
    world.hear(submit, OutcomeState.SUCCESS)
    world.ask("A", ask.Reverse(number_of(reply)))
    attempt = world.send(reply, AttemptAction.REVERSE)
    world.hear(submit, OutcomeState.REVERSED, AnswerSource.CALLBACK)
    assert world.state(reply) == "reversed"
    world.hear(attempt, OutcomeState.SUCCESS)
    assert world.balance("A") == 100000
    assert world.state(reply) == "reversed"


def test_a_partly_delivered_order_taken_back(world: World) -> None:
    reply = world.recharge("A")
    world.hear(world.send(reply), OutcomeState.SUCCESS, delivered_minor=3000, charged_minor=2880)
    assert world.balance("A") == 100000 - 2940
    world.ask("A", ask.Reverse(number_of(reply)))
    take_back(world, reply)
    assert world.balance("A") == 100000
    assert set(posted(world).values()) == {-100000, 100000, 0}


def test_one_a_day_and_two_a_month(strict: World) -> None:
    world = strict
    first, second = sold(world), sold(world, amount="30.00")
    assert world.ask("A", ask.Reverse(number_of(first))).done
    over = world.ask("A", ask.Reverse(number_of(second)))
    assert code_of(over) is RefusalCode.OVER_REVERSAL_LIMIT
    assert fact_of(over, "limit") == 1
    world.clock.pass_time(days=1)
    third = sold(world)
    assert world.ask("A", ask.Reverse(number_of(third))).done
    world.clock.pass_time(days=1)
    fourth = sold(world)
    assert fact_of(world.ask("A", ask.Reverse(number_of(fourth))), "limit") == 2
    world.clock.pass_time(days=10)
    assert world.ask("A", ask.Reverse(number_of(sold(world)))).done


def test_the_count_holds_within_one_batch_and_is_each_points_own(strict: World) -> None:
    world = strict
    world.deposit("B", "100.00")
    orders = [sold(world), sold(world, amount="30.00"), sold(world, "B")]
    batch = [world.request(who, ask.Reverse(number_of(reply))) for who, reply in zip("AAB", orders, strict=True)]
    assert [reply.done for reply in world.intake.take(batch)] == [True, False, True]


def test_a_refused_reversal_does_not_use_the_count_up(strict: World) -> None:
    reply = sold(strict)
    assert strict.ask("A", ask.Reverse(number_of(reply))).done
    take_back(strict, reply, OutcomeState.FAILED)
    assert strict.ask("A", ask.Reverse(number_of(reply))).done


def test_the_window_runs_from_the_orders_end(strict: World) -> None:
    reply = strict.recharge("A")
    strict.clock.pass_time(minutes=50)
    strict.hear(strict.send(reply), OutcomeState.SUCCESS)
    strict.clock.pass_time(minutes=60)
    assert strict.ask("A", ask.Reverse(number_of(reply))).done
    late = sold(strict, amount="10.00")
    strict.clock.pass_time(minutes=60, microseconds=1)
    assert code_of(strict.ask("A", ask.Reverse(number_of(late)))) is RefusalCode.REVERSAL_TOO_LATE


def test_an_upline_that_has_moved_its_commission_out_owes_it(world: World) -> None:
    """The reversal takes commission back that is gone already: the account shows what is owed, and later earnings pay it."""
    from recharge.books.rollup import roll_up

    world.office.endpoints.bind(SHELL, ask.EndpointKind.WEB_LOGIN, "shop-d3", "D3")
    world.office.credentials.set(SHELL, "D3", "274961", temporary=False)
    reply = sold(world)
    roll_up(world.database)
    moved = world.ask("D3", ask.CommissionToDeposit())
    assert (moved.commission_minor, world.balance("D3")) == (0, 10)
    world.ask("A", ask.Reverse(number_of(reply)))
    take_back(world, reply)
    roll_up(world.database)
    assert world.ask("D3", ask.Balance()).commission_minor == -10
    assert code_of(world.ask("D3", ask.CommissionToDeposit(1))) is RefusalCode.INSUFFICIENT_BALANCE
    sold(world, amount="100.00")
    roll_up(world.database)
    assert world.ask("D3", ask.Balance()).commission_minor == 10
