"""Recharge and bill payment by phone."""

import pytest

from recharge import RefusalCode
from tests.ivr.shop import PASSWORD, SILENT, STOPPED, Shop
from tests.ivr.talker import Talker, words

NUMBER = "13800138000"
GOOD = ("1", NUMBER, "50", PASSWORD)


def test_a_recharge_is_read_back_confirmed_and_told(talker: Talker, shop: Shop) -> None:
    heard = words(talker.call(*GOOD, "1", "0"))
    assert "充值号码幺三八零零幺三八零零零金额五十元确认请按一" in heard
    assert "正在办理，请稍候。办理成功。凭证号末尾幺二三四五六余额九百五十一元" in heard
    assert heard.endswith("感谢使用，再见。")
    assert shop.orders() == [("recharge", NUMBER, 5000, "succeeded")]
    shop.check()


def test_a_bill_is_paid_to_the_cent(english: Talker, shop: Shop) -> None:
    heard = words(english.call("2", NUMBER, "35*5", PASSWORD, "1"), "en")
    assert "Pay the bill of number one three eight zero zero one three eight zero zero zero Amount thirty five yuan fifty fen" in heard
    assert shop.orders("B") == [("bill_payment", NUMBER, 3550, "succeeded")]


@pytest.mark.parametrize("keyed", [(), ("1",), ("1", NUMBER), ("1", NUMBER, "50"), GOOD])
def test_who_hangs_up_before_he_confirms_has_ordered_nothing(talker: Talker, shop: Shop, keyed: tuple[str, ...]) -> None:
    talker.call(*keyed)
    assert not talker.hung_up_by_us
    assert shop.orders() == []
    assert shop.world.balance("A") == 100000


def test_who_hangs_up_after_he_confirmed_has_ordered(talker: Talker, shop: Shop) -> None:
    dialogue = talker.dialogue("exchange-1700000000.9")
    talker.drive(dialogue, *GOOD, "1")
    assert shop.orders() == [("recharge", NUMBER, 5000, "succeeded")]
    told = shop.world.rows("SELECT kind, channel FROM outbox WHERE recipient = 'agent' AND channel = 'ivr'")
    assert told == [("succeeded", "ivr")]


def test_only_a_key_that_follows_the_read_back_confirms(talker: Talker) -> None:
    talker.call(*GOOD, "1")
    assert talker.fresh == [False, False, False, False, True]


def test_to_enter_it_again(talker: Talker, shop: Shop) -> None:
    talker.call("1", NUMBER, "500", PASSWORD, "2", NUMBER, "50", PASSWORD, "1")
    assert shop.orders() == [("recharge", NUMBER, 5000, "succeeded")]


@pytest.mark.parametrize("keyed", [("1", "*"), ("1", NUMBER, "*"), ("1", NUMBER, "50", "*"), (*GOOD, "*")])
def test_the_star_leads_back_to_the_menu(talker: Talker, shop: Shop, keyed: tuple[str, ...]) -> None:
    heard = talker.call(*keyed, "0")
    assert heard[-11:] == ["result/cancelled", *heard[-10:-1], "bye"]
    assert heard[-10] == "menu/recharge"
    assert shop.orders() == []


def test_a_number_that_cannot_be_served_is_asked_for_again(talker: Talker, shop: Shop) -> None:
    heard = talker.call("1", "1380013", "19900000000", NUMBER)
    assert [name for name in heard if name.startswith("refusal/")] == ["refusal/bad_number", "refusal/unknown_range"]
    assert shop.orders() == []


@pytest.mark.parametrize("keyed", ["0", "7", "50*5*5", "*50", "1000000000000", "50*555"])
def test_an_amount_that_is_not_sold_is_asked_for_again(talker: Talker, shop: Shop, keyed: str) -> None:
    heard = talker.call("1", NUMBER, keyed, "50", PASSWORD, "1")
    assert "refusal/bad_amount" in heard
    assert shop.orders() == [("recharge", NUMBER, 5000, "succeeded")]


