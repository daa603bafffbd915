"""Timers: orders reach their end by themselves, also after a restart and with the carrier's clock moved."""

import asyncio
from contextlib import suppress

import pytest

from simulators.carrier.callbacks import Caller
from simulators.carrier.signing import Signer
from simulators.carrier.testing import RunningCarrier
from simulators.carrier.timers import Timers
from tests.simulators.carrier.conftest import World
from tests.simulators.carrier.partner import NAME, SECRET, Partner, eventually, with_digits


def run_timers(world: World, done: str) -> None:
    async def run() -> None:
        caller = Caller(world.ledger, Signer(NAME, SECRET, world.clock.seconds), world.clock, world.controls)
        timers = Timers(world.ledger, world.book, caller, world.clock)
        tasks = [asyncio.create_task(world.ledger.commit_forever()), asyncio.create_task(timers.run_forever())]
        while not world.rows(done):
            timers.wake()
            await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    world.runner.run(run())


def test_what_is_due_is_settled(world: World) -> None:
    world.take("1001", behaviour="accepted_ok")
    world.hand.wait(2)
    run_timers(world, "select 1 from orders where code = '0000'")
    assert world.order("1001").finished_at == "2026-11-21T20:40:02+08:00"


def test_what_was_due_long_ago_is_settled_too(world: World) -> None:
    for n in range(450):
        world.take(str(2000 + n), behaviour="accepted_ok", amount=100)
    world.hand.wait(86_400)
    run_timers(world, "select 1 where not exists (select 1 from orders where code = '1000')")
    assert world.one("select count(*) from credit") == 450


def test_what_is_not_due_is_left_alone(world: World) -> None:
    world.take("1001", behaviour="accepted_ok")
    world.take("1002", behaviour="accepted_stuck")
    world.hand.wait(1.99)
    run_timers(world, "select 1")
    assert [world.order(reference).code for reference in ("1001", "1002")] == ["1000", "1000"]


@pytest.mark.parametrize(("digits", "code"), [("9010", "0000"), ("9011", "3009"), ("9012", "0000"), ("9013", "0001"), ("9015", "3009")])
def test_an_accepted_order_ends_by_itself(partner: Partner, digits: str, code: str) -> None:
    number = with_digits(digits)
    assert partner.recharge(1001, number).code == "1000"
    eventually(lambda: partner.query(1001, number).code == code)


def test_the_end_survives_a_kill(carrier: RunningCarrier, partner: Partner) -> None:
    number = with_digits("9012")
    carrier.control.behave(durations={"final": 1.0})
    assert partner.recharge(1001, number).code == "1000"
    carrier.kill()
    carrier.begin()
    eventually(lambda: partner.query(1001, number).code == "0000")
    assert len(carrier.control.ledger("1001")["credits"]) == 1


def test_the_taking_back_survives_a_kill(carrier: RunningCarrier, partner: Partner) -> None:
    number = with_digits("9041")
    carrier.control.behave(durations={"take_back": 1.0})
    assert partner.recharge(1001, number).code == "0000"
    carrier.kill()
    carrier.begin()
    eventually(lambda: partner.query(1001, number).code == "0002")
    assert carrier.control.ledger()["stock"]["free_minor"] == carrier.control.ledger()["stock"]["opening_minor"]
