"""Calls through a real Asterisk, several at once: every business, wrong keys, hang-ups, both kinds of keys, and no secret in any log."""

import asyncio
import logging

import pytest

from simulators.sip_caller.ears import Library
from tests.ivr.shop import LINE, OTHER_LINE, PASSWORD, SILENT, Shop
from tests.ivr.stage import RealStage, real_stage, served_in_thread, together, until
from tests.support.asterisk import Asterisk

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]

# Keys that appear nowhere else: should they show up in a log, somebody wrote down what callers press.
CANARY, NEW_CANARY = "739154", "604828"
CANARY_NUMBER = "13800137391"
LINES = {"C": "13800139003", "E": "13800139005", "F": "13800139006", "G": "13800139007", "H": "13800139008", "J": "13800139010"}


class Scene:
    """The calls of one scene, all through one Asterisk."""

    def __init__(self, stage: RealStage, shop: Shop) -> None:
        self.stage, self.shop = stage, shop

    async def pays_a_bill_by_info(self) -> None:
        """Keys as SIP INFO, in English, to the cent."""
        caller = await self.stage.call(OTHER_LINE, by_info=True)
        await caller.press("2")
        await caller.hear_at_last("enter/number", whole=False)
        await caller.press("13800138001#35*5#" + PASSWORD + "#")
        await caller.hear_at_last("read-back/amount")
        await caller.hear("number/30", "number/5", "unit/yuan", "number/50", "unit/fen")
        await caller.press("1")
        await caller.hear_at_last("result/succeeded")
        await caller.hang_up()

    async def asks_three_things(self) -> None:
        """Balance, last order, and the order of a number, in one call."""
        caller = await self.stage.call(LINES["C"])
        await caller.press(f"3{PASSWORD}#")
        await caller.hear_at_last("result/balance")
        await caller.hear("number/9", "number/100", "number/5", "number/10", "number/1", "unit/yuan")
        await caller.hear_at_last("menu/recharge", whole=False)
        await caller.press(f"4{PASSWORD}#")
        await caller.hear_at_last("kind/recharge")
        await caller.hear_at_last("state/succeeded")
        await caller.hear_at_last("menu/recharge", whole=False)
        await caller.press(f"513800138005#{PASSWORD}#")
        await caller.hear_at_last("kind/recharge")
        await caller.hear(
            *(f"number/{digit}" for digit in ["yao", "3", "8", "0", "0", "yao", "3", "8", "0", "0", "5"]), "number/5", "number/10"
        )
        await caller.hang_up()

    async def takes_an_order_back(self) -> None:
        """Same-day reversal."""
        caller = await self.stage.call(LINES["E"])
        await caller.press(f"613800138006#{PASSWORD}#")
        await caller.hear_at_last("read-back/amount")
        await caller.hear("number/1", "number/100", "unit/yuan")
        await caller.press("1")
        await caller.hear_at_last("result/reversed")
        await caller.hang_up()

    async def transfers(self) -> None:
        """From a distributor down to a point, named by its registered phone."""
        caller = await self.stage.call(LINES["F"])
        await caller.press(f"7{LINES['G']}#120#{PASSWORD}#")
        await caller.hear_at_last("read-back/transfer")
        await caller.hear(*(f"number/{digit}" for digit in ["yao", "3", "8", "0", "0", "yao", "3", "9", "0", "0", "7"]), "read-back/amount")
        await caller.hear("number/1", "number/100", "number/2", "number/10", "unit/yuan")
        await caller.press("1")
        await caller.hear_at_last("result/transferred")
        await caller.hang_up()

    async def changes_a_temporary_password(self) -> None:
        """Before anything else it has to be changed; the canaries are its keys."""
        caller = await self.stage.call(LINES["H"])
        await caller.press(f"1{CANARY_NUMBER}#50#{CANARY}#")
        await caller.hear_at_last("read-back/amount")
        await caller.press("1")
        await caller.hear_at_last("must-change")
        await caller.press(f"{NEW_CANARY}#")
        await caller.hear_at_last("enter/new-password-again", whole=False)
        await caller.press(f"{NEW_CANARY}#")
        await caller.hear_at_last("result/succeeded")
        await caller.hang_up()

    async def presses_wrong_keys(self) -> None:
        """Three of them, and a goodbye."""
        caller = await self.stage.call(LINE)
        await caller.press("9")
        await caller.hear_at_last("bad/key")
        await caller.hear_at_last("menu/recharge", whole=False)
        await caller.press("1123#")
        await caller.hear_at_last("refusal/bad_number")
        await caller.hear_at_last("enter/number", whole=False)
        await caller.press("#")
        await caller.hear_at_last("bad/too-many")
        await caller.ended()

    async def is_a_stranger(self) -> None:
        """A line nobody registered."""
        caller = await self.stage.call("13999999999")
        await caller.hear("refusal/unknown_endpoint")
        await caller.ended()

    async def hangs_up_at(self, keys: str, at: str) -> None:
        """In the middle of a question or of the read-back: nothing is ordered."""
        caller = await self.stage.call(LINE)
        if keys:
            await caller.press(keys)
        await caller.hear_at_last(at, whole=False)
        await caller.hang_up()

    async def hangs_up_after_confirming(self) -> None:
        """The order stands."""
        caller = await self.stage.call(LINES["J"])
        await caller.press(f"1{SILENT}#30#{PASSWORD}#")
        await caller.hear_at_last("read-back/amount", whole=False)
        await caller.press("1")
        await caller.hear_at_last("result/in-hand", whole=False)
        await caller.hang_up()

    async def whole(self) -> None:
        """All of it at once."""
        steps = {"": "greeting", "1": "enter/number", "113800138009#": "enter/amount", "113800138009#50#": "enter/password"}
        await together(
            self.pays_a_bill_by_info(),
            self.asks_three_things(),
            self.takes_an_order_back(),
            self.transfers(),
            self.changes_a_temporary_password(),
            self.presses_wrong_keys(),
            self.is_a_stranger(),
            *(self.hangs_up_at(keys, at) for keys, at in steps.items()),
            self.hangs_up_at(f"113800138009#50#{PASSWORD}#", "confirm"),
            self.hangs_up_after_confirming(),
        )