def test_a_wrong_password_counts_with_other_channels_and_is_asked_for_again(talker: Talker, shop: Shop) -> None:
    refused = shop.world.recharge("A", password="999999")
    assert refused.refusal is not None
    assert refused.refusal.code is RefusalCode.WRONG_PASSWORD
    heard = words(talker.call("1", NUMBER, "50", "888888", "1", PASSWORD))
    assert "密码未通过。还可再试次数三" in heard
    assert shop.orders() == [("recharge", NUMBER, 5000, "succeeded")]


def test_too_many_wrong_passwords_close_the_account_for_all_channels(talker: Talker, shop: Shop) -> None:
    heard = talker.call("1", NUMBER, "50", "888888", "1", "888889", "888880")
    assert heard[-1] == "bad/too-many"
    assert talker.hung_up_by_us
    again = words(talker.call(*GOOD, "1", "0"))
    assert "密码已暂停使用，请等十五分钟后再试" in again
    refused = shop.world.recharge("A")
    assert refused.refusal is not None
    assert refused.refusal.code is RefusalCode.PASSWORD_LOCKED
    assert shop.orders() == []


def test_the_last_wrong_try_locks(talker: Talker, shop: Shop) -> None:
    for _ in range(4):
        shop.world.recharge("A", password="999999")
        shop.world.clock.pass_time(minutes=16)
    assert "密码已锁定，请联系客服重置。" in words(talker.call("1", NUMBER, "50", "888888", "1"))


def test_a_carrier_that_refuses(talker: Talker, shop: Shop) -> None:
    heard = talker.call("1", STOPPED, "50", PASSWORD, "1", "0")
    assert "result/failed" in heard
    assert "result/balance" not in heard
    assert shop.world.balance("A") == 100000
    assert shop.orders() == [("recharge", STOPPED, 5000, "failed")]


def test_a_carrier_that_is_silent_is_told_by_sms(talker: Talker, shop: Shop) -> None:
    heard = talker.call("1", SILENT, "50", PASSWORD, "1", "0")
    assert heard.count("result/still") == 5
    assert heard[heard.index("result/later") + 1] == "menu/recharge"
    assert shop.orders() == [("recharge", SILENT, 5000, "held")]


def test_the_same_order_again_needs_a_word_more(talker: Talker, shop: Shop) -> None:
    talker.call(*GOOD, "1")
    assert "result/cancelled" in talker.call(*GOOD, "1", "2", "0")
    assert len(shop.orders()) == 1
    heard = talker.call(*GOOD, "1", "1")
    assert heard.index("refusal/repeated_order") < heard.index("repeat") < heard.index("result/succeeded")
    assert len(shop.orders()) == 2


def test_not_enough_money(talker: Talker, shop: Shop) -> None:
    shop.add_point("C", "13800139003", money="20.00")
    poor = Talker(shop, "13800139003")
    assert "余额不足，请充足预存后再办。余额二十元" in words(poor.call(*GOOD, "1"))
    assert shop.orders("C") == []


def test_a_temporary_password_is_changed_first(talker: Talker, shop: Shop) -> None:
    shop.temporary("A", "739154")
    heard = talker.call("1", NUMBER, "50", "739154", "1", "604828", "604829", "604828", "604828")
    assert (
        heard.index("must-change") < heard.index("bad/mismatch") < heard.index("result/password-changed") < heard.index("result/succeeded")
    )
    assert shop.orders() == [("recharge", NUMBER, 5000, "succeeded")]
    assert shop.world.recharge("A", "30.00", password="604828").done


def test_every_try_has_a_reference_of_its_own_and_no_two_calls_share_one(talker: Talker, shop: Shop) -> None:
    talker.call("1", NUMBER, "50", "888888", "1", PASSWORD)
    talker.call("1", NUMBER, "30", PASSWORD, "1")
    assert shop.references() == ["exchange-1700000000.1-1", "exchange-1700000000.1-2", "exchange-1700000000.2-1"]


def test_a_call_that_is_carried_twice_orders_once(talker: Talker, shop: Shop) -> None:
    """However the call came to us again, its id and step are the order's key."""
    for _ in range(2):
        talker.drive(talker.dialogue("exchange-1700000000.7"), *GOOD, "1")
    assert len(shop.orders()) == 1
    shop.check()
