"""Mistakes the proofs have found, each told as the shortest story that shows it."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest
from sqlalchemy.exc import IntegrityError

from recharge.dispatch.core import Core
from recharge.dispatch.links import LinkPool
from recharge.dispatch.wake import WakeReceiver
from recharge.dispatch.work import Done, GaveUp, GiveUp, Work
from recharge.dispatch.worker import Worker, WorkerRules
from recharge.domain import requests as ask
from recharge.domain.outcomes import AnswerSource, AttemptAction, FailureReason, OutcomeState
from recharge.verify import holds, report, verify_books
from tests.proof.quiet import quiet
from tests.support.province import Province
from tests.support.world import World


@pytest.fixture
def world(clean_sqlite_url: str) -> World:
    """A province with money in point A's deposit."""
    made = Province(clean_sqlite_url)
    made.deposit("A", "1000.00")
    return made


def test_a_reversal_that_fails_twice_is_told_twice(world: World) -> None:
    sold = world.recharge("A")
    assert sold.order is not None
    world.hear(world.send(sold), OutcomeState.SUCCESS)
    for _ in range(2):
        world.clock.pass_time(minutes=1)
        assert world.ask("A", ask.Reverse(sold.order.order_number)).done
        world.hear(world.send(sold, AttemptAction.REVERSE), OutcomeState.FAILED)
    assert world.state(sold) == "succeeded"
    assert world.one("SELECT COUNT(*) FROM outbox WHERE kind = 'reversal_failed'") == 2


class _OneCannotBeApplied:
    """A core that refuses one outcome for a reason that will not pass."""

    def __init__(self) -> None:
        self.applied: list[int] = []

    def conclude(self, done: Sequence[Done]) -> list[Work]:
        numbers = [item.work.order_id for item in done if isinstance(item, GaveUp)]
        if 2 in numbers:
            raise IntegrityError("INSERT", {}, Exception("UNIQUE constraint failed"))
        self.applied += numbers
        return []


def test_an_outcome_that_can_never_be_applied_does_not_hold_up_the_others() -> None:
    core = _OneCannotBeApplied()
    with quiet(), ThreadPoolExecutor(1) as thread:
        worker = Worker(cast(Core, core), cast(LinkPool, {}), WorkerRules(), cast(WakeReceiver, None), thread)
        batch = [GaveUp(GiveUp(number, FailureReason.NO_LINK)) for number in range(5)]
        asyncio.run(asyncio.wait_for(worker._concluded(batch), 20))
    assert core.applied == [0, 1, 3, 4]


def test_an_order_at_rest_is_not_followed_up_again(world: World) -> None:
    """The carrier takes a recharge back by itself while our request to take it back is on its way, and never answers that one."""
    sold = world.recharge("A")
    assert sold.order is not None
    submitted = world.send(sold)
    world.hear(submitted, OutcomeState.SUCCESS)
    assert world.ask("A", ask.Reverse(sold.order.order_number)).done
    asked_back = world.send(sold, AttemptAction.REVERSE)
    world.hear(submitted, OutcomeState.REVERSED, AnswerSource.CALLBACK)
    world.hear(asked_back, OutcomeState.UNKNOWN)
    assert world.state(sold) == "reversed"
    assert world.rows("SELECT due_at FROM orders WHERE kind = 'recharge'") == [(None,)]
    findings = verify_books(world.database, world.clock.now())
    assert holds(findings), report(findings, "en")
