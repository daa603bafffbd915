"""The dispatcher's decisions from claim to evidence, told in the field's words, on both databases."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from recharge.dispatch.parts import DispatchRules
from recharge.dispatch.work import Query, Recover, Submit
from recharge.domain import requests as ask
from recharge.domain.outcomes import OutcomeState
from recharge.domain.replies import Reply
from recharge.suppliers.contract import CannotTell, StatementKind
from tests.recharge.dispatch.driver import CAPS, Dispatcher, ScriptedLink, statement_line
from tests.support.world import World

S = OutcomeState
FIRST_DAY = date(2026, 11, 20)


def attempts(world: World, reply: Reply) -> list[tuple[object, ...]]:
    assert reply.order is not None
    return world.rows("SELECT id, action, state FROM attempt WHERE order_id = ? ORDER BY id", int(reply.order.order_number))


def due_in(world: World, reply: Reply) -> float | None:
    assert reply.order is not None
    due = world.one("SELECT due_at FROM orders WHERE id = ?", int(reply.order.order_number))
    if due is None:
        return None
    moment = datetime.fromisoformat(str(due))
    return (moment - world.clock.now().replace(tzinfo=None)).total_seconds()


def test_an_order_goes_out_and_succeeds(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    reply = world.recharge("A", "50.00")
    works = dispatcher.step()
    assert [type(work) for work in works] == [Submit]
    method, order = link.asked[0]
    assert (method, order.number, order.face_minor, order.carrier_code, order.original_reference) == (
        "submit", "13800138000", 5000, "CMCC", "",
    )  # fmt: skip
    assert order.reference == str(attempts(world, reply)[0][0])
    assert world.state(reply) == "succeeded"
    assert dispatcher.step() == []


def test_the_attempt_is_in_the_books_before_anything_is_sent(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    reply = world.recharge("A", "50.00")
    dispatcher.core.claim(10)
    assert link.asked == []
    assert attempts(world, reply)[0][1:] == ("submit", "sending")
    assert world.state(reply) == "sending"
    candidates = json.loads(world.one("SELECT candidates FROM attempt"))
    assert candidates[0]["reason"] == "taken"
    assert candidates[0]["link"] == "CARRIER"
    assert candidates[0]["cost_minor"] == 4800


def test_two_dispatchers_never_claim_the_same_order(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    for _ in range(15):
        world.recharge("A", "10.00", number=f"138001380{_:02}")
    other = Dispatcher(world, {world.link_id: link})
    first, second = dispatcher.core.claim(10), other.core.claim(10)
    assert (len(first), len(second)) == (10, 5)
    assert not {work.order_id for work in first if isinstance(work, Submit)} & {
        work.order_id for work in second if isinstance(work, Submit)
    }


def test_a_dead_sender_leaves_an_unknown_order_that_is_asked_about(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    reply = world.recharge("A", "50.00")
    dispatcher.core.claim(10)
    world.clock.pass_time(seconds=89)
    assert dispatcher.core.claim(10) == []
    world.clock.pass_time(seconds=2)
    assert [type(work) for work in dispatcher.step()] == [Recover]
    assert world.state(reply) == "unknown"
    assert link.asked == []
    world.clock.pass_time(seconds=6)
    assert [type(work) for work in dispatcher.step()] == [Query]
    assert [method for method, _ in link.asked] == ["query"]
    assert world.state(reply) == "succeeded"
    assert len(attempts(world, reply)) == 1


def test_a_sender_that_slept_does_not_send(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    reply = world.recharge("A", "50.00")
    works = dispatcher.core.claim(10)
    world.clock.pass_time(seconds=31)
    dispatcher.carry_out(works)
    assert link.asked == []
    assert attempts(world, reply)[0][2] == "not_sent"
    assert world.state(reply) == "held"


def test_accepted_is_asked_about_until_it_ends(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    link.says += [S.ACCEPTED, S.ACCEPTED, S.FAILED]
    reply = world.recharge("A", "50.00")
    dispatcher.step()
    assert due_in(world, reply) == pytest.approx(5, abs=0.01)
    world.clock.pass_time(seconds=5)
    dispatcher.step()
    assert due_in(world, reply) == pytest.approx(15, abs=0.01)
    world.clock.pass_time(seconds=15)
    dispatcher.step()
    assert [method for method, _ in link.asked] == ["submit", "query", "query"]
    assert world.state(reply) == "failed"
    assert world.balance("A") == 100000


def test_unknown_is_never_sent_again(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    link.says += [S.UNKNOWN] * 60
    reply = world.recharge("A", "50.00")
    for _ in range(40):
        dispatcher.step()
        world.clock.pass_time(hours=1)
    assert [method for method, _ in link.asked].count("submit") == 1
    assert world.state(reply) == "unknown"
    assert world.balance("A") == 95100


def test_not_sent_is_tried_three_times_with_new_references(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    link.says += [S.NOT_SENT] * 3
    reply = world.recharge("A", "50.00")
    for _ in range(8):
        dispatcher.step()
        world.clock.pass_time(seconds=1)
    references = [order.reference for _, order in link.asked]
    assert len(references) == len(set(references)) == 3
    assert world.state(reply) == "failed"
    assert world.one("SELECT failure FROM orders WHERE kind = 'recharge'") == "no_link"
    assert world.balance("A") == 100000


def test_a_link_just_tried_rests_and_the_order_waits(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    link.says += [S.NOT_SENT]
    reply = world.recharge("A", "50.00")
    dispatcher.step()
    assert dispatcher.step() == []
    assert due_in(world, reply) == pytest.approx(0.5, abs=0.01)
    world.clock.pass_time(seconds=2)
    dispatcher.step()
    assert world.state(reply) == "succeeded"


def test_no_route_is_written_down_and_ends_after_a_minute(world: World, link: ScriptedLink) -> None:
    dispatcher = Dispatcher(world, {})
    reply = world.recharge("A", "50.00")
    for _ in range(8):
        dispatcher.step()
        world.clock.pass_time(seconds=10)
    assert world.state(reply) == "failed"
    assert world.balance("A") == 100000
    assert world.hold_balance() == 0
    assert attempts(world, reply) == []
    events = world.rows("SELECT facts FROM order_event WHERE kind = 'no_route'")
    assert 2 <= len(events) <= 14
    assert json.loads(str(events[0][0]))["candidates"][0]["reason"] == "not_running"


def test_a_full_link_makes_orders_wait(world: World, dispatcher: Dispatcher) -> None:
    with world.database.write() as connection:
        world.database.change(connection, "UPDATE link SET most_in_flight = 2")
    for last in range(4):
        world.recharge("A", "10.00", number=f"1380013800{last}")
    assert len(dispatcher.core.claim(10)) == 2
    world.clock.pass_time(seconds=1)
    assert dispatcher.core.claim(10) == []
    assert world.one("SELECT COUNT(*) FROM orders WHERE state = 'held'") == 2


def reversed_order(world: World, dispatcher: Dispatcher) -> Reply:
    reply = world.recharge("A", "50.00")
    dispatcher.step()
    assert reply.order is not None
    asked = world.ask("A", ask.Reverse(order_number=reply.order.order_number))
    assert asked.done, asked
    assert world.state(reply) == "reversing"
    return reply


def test_a_reversal_names_the_attempt_it_takes_back(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    reply = reversed_order(world, dispatcher)
    dispatcher.step()
    method, order = link.asked[-1]
    assert method == "reverse"
    assert order.original_reference == link.asked[0][1].reference
    assert order.reference not in {"", order.original_reference}
    assert world.state(reply) == "reversed"
    assert world.balance("A") == 100000


def test_a_reversal_that_was_not_sent_is_tried_again(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    reply = reversed_order(world, dispatcher)
    link.says += [S.NOT_SENT]
    dispatcher.step()
    assert world.state(reply) == "reversing"
    world.clock.pass_time(seconds=11)
    dispatcher.step()
    assert world.state(reply) == "reversed"
    assert [row[1:] for row in attempts(world, reply)] == [("submit", "succeeded"), ("reverse", "not_sent"), ("reverse", "succeeded")]


def test_a_refused_reversal_asks_how_the_original_stands(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    reply = reversed_order(world, dispatcher)
    link.says += [{"state": S.FAILED, "code": "6004"}, S.REVERSED]
    dispatcher.step()
    assert [method for method, _ in link.asked] == ["submit", "reverse", "query"]
    assert link.asked[-1][1].reference == link.asked[0][1].reference
    assert world.state(reply) == "reversed"


def test_a_refused_reversal_leaves_the_order_done(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    reply = reversed_order(world, dispatcher)
    link.says += [S.FAILED, S.SUCCESS]
    dispatcher.step()
    assert world.state(reply) == "succeeded"
    assert world.balance("A") == 95100


def test_an_unknown_reversal_is_asked_about(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    reply = reversed_order(world, dispatcher)
    link.says += [S.UNKNOWN, S.SUCCESS]
    dispatcher.step()
    world.clock.pass_time(seconds=6)
    dispatcher.step()
    assert [method for method, _ in link.asked] == ["submit", "reverse", "query"]
    assert link.asked[-1][1].original_reference == link.asked[0][1].reference
    assert world.state(reply) == "reversed"


def look_until(world: World, dispatcher: Dispatcher, hours: int) -> None:
    for _ in range(hours * 2):
        dispatcher.step()
        world.clock.pass_time(minutes=30)


def test_not_found_becomes_not_sent_only_with_the_statement(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    # The order is of 10:00 in the carrier's zone; the day's statement is ready at 02:00 of the next day, 16 hours later.
    link.says += [S.UNKNOWN] + [S.NOT_FOUND] * 50
    link.statements[FIRST_DAY] = [statement_line("1")]
    reply = world.recharge("A", "50.00")
    look_until(world, dispatcher, 15)
    assert world.state(reply) == "unknown"
    assert link.statements_asked == []
    look_until(world, dispatcher, 3)
    assert link.statements_asked == [FIRST_DAY]
    assert world.state(reply) == "failed"
    assert world.balance("A") == 100000


def test_a_statement_that_lists_the_order_beats_not_found(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    link.says += [S.UNKNOWN] + [S.NOT_FOUND] * 50
    reply = world.recharge("A", "50.00")
    dispatcher.step()
    link.statements[FIRST_DAY] = [statement_line(link.asked[0][1].reference)]
    look_until(world, dispatcher, 18)
    assert world.state(reply) == "succeeded"
    assert world.one("SELECT serial_number FROM orders WHERE state = 'succeeded' AND kind = 'recharge'") == "SN9"


def test_a_statement_that_cannot_be_read_decides_nothing(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    link.says += [S.UNKNOWN] + [S.NOT_FOUND] * 90
    link.statements[FIRST_DAY] = CannotTell("statement: trailer")
    reply = world.recharge("A", "50.00")
    look_until(world, dispatcher, 30)
    assert link.statements_asked
    assert world.state(reply) == "unknown"
    assert world.balance("A") == 95100


def test_an_order_near_midnight_needs_both_days_statements(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    world.clock.pass_time(hours=13, minutes=50)
    link.says += [S.UNKNOWN] + [S.NOT_FOUND] * 90
    link.statements[FIRST_DAY] = []
    reply = world.recharge("A", "50.00")
    look_until(world, dispatcher, 25)
    assert link.statements_asked == []
    link.statements[FIRST_DAY + timedelta(days=1)] = []
    look_until(world, dispatcher, 24)
    assert set(link.statements_asked) == {FIRST_DAY, FIRST_DAY + timedelta(days=1)}
    assert world.state(reply) == "failed"


def without_statement(world: World) -> ScriptedLink:
    return ScriptedLink(world, caps=replace(CAPS, statement=None))


def test_without_a_statement_two_not_found_after_the_settle_window_are_enough(world: World) -> None:
    link = without_statement(world)
    dispatcher = Dispatcher(world, {world.link_id: link})
    link.says += [S.UNKNOWN] + [S.NOT_FOUND] * 50
    reply = world.recharge("A", "50.00")
    counted, sent_at = 0, world.clock.now()
    while world.state(reply) != "failed":
        before = len(link.asked)
        asked_at = world.clock.now()
        dispatcher.step()
        late = asked_at - sent_at >= dispatcher.rules.lease + link.caps.settle_window
        counted += late and len(link.asked) > before
        world.clock.pass_time(seconds=30)
    assert counted == 2
    assert world.clock.now() - sent_at > timedelta(seconds=900)
    assert world.state(reply) == "failed"


def test_not_found_of_an_order_the_carrier_had_taken_in_decides_nothing(world: World) -> None:
    link = without_statement(world)
    dispatcher = Dispatcher(world, {world.link_id: link})
    link.says += [S.ACCEPTED] + [S.NOT_FOUND] * 90
    reply = world.recharge("A", "50.00")
    look_until(world, dispatcher, 40)
    assert world.state(reply) in {"sending", "unknown"}
    assert world.balance("A") == 95100


def test_an_order_that_stays_unknown_is_looked_up_in_the_statement(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    link.says += [S.UNKNOWN] * 90
    reply = world.recharge("A", "50.00")
    dispatcher.step()
    link.statements[FIRST_DAY] = [statement_line(link.asked[0][1].reference, state=S.REVERSED)]
    look_until(world, dispatcher, 23)
    assert link.statements_asked == []
    look_until(world, dispatcher, 30)
    assert world.state(reply) == "reversed"


def test_an_unknown_order_missing_in_the_statement_stays_unknown(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    link.says += [S.UNKNOWN] * 200
    link.statements = {FIRST_DAY + timedelta(days=day): [] for day in range(5)}
    reply = world.recharge("A", "50.00")
    look_until(world, dispatcher, 72)
    assert link.statements_asked
    assert world.state(reply) == "unknown"


def test_a_reversals_line_in_the_statement_ends_it(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    reply = reversed_order(world, dispatcher)
    link.says += [S.UNKNOWN] * 90
    dispatcher.step()
    facts = {"kind": StatementKind.REVERSAL, "amount_minor": -5000, "charged_minor": -4800, "delivered_minor": -5000}
    link.statements[FIRST_DAY] = [statement_line(link.asked[1][1].reference, **facts)]
    look_until(world, dispatcher, 50)
    assert world.state(reply) == "reversed"


def test_a_link_that_went_away_is_waited_for(world: World, dispatcher: Dispatcher, link: ScriptedLink) -> None:
    link.says += [S.UNKNOWN]
    reply = world.recharge("A", "50.00")
    dispatcher.step()
    del dispatcher.links[world.link_id]
    world.clock.pass_time(seconds=6)
    assert dispatcher.step() == []
    dispatcher.links[world.link_id] = link
    world.clock.pass_time(seconds=61)
    dispatcher.step()
    assert world.state(reply) == "succeeded"


def test_a_link_taken_away_after_the_claim_was_not_sent_to(world: World, dispatcher: Dispatcher) -> None:
    reply = world.recharge("A", "50.00")
    works = dispatcher.core.claim(10)
    dispatcher.links.clear()
    dispatcher.carry_out(works)
    assert attempts(world, reply)[0][2] == "not_sent"


def test_a_claim_takes_no_more_than_it_may(world: World, link: ScriptedLink) -> None:
    for last in range(6):
        world.recharge("A", "10.00", number=f"1380013800{last}")
    dispatcher = Dispatcher(world, {world.link_id: link}, DispatchRules(most_a_claim=4))
    assert len(dispatcher.core.claim(100)) == 4
    assert len(dispatcher.core.claim(1)) == 1


def test_an_order_with_nothing_left_to_do_is_laid_to_rest(world: World, dispatcher: Dispatcher) -> None:
    reply = world.recharge("A", "50.00")
    dispatcher.step()
    with world.database.write() as connection:
        world.database.change(connection, "UPDATE orders SET due_at = held_at")
    assert dispatcher.step() == []
    assert due_in(world, reply) is None
    assert world.state(reply) == "succeeded"