def prepare(shop: Shop) -> None:
    """The points that call."""
    for point in "CEGJ":
        shop.add_point(point, LINES[point])
    shop.add_line(LINES["F"], "D3")
    shop.world.office.credentials.set(*shop.shell, "D3", PASSWORD, temporary=False)
    shop.world.deposit("D3", "500.00")
    shop.add_point("H", LINES["H"])
    shop.temporary("H", CANARY)
    shop.sold("C", "13800138005", "50.00")
    shop.sold("E", "13800138006", "100.00")


def test_a_scene_of_many_calls(asterisk: Asterisk, library: Library, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    prepare(shop)

    async def scene() -> None:
        async with real_stage(asterisk, library) as stage, served_in_thread(shop.engine, stage.box()):
            await Scene(stage, shop).whole()
            await until(lambda: bool(shop.orders("J")))

    asyncio.run(scene())
    assert shop.orders() == []
    assert shop.orders("B") == [("bill_payment", "13800138001", 3550, "succeeded")]
    assert shop.orders("H") == [("recharge", CANARY_NUMBER, 5000, "succeeded")]
    assert shop.orders("J") == [("recharge", SILENT, 3000, "held")]
    assert [row[0] for row in shop.world.rows("SELECT number FROM orders WHERE state = 'reversed'")] == ["13800138006"]
    assert (shop.world.balance("D3"), shop.world.balance("G")) == (38000, 112000)
    shop.check()
    written = asterisk.log() + caplog.text
    for secret in (CANARY, NEW_CANARY, PASSWORD, CANARY_NUMBER):
        assert secret not in written
    assert "Traceback" not in caplog.text


def test_who_presses_keys_in_silence_is_heard(asterisk: Asterisk, library: Library, shop: Shop) -> None:
    """A telephone that sends no sound while nobody speaks: Asterisk has no clock from it."""

    async def scene() -> None:
        async with real_stage(asterisk, library) as stage, served_in_thread(shop.engine, stage.box()):
            caller = await stage.call(LINE, silent=True)
            await caller.press("3" + PASSWORD + "#")
            await caller.hear_at_last("result/balance")
            await caller.hang_up()

    asyncio.run(scene())
