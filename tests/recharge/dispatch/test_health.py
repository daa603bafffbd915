"""Links' health in the database: what outcomes do to it, stock as last told, probes handed out once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from recharge.books.link_statements import HEALTH, Health, change_health
from recharge.dispatch.work import Answered, AskBalance, Submit
from recharge.domain.breaker import Breaker, BreakerState
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.contract import Stock
from tests.recharge.dispatch.driver import CAPS, Dispatcher, ScriptedLink
from tests.support.world import World

S = OutcomeState


def health(world: World) -> Health:
    with world.database.read() as connection:
        return world.database.find(connection, HEALTH).get(world.link_id) or Health(world.link_id, Breaker())


def sold(world: World, dispatcher: Dispatcher, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        world.recharge("A", "10.00", number=f"1380013{number:04}")
        dispatcher.step()
        world.clock.pass_time(milliseconds=300)


def test_good_outcomes_are_counted(world: World, dispatcher: Dispatcher) -> None:
    sold(world, dispatcher, 3)
    assert health(world).breaker == Breaker(window="...")


def test_a_refused_customer_is_not_the_links_fault(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    link.says += [S.FAILED] * 8
    sold(world, dispatcher, 8)
    assert health(world).breaker.window == "." * 8


def test_three_unknown_in_a_row_open_the_breaker_and_orders_wait(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    link.says += [S.UNKNOWN] * 3
    sold(world, dispatcher, 3)
    assert health(world).breaker.state is BreakerState.OPEN
    before = len(link.asked)
    reply = world.recharge("A", "30.00")
    dispatcher.step()
    assert [method for method, _ in link.asked[before:] if method == "submit"] == []
    assert world.state(reply) == "held"


def test_a_slow_answer_counts_against_the_link(world: World, dispatcher: Dispatcher) -> None:
    world.recharge("A", "10.00")
    work = dispatcher.core.claim(1)[0]
    assert isinstance(work, Submit)
    dispatcher.core.conclude([Answered(work, Outcome(S.SUCCESS, world.clock.now()), timedelta(seconds=16))])
    assert health(world).breaker.window == "x"


def test_what_never_reached_the_link_does_not_count(world: World, dispatcher: Dispatcher) -> None:
    world.recharge("A", "10.00")
    works = dispatcher.core.claim(1)
    world.clock.pass_time(seconds=60)
    dispatcher.carry_out(works)
    dispatcher.core.look_after_links()
    assert health(world).breaker.window == ""


def test_questions_do_not_count(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    link.says += [S.ACCEPTED, S.UNKNOWN, S.SUCCESS]
    world.recharge("A", "10.00")
    for _ in range(3):
        dispatcher.step()
        world.clock.pass_time(seconds=16)
    dispatcher.core.look_after_links()
    assert health(world).breaker.window == "."


def test_good_signs_are_gathered_and_written_a_few_times_a_second(world: World, dispatcher: Dispatcher) -> None:
    for number in range(4):
        world.recharge("A", "10.00", number=f"1380013800{number}")
        dispatcher.step()
    assert health(world).breaker.window == "."
    world.clock.pass_time(seconds=1)
    dispatcher.core.look_after_links()
    assert health(world).breaker.window == "...."


def test_a_bad_sign_is_written_at_once(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    link.says += [S.SUCCESS, S.SUCCESS, S.UNKNOWN]
    for number in range(3):
        world.recharge("A", "10.00", number=f"1380013800{number}")
        dispatcher.step()
    assert health(world).breaker.window == "..?"


def test_a_probe_and_one_good_order_close_the_breaker(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    link.says += [S.UNKNOWN] * 3
    sold(world, dispatcher, 3)
    link.stock = Stock(1_000_000, 0, world.clock.now())
    world.clock.pass_time(seconds=6)
    asked = dispatcher.core.look_after_links()
    assert asked == [AskBalance(world.link_id)]
    assert dispatcher.core.look_after_links() == []
    dispatcher.carry_out(asked)
    assert health(world).breaker.state is BreakerState.HALF_OPEN
    assert health(world).stock_minor == 1_000_000
    reply = world.recharge("A", "30.00")
    dispatcher.step()
    assert world.state(reply) == "succeeded"
    assert health(world).breaker == Breaker(window=".")


def test_a_probe_without_answer_leaves_it_open(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    link.says += [S.UNKNOWN] * 3
    sold(world, dispatcher, 3)
    world.clock.pass_time(seconds=6)
    dispatcher.carry_out(dispatcher.core.look_after_links())
    assert link.balances_asked == 1
    assert health(world).breaker.state is BreakerState.OPEN
    assert dispatcher.core.look_after_links() == []
    world.clock.pass_time(seconds=6)
    assert dispatcher.core.look_after_links() == [AskBalance(world.link_id)]


def test_a_probe_is_handed_to_one_dispatcher(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    other = Dispatcher(world, {world.link_id: link})
    link.says += [S.UNKNOWN] * 3
    sold(world, dispatcher, 3)
    world.clock.pass_time(seconds=6)
    assert len(dispatcher.core.look_after_links() + other.core.look_after_links()) == 1


def test_a_link_that_cannot_be_asked_is_tried_with_an_order(world: World) -> None:
    link = ScriptedLink(world, caps=replace(CAPS, balance=False))
    dispatcher = Dispatcher(world, {world.link_id: link})
    link.says += [S.UNKNOWN] * 3
    sold(world, dispatcher, 3)
    world.clock.pass_time(seconds=6)
    assert dispatcher.core.look_after_links() == []
    assert health(world).breaker.state is BreakerState.HALF_OPEN


def test_stock_is_asked_for_once_a_minute(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    link.stock = Stock(5_000, 0, world.clock.now())
    dispatcher.carry_out(dispatcher.core.look_after_links())
    assert (health(world).stock_minor, link.balances_asked) == (5_000, 1)
    assert dispatcher.core.look_after_links() == []
    world.clock.pass_time(seconds=60)
    assert dispatcher.core.look_after_links() == [AskBalance(world.link_id)]


def test_a_silent_link_is_not_asked_for_its_stock_all_the_time(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    for _ in range(10):
        dispatcher.carry_out(dispatcher.core.look_after_links())
        world.clock.pass_time(seconds=1)
    assert link.balances_asked == 1


def test_each_answer_tells_the_stock_and_an_older_one_does_not_overwrite_it(
    world: World, dispatcher: Dispatcher, link: ScriptedLink
) -> None:
    now = world.clock.now()
    link.says += [{"state": S.SUCCESS, "stock_after_minor": 900, "at": now + timedelta(seconds=2)}]
    link.says += [{"state": S.SUCCESS, "stock_after_minor": 1000, "at": now}]
    with world.database.write() as connection:
        world.database.change(connection, "UPDATE route SET cost_bp = 0")
    sold(world, dispatcher, 2)
    assert health(world).stock_minor == 900


def test_too_little_stock_keeps_orders_at_home(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    link.stock = Stock(4_799, 0, world.clock.now())
    dispatcher.carry_out(dispatcher.core.look_after_links())
    reply = world.recharge("A", "50.00")
    dispatcher.step()
    assert link.asked == []
    assert world.state(reply) == "held"


def test_health_changed_by_somebody_else_is_read_again(world: World, dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch) -> None:
    import recharge.dispatch.health as module

    refusals = [True, True]

    def refusing(*arguments: object) -> bool:
        if refusals:
            refusals.pop()
            return False
        return change_health(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "change_health", refusing)
    sold(world, dispatcher, 1)
    assert health(world).breaker.window == "."


def test_two_writers_of_health_cannot_both_be_right(world: World) -> None:
    write: Callable[[Health, str], bool] = lambda before, signs: _written(world, before, signs)  # noqa: E731
    first = health(world)
    assert write(first, ".")
    assert not write(first, "x")
    second = health(world)
    assert write(second, ".?")
    assert not write(second, ".x")
    assert health(world).breaker.window == ".?"


def _written(world: World, before: Health, signs: str) -> bool:
    with world.database.write() as connection:
        return change_health(connection, before, replace(before, breaker=Breaker(window=signs)))


def test_evidence_is_applied_though_health_cannot_be_written(world: World, dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    def away(_now: object) -> None:
        raise OperationalError("UPDATE", {}, Exception(2006, "gone away"))

    monkeypatch.setattr(dispatcher.core._health, "write", away)
    reply = world.recharge("A", "50.00")
    dispatcher.step()
    assert world.state(reply) == "succeeded"
