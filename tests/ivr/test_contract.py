"""What we count on of an exchange, held over the stand-in and over a real Asterisk by the same plays: so the stand-in cannot drift."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from ivr.asterisk.link import Link, Refused
from ivr.service import Service
from simulators.sip_caller.ears import Library
from tests.ivr.shop import LINE, OTHER_LINE, PASSWORD, Shop
from tests.ivr.stage import Stage, fake_stage, real_stage, served_in_thread, together, until
from tests.support.asterisk import Asterisk


@asynccontextmanager
async def opened(kind: str, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    if kind == "fake":
        async with fake_stage() as fake:
            yield fake
    else:
        asterisk, library = request.getfixturevalue("asterisk"), request.getfixturevalue("library")
        assert isinstance(asterisk, Asterisk)
        assert isinstance(library, Library)
        async with real_stage(asterisk, library) as real:
            yield real


@pytest.fixture(params=["fake", pytest.param("real", marks=[pytest.mark.asterisk, pytest.mark.slow])])
def kind(request: pytest.FixtureRequest) -> str:
    """The stand-in, then the real one, which is there before any loop runs."""
    if request.param == "real":
        request.getfixturevalue("asterisk")
        request.getfixturevalue("library")
    return str(request.param)


async def recharges(stage: Stage, shop: Shop) -> None:
    """From the greeting to the goodbye, with the read-back and the result word for word."""
    caller = await stage.call(LINE)
    await caller.press("1")
    await caller.hear_at_last("enter/number", whole=False)
    await caller.press("13800138000#205#" + PASSWORD + "#")
    await caller.hear_at_last("read-back/recharge")
    await caller.hear(*(f"number/{digit}" for digit in ["yao", "3", "8", "0", "0", "yao", "3", "8", "0", "0", "0"]))
    await caller.hear("read-back/amount", "number/liang", "number/100", "number/0", "number/5", "unit/yuan")
    await caller.press("1")
    await caller.hear_at_last("result/serial")
    await caller.hear(*(f"number/{digit}" for digit in ["yao", "2", "3", "4", "5", "6"]))
    await caller.hear_at_last("menu/recharge", whole=False)
    await caller.press("0")
    await caller.hear_at_last("bye")
    await caller.ended()
    assert shop.orders() == [("recharge", "13800138000", 20500, "succeeded")]


async def types_ahead(stage: Stage, shop: Shop) -> None:
    """Asterisk drops keys that come between two commands; what its events tell makes them whole."""
    caller = await stage.call(OTHER_LINE)
    await caller.press("1#13800138001#50#" + PASSWORD + "#")
    names = await caller.hear_at_last("read-back/amount", whole=False)
    assert names[-12:-1] == [f"number/{digit}" for digit in "13800138001"]
    await caller.hear("number/50", "unit/yuan")
    assert shop.orders("B") == []
    await caller.press("1")
    await caller.hear_at_last("result/succeeded")
    await caller.hang_up()
    assert shop.orders("B") == [("recharge", "13800138001", 5000, "succeeded")]


async def comes_second(stage: Stage) -> None:
    """A second process of the same name is turned away: two would garble each other's calls."""
    access = stage.box().access()
    second = Link(access.host, access.port, lambda _: None, lambda: None)

    def log_in() -> None:
        second.connect()
        second.login(access.user, access.secret)

    try:
        with pytest.raises(Refused):
            await asyncio.to_thread(log_in)
    finally:
        await asyncio.to_thread(second.disconnect)


async def is_one_too_many(stage: Stage) -> None:
    """Beyond the limit calls are not taken."""
    await asyncio.to_thread(stage.limit, 1)
    first = await stage.call(LINE)
    assert await stage.refused(OTHER_LINE) == ["busy"]
    await first.hear_at_last("greeting", whole=False)
    await first.hang_up()
    await asyncio.to_thread(stage.limit, 200)


async def is_cut_off(stage: Stage, ready: Callable[[], bool]) -> None:
    """The caller hears that he was cut off; the next one is served."""
    caller = await stage.call(LINE)
    await caller.press("113800138002#30#" + PASSWORD + "#")
    await caller.hear_at_last("read-back/amount")
    await stage.cut()
    await caller.hear_at_last("sorry")
    await caller.ended()
    await until(ready)
    following = await stage.call(LINE)
    await following.hear_at_last("greeting")
    await following.hang_up()


async def the_plays(stage: Stage, shop: Shop) -> None:
    """First without anybody to serve calls, then with the service."""
    assert await stage.refused(LINE) == ["busy"]
    async with served_in_thread(shop.engine, stage.box()) as service:
        assert isinstance(service, Service)
        await together(recharges(stage, shop), types_ahead(stage, shop), comes_second(stage))
        await is_one_too_many(stage)
        await is_cut_off(stage, lambda: service.ready)


def test_calls_and_what_befalls_them(kind: str, request: pytest.FixtureRequest, shop: Shop) -> None:
    async def whole() -> None:
        async with opened(kind, request) as stage:
            await the_plays(stage, shop)

    asyncio.run(whole())
    # Nothing was confirmed in the calls that were cut.
    assert len(shop.orders()) + len(shop.orders("B")) == 2
    shop.check()
