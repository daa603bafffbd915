"""The statements behind claims, on both databases: who gets which due order, and what a lease keeps others from."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from recharge.books.database import Database, RetryTransaction
from recharge.books.dispatch_statements import IN_FLIGHT, Claim, DispatchStatements, DueOrder, NewAttempt
from recharge.domain.orders import OrderKind, OrderState
from recharge.domain.outcomes import AnswerSource, AttemptAction, OutcomeState
from tests.support.province import Province
from tests.support.world import World


@pytest.fixture
def world(clean_database_url: str) -> Iterator[World]:
    made = Province(clean_database_url)
    made.deposit("A", "1000.00")
    yield made
    made.close()


@pytest.fixture
def statements(world: World) -> DispatchStatements:
    return DispatchStatements(world.database)


def sell(world: World, count: int) -> list[int]:
    replies = [world.recharge("A", "10.00", number=f"1380013{number:04}") for number in range(count)]
    return [int(reply.order.order_number) for reply in replies if reply.order is not None]


def due(world: World, statements: DispatchStatements, most: int = 50, ahead: float = 0) -> list[DueOrder]:
    with world.database.write() as connection:
        return statements.due(connection, world.clock.now() + timedelta(seconds=ahead), most)


def attempt_for(world: World, order: DueOrder, number: int = 1, ordinal: int = 1) -> NewAttempt:
    return NewAttempt(number, order, AttemptAction.SUBMIT, ordinal, world.link_id, 960, None, [{"link": "CARRIER", "reason": "taken"}])


def test_due_orders_come_longest_due_first(world: World, statements: DispatchStatements) -> None:
    first = sell(world, 2)
    world.clock.pass_time(seconds=1)
    later = world.recharge("A", "30.00")
    assert later.order is not None
    found = due(world, statements)
    assert {order.id for order in found[:2]} == set(first)
    assert found[2].id == int(later.order.order_number)
    assert [order.id for order in due(world, statements, most=1)] == [found[0].id]


def test_a_due_order_is_told_in_the_fields_words(world: World, statements: DispatchStatements) -> None:
    sell(world, 1)
    order = due(world, statements)[0]
    assert (order.kind, order.state, order.number, order.face_minor) == (OrderKind.RECHARGE, OrderState.HELD, "13800130000", 1000)
    assert (order.attempts, order.attempt_id, order.held_at) == (0, None, world.clock.now())


def test_orders_that_are_not_due_or_at_rest_are_left_alone(world: World, statements: DispatchStatements) -> None:
    sell(world, 2)
    first, second = due(world, statements)
    until = world.clock.now() + timedelta(seconds=90)
    put_down(world, statements, at_rest=[first], kept=[(second, until)])
    assert due(world, statements) == []
    found = due(world, statements, ahead=90)
    assert [(order.id, order.lease, order.state) for order in found] == [(second.id, "t1", OrderState.HELD)]
    assert statements.held_by("t1") == {second.id}


@pytest.mark.mariadb
def test_locked_orders_are_passed_over(clean_mariadb_url: str) -> None:
    world = Province(clean_mariadb_url)
    world.deposit("A", "1000.00")
    ids = sell(world, 3)
    other = Database(clean_mariadb_url)
    mine, theirs = DispatchStatements(world.database), DispatchStatements(other)
    with world.database.write() as first, other.write() as second:
        taken = mine.due(first, world.clock.now(), 2)
        left = theirs.due(second, world.clock.now(), 50)
    assert {order.id for order in taken} | {order.id for order in left} == set(ids)
    assert len(left) == 1
    other.close()
    world.close()


def test_put_down_writes_the_attempt_and_leases_the_order(world: World, statements: DispatchStatements) -> None:
    sell(world, 2)
    orders = due(world, statements)
    put_down(world, statements, [attempt_for(world, order, number) for number, order in enumerate(orders, 1)])
    put_down(world, statements)
    rows = world.rows(
        "SELECT o.id, o.state, o.attempt_id, o.attempts, o.lease, a.state, a.cost_minor FROM orders o JOIN attempt a ON a.id = o.attempt_id"
    )
    assert sorted(rows) == sorted((order.id, "sending", number, 1, "t1", "sending", 960) for number, order in enumerate(orders, 1))
    assert statements.held_by("t1") == {order.id for order in orders}
    assert statements.held_by("t2") == set()
    assert due(world, statements) == []


@pytest.mark.parametrize("moved", ["state = 'failed'", "lease = 'other'", "attempt_id = 7"])
def test_an_order_that_moved_meanwhile_fails_the_claim(world: World, statements: DispatchStatements, moved: str) -> None:
    sell(world, 1)
    order = due(world, statements)[0]
    with world.database.write() as connection:
        world.database.change(connection, f"UPDATE orders SET {moved}")
    before = world.rows("SELECT state, lease, due_at, attempt_id FROM orders")
    ways: list[dict[str, Any]] = [{"new": [attempt_for(world, order)]}, {"kept": [(order, world.clock.now())]}, {"at_rest": [order]}]
    for way in ways:
        with pytest.raises(RetryTransaction):
            put_down(world, statements, **way)
    assert world.rows("SELECT state, lease, due_at, attempt_id FROM orders") == before
    assert world.rows("SELECT id FROM attempt") == []


def put_down(world: World, statements: DispatchStatements, new: Sequence[NewAttempt] = (), **more: Any) -> None:
    until = world.clock.now() + timedelta(seconds=90)
    with world.database.write() as connection:
        statements.put_down(connection, Claim("t1", world.clock.now(), until, list(new), **more))


def test_what_is_on_its_way_is_counted_by_link(world: World, statements: DispatchStatements) -> None:
    sell(world, 2)
    for number, order in enumerate(due(world, statements), 1):
        put_down(world, statements, [attempt_for(world, order, number)])
    with world.database.read() as connection:
        assert world.database.find(connection, IN_FLIGHT) == {world.link_id: (2, 1920)}
    world.hear(1, OutcomeState.SUCCESS)
    with world.database.read() as connection:
        assert world.database.find(connection, IN_FLIGHT) == {world.link_id: (1, 960)}


def test_where_an_order_was_tried_and_what_was_said(world: World, statements: DispatchStatements) -> None:
    sell(world, 1)
    order = due(world, statements)[0]
    put_down(world, statements, [attempt_for(world, order)])
    world.hear(1, OutcomeState.UNKNOWN)
    world.clock.pass_time(seconds=5)
    world.hear(1, OutcomeState.NOT_FOUND, AnswerSource.QUERY)
    with world.database.read() as connection:
        tried = statements.tried(connection, [order.id])
        said = statements.answers(connection, [order.id])[1]
        assert not any((statements.tried(connection, []), statements.answers(connection, []), statements.attempts(connection, [])))
        assert not any((statements.reversal_counts(connection, []), statements.reversal_counts(connection, [order.id])))
    assert tried == {order.id: {world.link_id: order.held_at}}
    assert [answer.state for answer in said] == [OutcomeState.UNKNOWN, OutcomeState.NOT_FOUND]
    assert said[1].at - said[0].at == timedelta(seconds=5)


def test_an_attempt_comes_back_whole(world: World, statements: DispatchStatements) -> None:
    sell(world, 1)
    order = due(world, statements)[0]
    put_down(world, statements, [attempt_for(world, order)])
    with world.database.read() as connection:
        row = statements.attempts(connection, [1, 2])[1]
    assert (row.order_id, row.action, row.ordinal, row.state, row.face_minor) == (order.id, "submit", 1, "sending", 1000)
    assert row.candidates == '[{"link":"CARRIER","reason":"taken"}]'


def test_events_are_written_into_the_story(world: World, statements: DispatchStatements) -> None:
    put_down(world, statements, events=[(1, 7, "no_route", {"candidates": []})])
    assert world.rows("SELECT id, order_id, kind, facts FROM order_event") == [(1, 7, "no_route", '{"candidates":[]}')]
