"""Balance, last order, and orders by number, asked by phone."""

import pytest

from tests.ivr.shop import PASSWORD, STOPPED, Shop
from tests.ivr.talker import Talker, words

NUMBER = "13800138000"


def test_the_balance(talker: Talker) -> None:
    assert "余额一千元佣金零元" in words(talker.call("3", PASSWORD))


def test_the_last_order(talker: Talker, shop: Shop) -> None:
    shop.sold("A", NUMBER)
    assert "充值幺三八零零幺三八零零零五十元成功。凭证号末尾幺二三四五六" in words(talker.call("4", PASSWORD))


def test_no_order_yet(english: Talker) -> None:
    assert "There is no such order." in words(english.call("5", NUMBER, PASSWORD), "en")


def test_the_latest_order_for_a_number(talker: Talker, shop: Shop) -> None:
    shop.sold("A", NUMBER, "30.00")
    shop.sold("A", "13800138001", "50.00")
    heard = words(talker.call("5", NUMBER, PASSWORD))
    assert "充值幺三八零零幺三八零零零三十元成功。" in heard


def test_nobody_hears_of_another_points_orders(english: Talker, shop: Shop) -> None:
    shop.sold("A", NUMBER)
    assert "refusal/unknown_order" in english.call("5", NUMBER, PASSWORD)


def test_a_failed_order_says_why(talker: Talker, shop: Shop) -> None:
    shop.sold("A", STOPPED)
    heard = talker.call("4", PASSWORD)
    failed = heard.index("state/failed")
    assert heard[failed + 1].startswith("failure/")


@pytest.mark.parametrize("business", [("3",), ("4",), ("5", NUMBER)])
def test_a_wrong_password_opens_nothing_and_counts(talker: Talker, shop: Shop, business: tuple[str, ...]) -> None:
    shop.sold("A", NUMBER)
    heard = talker.call(*business, "111222", "333444", "0")
    assert heard.count("refusal/wrong_password") == 2
    assert heard.count("times-left") == 2
    assert "kind/recharge" not in heard


def test_a_temporary_password_is_changed_first(talker: Talker, shop: Shop) -> None:
    shop.temporary("A", "739154")
    heard = talker.call("3", "739154", "604828", "604828")
    assert heard.index("result/password-changed") < heard.index("result/balance")
