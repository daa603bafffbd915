"""The service as a whole: several exchanges at once, and an orderly end."""

import asyncio
import threading

import pytest

from ivr.configuration import Configuration
from ivr.service import Service
from tests.ivr.shop import LINE, OTHER_LINE, Shop
from tests.ivr.stage import fake_stage, served_in_thread, settings_for, until


def test_two_exchanges_are_served_by_one_process(shop: Shop) -> None:
    async def scene() -> None:
        async with (
            fake_stage(patience=1.0) as first,
            fake_stage(patience=1.0) as second,
            served_in_thread(shop.engine, first.box(), second.box()),
        ):
            callers = [await first.call(LINE), await second.call(OTHER_LINE)]
            assert [call.language for call in (*first.exchange.calls.values(), *second.exchange.calls.values())] == ["zh", "en"]
            for caller in callers:
                await caller.press("0")
                await caller.hear_at_last("bye")
                await caller.ended()

    asyncio.run(scene())


def test_one_exchange_that_is_away_keeps_no_calls_of_the_other_waiting(shop: Shop) -> None:
    async def scene() -> None:
        async with fake_stage(patience=1.0) as there, fake_stage() as away:
            box = away.box()
            await away.exchange.manager.stop()
            async with served_in_thread(shop.engine, there.box(), box, wait=False) as service:
                await until(lambda: there.exchange.served)
                caller = await there.call(LINE)
                await caller.hear_at_last("greeting")
                await caller.hang_up()
                assert not service.ready

    asyncio.run(scene())


def test_told_to_end_it_lets_calls_come_to_their_end(shop: Shop) -> None:
    async def scene() -> None:
        async with fake_stage(patience=1.0) as stage:
            service = Service(shop.engine, Configuration(asterisk=(stage.box(),), drain_seconds=30), settings_for())
            over, ready = threading.Event(), threading.Event()
            thread = threading.Thread(target=service.run, args=(over, ready.set))
            thread.start()
            await until(ready.is_set)
            caller = await stage.call(LINE)
            await caller.hear_at_last("greeting")
            over.set()
            await until(lambda: not stage.exchange.served)
            assert await stage.refused(OTHER_LINE) == ["busy"]
            assert service.calls == 1
            await caller.press("0")
            await caller.hear_at_last("bye")
            await caller.ended()
            await asyncio.to_thread(thread.join)

    asyncio.run(scene())


@pytest.mark.parametrize("shown", ["", "anonymous"])
def test_who_shows_no_number_is_a_stranger(shop: Shop, shown: str) -> None:
    async def scene() -> None:
        async with fake_stage() as stage, served_in_thread(shop.engine, stage.box()):
            caller = await stage.call(shown)
            await caller.hear("refusal/unknown_endpoint")
            await caller.ended()

    asyncio.run(scene())


def test_a_number_from_abroad_is_the_same_line(shop: Shop) -> None:
    async def scene() -> None:
        async with fake_stage(patience=1.0) as stage, served_in_thread(shop.engine, stage.box()):
            caller = await stage.call("+86" + LINE)
            await caller.hear_at_last("greeting")
            await caller.hang_up()

    asyncio.run(scene())
