"""The greeting, the menu, and the end of a call."""

import pytest

from recharge.engine.administration import SHELL
from tests.ivr.shop import PASSWORD, Shop
from tests.ivr.talker import Talker, words


def test_the_menu_names_every_business(talker: Talker) -> None:
    heard = words(talker.call("0"))
    assert heard.startswith("欢迎使用空中充值。充值请按一，缴费请按二，查余额请按三，")
    assert heard.endswith("结束请按零。感谢使用，再见。")


def test_a_point_is_spoken_to_in_its_language(english: Talker) -> None:
    assert words(english.call("0"), "en").startswith("Welcome to air recharge. For recharge press 1.")


def test_three_wrong_keys_end_the_call_politely(talker: Talker) -> None:
    heard = talker.call("9", "", "#")
    assert heard[-1] == "bad/too-many"
    assert [name for name in heard if name.startswith("bad/")] == ["bad/key", "bad/silence", "bad/too-many"]
    assert talker.hung_up_by_us


def test_wrong_keys_count_across_questions(talker: Talker) -> None:
    assert talker.call("9", "1", "123", "")[-1] == "bad/too-many"


def test_what_follows_a_wrong_key_is_asked_for_anew(talker: Talker) -> None:
    talker.call("9", "1", "123", "13800138000")
    assert talker.fresh == [False, True, False, True]


def test_a_business_that_is_done_wipes_the_slate(talker: Talker) -> None:
    heard = talker.call("9", "9", "3", PASSWORD, "9", "9", "0")
    assert heard[-1] == "bye"


def test_after_a_business_its_result_is_heard_before_any_key_counts(talker: Talker) -> None:
    talker.call("3", PASSWORD, "0")
    assert talker.fresh == [False, False, True]


def test_a_strange_line_is_told_so(shop: Shop) -> None:
    stranger = Talker(shop, "13999999999")
    assert stranger.call() == ["refusal/unknown_endpoint"]
    assert stranger.hung_up_by_us


@pytest.mark.parametrize("what", ["line", "point"])
def test_a_blocked_line_or_point_is_told_so(talker: Talker, shop: Shop, what: str) -> None:
    if what == "line":
        from recharge import EndpointKind

        shop.world.office.endpoints.block(SHELL, EndpointKind.PHONE_LINE, talker.line)
    else:
        shop.world.office.parties.block(SHELL, "A")
    assert talker.call() == ["refusal/blocked"]


def test_a_line_proves_nothing(talker: Talker, shop: Shop) -> None:
    """Whoever shows a point's number, every business asks for the password."""
    for business in ("13800138000", None):
        for key in "1256" if business else "3478":
            heard = talker.call(*(key, business) if business else key)
            assert not any(name.startswith(("result/", "kind/")) for name in heard), key
    assert shop.orders() == []
