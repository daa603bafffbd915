"""Limits and the duplicate guard: order, day and month, count and value, at point, tier and platform."""

from datetime import UTC, datetime, time, timedelta

import pytest

from recharge.books.rollup import roll_up
from recharge.domain import requests as ask
from recharge.domain.errors import RefusalCode
from recharge.domain.limits import Limits
from recharge.domain.outcomes import OutcomeState
from recharge.domain.rules import GuardRules, SalesHours
from recharge.engine.administration import SHELL
from recharge.engine.parts import Rules
from tests.support.books import check_books, code_of, fact_of, number_of, sold, take_back
from tests.support.province import Province
from tests.support.world import NUMBER, World


def sell(world: World, count: int, amount: str = "10.00", point: str = "A") -> list[bool]:
    """As many recharges of different numbers; which were taken."""
    start = world.one("SELECT COUNT(*) FROM request")
    return [world.recharge(point, amount, f"138{start + n:08}").done for n in range(count)]


def limit_a(world: World, limits: Limits) -> None:
    world.office.catalogue.limit_party(SHELL, "A", limits)


def test_one_order_over_the_points_limit(world: World) -> None:
    limit_a(world, Limits(order_most_minor=3000))
    assert code_of(world.recharge("A", "50.00")) is RefusalCode.OVER_ORDER_LIMIT
    assert world.recharge("A", "30.00").done


def test_the_days_count_and_value(world: World) -> None:
    limit_a(world, Limits(day_count=3))
    assert sell(world, 4) == [True, True, True, False]
    limit_a(world, Limits(day_minor=6000))
    assert sell(world, 4) == [True, True, True, False]
    assert code_of(world.recharge("A", "10.00", "13899999999")) is RefusalCode.OVER_DAY_LIMIT


def test_the_months_count_and_value(world: World) -> None:
    limit_a(world, Limits(month_count=2, day_count=2))
    assert sell(world, 2) == [True, True]
    world.clock.pass_time(days=1)
    assert code_of(world.recharge("A", "10.00", "13899999999")) is RefusalCode.OVER_MONTH_LIMIT
    limit_a(world, Limits(month_minor=3000))
    assert sell(world, 2) == [True, False]
    world.clock.moment = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    assert sell(world, 4) == [True, True, True, False]


def test_the_day_begins_anew_at_midnight_in_shanghai(world: World) -> None:
    limit_a(world, Limits(day_count=1))
    world.clock.moment = datetime(2026, 11, 20, 15, 59, 59, 999999, tzinfo=UTC)
    assert sell(world, 2) == [True, False]
    world.clock.pass_time(microseconds=1)
    assert sell(world, 2) == [True, False]


def test_limits_hold_within_one_batch(world: World) -> None:
    limit_a(world, Limits(day_count=5))
    batch = [world.request("A", ask.Recharge(f"138{n:08}", 1000)) for n in range(8)]
    assert sum(reply.done for reply in world.intake.take(batch)) == 5


def test_a_failed_order_is_counted_out_again(world: World) -> None:
    limit_a(world, Limits(day_count=1, month_count=1))
    reply = world.recharge("A")
    assert code_of(world.recharge("A", "10.00")) is RefusalCode.OVER_DAY_LIMIT
    world.hear(world.send(reply), OutcomeState.FAILED)
    assert world.recharge("A", "10.00").done


def test_a_reversed_order_is_counted_out_again(world: World) -> None:
    limit_a(world, Limits(day_minor=5000))
    reply = sold(world)
    world.ask("A", ask.Reverse(number_of(reply)))
    assert code_of(world.recharge("A", "10.00")) is RefusalCode.OVER_DAY_LIMIT
    take_back(world, reply)
    assert world.recharge("A", "10.00").done


def test_yesterdays_order_that_fails_today_does_not_give_today_more(world: World) -> None:
    limit_a(world, Limits(day_count=2))
    reply = world.recharge("A")
    attempt = world.send(reply)
    world.clock.pass_time(days=1)
    assert sell(world, 1) == [True]
    world.hear(attempt, OutcomeState.FAILED)
    assert sell(world, 2) == [True, False]
    assert world.one("SELECT month_count FROM account WHERE kind = 'deposit' AND day_count > 0") == 2


def test_one_points_limit_is_not_anothers(world: World) -> None:
    limit_a(world, Limits(day_count=0))
    world.deposit("B", "100.00")
    assert sell(world, 1) == [False]
    assert sell(world, 2, point="B") == [True, True]


