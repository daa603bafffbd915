"""Whole calls on SQLite and on MariaDB: what holds must hold on both."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.ivr.shop import LINE, OTHER_LINE, PASSWORD, Shop, open_shop
from tests.ivr.stage import fake_stage, served_in_thread, together
from tests.ivr.talker import words


@pytest.fixture
def shop(clean_database_url: str) -> Iterator[Shop]:
    with open_shop(clean_database_url) as opened:
        yield opened


def test_recharge_bill_reversal_and_enquiries(shop: Shop) -> None:
    heard: dict[str, list[str]] = {}

    async def scene() -> None:
        async with fake_stage(patience=1.0) as stage, served_in_thread(shop.engine, stage.box()):

            async def sells() -> None:
                caller = await stage.exchange.call(LINE)
                for number in ("13800138000", "13800138001"):
                    await caller.press(f"1{number}#50#{PASSWORD}#")
                    await caller.hear_at_last("read-back/amount")
                    await caller.press("1")
                    await caller.hear_at_last("result/succeeded")
                    await caller.hear_at_last("menu/recharge")
                await caller.press(f"613800138001#{PASSWORD}#")
                await caller.hear_at_last("read-back/amount")
                await caller.press("1")
                await caller.hear_at_last("result/reversed")
                await caller.hear_at_last("menu/recharge")
                await caller.press(f"4{PASSWORD}#")
                await caller.hear_at_last("kind/recharge")
                await caller.hear_at_last("menu/recharge")
                await caller.press("0")
                await caller.ended()
                heard["sells"] = caller.names

            async def pays() -> None:
                caller = await stage.exchange.call(OTHER_LINE)
                await caller.press(f"213800138000#12*5#{PASSWORD}#")
                await caller.hear_at_last("read-back/amount")
                await caller.press("1")
                await caller.hear_at_last("result/succeeded")
                await caller.press("0")
                await caller.ended()

            await together(sells(), pays())

    asyncio.run(scene())
    assert [state for _, _, _, state in shop.orders()] == ["succeeded", "reversed"]
    assert shop.orders("B") == [("bill_payment", "13800138000", 1250, "succeeded")]
    assert "已返销。" in words(heard["sells"])
    assert shop.world.balance("A") == 95100
    shop.check()


def test_the_same_call_twice_orders_once(shop: Shop) -> None:
    """Two processes believe that the call is theirs."""
    from tests.ivr.talker import Talker

    talker = Talker(shop)
    for _ in range(2):
        talker.drive(talker.dialogue("box-1700000000.3"), "1", "13800138000", "50", PASSWORD, "1")
    assert len(shop.orders()) == 1
    assert shop.references() == ["box-1700000000.3-1"]
    shop.check()
