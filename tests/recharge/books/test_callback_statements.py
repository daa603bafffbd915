"""What a callback is compared with, and where one that speaks of nothing we know is kept."""

from collections.abc import Iterator

import pytest

from recharge.books.callback_statements import CallbackStatements
from recharge.domain.outcomes import AnswerSource, Outcome, OutcomeState
from tests.support.province import Province
from tests.support.world import World


@pytest.fixture
def world(clean_database_url: str) -> Iterator[World]:
    made = Province(clean_database_url)
    made.deposit("A", "1000.00")
    yield made
    made.close()


@pytest.fixture
def statements(world: World) -> CallbackStatements:
    return CallbackStatements(world.database)


def sent(world: World) -> tuple[int, int]:
    reply = world.recharge("A", "10.00")
    attempt = world.send(reply)
    assert reply.order is not None
    return int(reply.order.order_number), attempt


def test_an_attempt_is_found_under_its_own_link_only(world: World, statements: CallbackStatements) -> None:
    order, attempt = sent(world)
    assert statements.order_of(attempt, world.link_id) == order
    assert statements.order_of(attempt, world.link_id + 1) is None
    assert statements.order_of(attempt + 1, world.link_id) is None


@pytest.mark.parametrize("strange", [0, -1, 2**63, 10**19])
def test_numbers_that_can_be_no_attempt(world: World, statements: CallbackStatements, strange: int) -> None:
    assert statements.order_of(strange, world.link_id) is None


def test_only_the_same_word_from_a_callback_was_heard_before(world: World, statements: CallbackStatements) -> None:
    order, attempt = sent(world)
    done = Outcome(OutcomeState.SUCCESS, world.clock.now(), code="0000")
    assert not statements.was_heard(order, attempt, done)
    world.hear(attempt, OutcomeState.SUCCESS, AnswerSource.SUBMIT, code="0000")
    assert not statements.was_heard(order, attempt, done)
    world.hear(attempt, OutcomeState.SUCCESS, AnswerSource.CALLBACK, code="0000")
    assert statements.was_heard(order, attempt, done)
    assert not statements.was_heard(order, attempt, Outcome(OutcomeState.FAILED, world.clock.now(), code="3001"))
    assert not statements.was_heard(order, attempt + 1, done)


def test_an_unknown_one_is_kept_once(world: World, statements: CallbackStatements) -> None:
    for number in (1, 2, 3):
        statements.keep_unknown(number, world.clock.now(), "CARRIER/99", '{"code": "0000"}')
    statements.keep_unknown(4, world.clock.now(), "CARRIER/99", '{"code": "3001"}')
    statements.keep_unknown(5, world.clock.now(), "CARRIER/98", '{"code": "0000"}')
    rows = world.rows("SELECT id, object FROM audit WHERE action = 'callback_unknown' ORDER BY id")
    assert rows == [(1, "CARRIER/99"), (4, "CARRIER/99"), (5, "CARRIER/98")]