@pytest.mark.parametrize("scope", ["tier", "platform"])
def test_wider_limits_are_watched_from_the_roll_ups(world: World, scope: str) -> None:
    desk = world.office.catalogue
    limits = Limits(order_most_minor=3000, day_count=3, month_minor=100000)
    _ = desk.limit_tier(SHELL, "POINT", limits) if scope == "tier" else desk.limit_platform(SHELL, limits)
    code = RefusalCode.OVER_TIER_LIMIT if scope == "tier" else RefusalCode.OVER_PLATFORM_LIMIT
    world.deposit("B", "100.00")
    assert code_of(world.recharge("A", "50.00")) is RefusalCode.OVER_ORDER_LIMIT
    assert sell(world, 2) == [True, True]
    assert sell(world, 1, point="B") == [True]
    roll_up(world.database)
    world.clock.pass_time(seconds=2)
    assert code_of(world.recharge("B", "10.00", "13811111111")) is code
    world.clock.pass_time(days=1)
    assert world.recharge("B", "10.00", "13811111111").done
    check_books(world)


def test_wider_month_limits(world: World) -> None:
    world.office.catalogue.limit_platform(SHELL, Limits(month_count=1))
    assert sell(world, 1) == [True]
    roll_up(world.database)
    world.clock.pass_time(days=3)
    assert code_of(world.recharge("A", "10.00", "13811111111")) is RefusalCode.OVER_PLATFORM_LIMIT
    world.clock.pass_time(days=10)
    assert world.recharge("A", "10.00", "13811111111").done


def test_a_failed_order_leaves_the_wider_counters_too(world: World) -> None:
    reply = world.recharge("A")
    world.hear(world.send(reply), OutcomeState.FAILED)
    roll_up(world.database)
    assert {(int(orders), int(face)) for orders, face in world.rows("SELECT orders, face_minor FROM usage_total")} == {(0, 0)}


def test_the_guard_wants_a_repeat_mark(world: World) -> None:
    first = world.recharge("A")
    again = world.recharge("A")
    assert code_of(again) is RefusalCode.REPEATED_ORDER
    assert fact_of(again, "order_number") == number_of(first)
    assert fact_of(again, "repeat_mark") == 1
    assert world.recharge("A", mark=1).done
    assert code_of(world.recharge("A", mark=1)) is RefusalCode.REPEATED_ORDER
    assert world.recharge("A", mark=2).done


def test_the_guard_looks_at_number_amount_and_point(world: World) -> None:
    world.deposit("B", "100.00")
    assert world.recharge("A").done
    assert world.recharge("A", "30.00").done
    assert world.recharge("A", number="13800138001").done
    assert world.recharge("B").done


def test_the_guard_holds_within_one_batch(world: World) -> None:
    batch = [world.request("A", ask.Recharge(NUMBER, 5000, repeat_mark=mark)) for mark in (0, 0, 1, 1, 0)]
    assert [reply.done for reply in world.intake.take(batch)] == [True, False, True, False, False]
    assert world.balance("A") == 100000 - 2 * 4900


def test_the_guard_forgets_after_its_window(world: World) -> None:
    assert world.recharge("A").done
    world.clock.pass_time(minutes=10)
    assert code_of(world.recharge("A")) is RefusalCode.REPEATED_ORDER
    world.clock.pass_time(microseconds=1)
    assert world.recharge("A").done


def test_a_failed_order_may_be_tried_again_at_once(world: World) -> None:
    reply = world.recharge("A")
    world.hear(world.send(reply), OutcomeState.FAILED)
    assert world.recharge("A").done


def test_a_guard_of_no_time_is_switched_off(clean_database_url: str) -> None:
    world = Province(clean_database_url, Rules(guard=GuardRules(timedelta(0))))
    world.deposit("A", "1000.00")
    assert world.recharge("A").done
    assert world.recharge("A").done
    batch = [world.request("A", ask.Recharge(NUMBER, 5000)) for _ in range(3)]
    assert all(reply.done for reply in world.intake.take(batch))
    check_books(world)
    world.close()


def test_sales_hours_are_local_and_hold_for_sales_only(clean_database_url: str) -> None:
    """From eight to ten in the evening in Shanghai, which is from midnight to two in the afternoon in UTC."""
    world = Province(clean_database_url, Rules(hours=SalesHours(time(8), time(22))))
    world.deposit("A", "1000.00")
    reply = sold(world)
    world.clock.moment = datetime(2026, 11, 20, 13, 59, 59, tzinfo=UTC)
    assert world.recharge("A", "10.00").done
    world.clock.pass_time(seconds=1)
    late = world.recharge("A", "30.00")
    assert (code_of(late), fact_of(late, "opens"), fact_of(late, "closes")) == (RefusalCode.OUTSIDE_HOURS, "08:00", "22:00")
    assert code_of(world.ask("A", ask.BillPayment(NUMBER, 1000))) is RefusalCode.OUTSIDE_HOURS
    assert world.ask("A", ask.Reverse(number_of(reply))).done
    assert world.ask("A", ask.Balance()).done
    world.clock.moment = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
    assert world.recharge("A", "30.00").done
    check_books(world)
    world.close()
