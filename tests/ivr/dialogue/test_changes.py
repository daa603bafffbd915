"""Reversal and transfer by phone."""

import pytest

from tests.ivr.shop import OTHER_LINE, PASSWORD, Shop
from tests.ivr.talker import Talker, words

NUMBER = "13800138000"


def test_a_reversal_is_read_back_and_carried_out(talker: Talker, shop: Shop) -> None:
    shop.sold("A", NUMBER, "100.00")
    heard = words(talker.call("6", NUMBER, PASSWORD, "1"))
    assert "返销号码幺三八零零幺三八零零零金额一百元确认请按一" in heard
    assert "返销成功，款已退回。" in heard
    assert shop.world.balance("A") == 100000
    shop.check()


@pytest.mark.parametrize("keyed", [("6", NUMBER), ("6", NUMBER, PASSWORD), ("6", NUMBER, PASSWORD, "*")])
def test_a_reversal_that_was_not_confirmed(talker: Talker, shop: Shop, keyed: tuple[str, ...]) -> None:
    order = shop.sold("A", NUMBER)
    talker.call(*keyed)
    assert shop.engine.wait(order.order_number, 0).state.value == "succeeded"


def test_another_number_can_be_keyed_instead(talker: Talker, shop: Shop) -> None:
    shop.sold("A", NUMBER)
    shop.sold("A", "13800138001", "30.00")
    talker.call("6", NUMBER, PASSWORD, "2", "13800138001", PASSWORD, "1")
    assert [row[0] for row in shop.world.rows("SELECT number FROM orders WHERE state = 'reversed'")] == ["13800138001"]


def test_what_cannot_be_reversed(talker: Talker, shop: Shop) -> None:
    assert "refusal/unknown_order" in talker.call("6", NUMBER, PASSWORD, "0")
    shop.sold("A", NUMBER)
    shop.world.clock.pass_time(days=1)
    assert "refusal/reversal_too_late" in talker.call("6", NUMBER, PASSWORD, "1", "0")


def test_a_transfer_down_to_a_registered_phone(shop: Shop) -> None:
    shop.add_line("13800139009", "D3")
    shop.world.office.credentials.set(*shop.shell, "D3", PASSWORD, temporary=False)
    shop.world.deposit("D3", "500.00")
    heard = words(Talker(shop, "13800139009").call("7", OTHER_LINE, "120", PASSWORD, "1"))
    assert "转账给幺三八零零幺三九零零二金额一百二十元" in heard
    assert "转账成功。余额三百八十元" in heard
    assert shop.world.balance("B") == 112000
    shop.check()


def test_a_transfer_that_is_not_allowed(talker: Talker, shop: Shop) -> None:
    assert "refusal/transfer_not_allowed" in talker.call("7", OTHER_LINE, "120", PASSWORD, "1")
    assert "refusal/unknown_party" in talker.call("7", "4711", "120", PASSWORD, "1")
    assert shop.world.balance("A") == 100000


def test_a_transfer_needs_a_party_in_digits(talker: Talker) -> None:
    assert "refusal/unknown_party" in talker.call("7", "47*11", "4711")
