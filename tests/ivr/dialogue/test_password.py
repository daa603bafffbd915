"""The service password changed by phone."""

import pytest

from tests.ivr.shop import PASSWORD, Shop
from tests.ivr.talker import Talker

NEW = "604828"


def test_a_change(talker: Talker, shop: Shop) -> None:
    assert "result/password-changed" in talker.call("8", PASSWORD, NEW, NEW, "0")
    assert shop.world.recharge("A", password=NEW).done


@pytest.mark.parametrize("keyed", [(), (PASSWORD,), (PASSWORD, NEW), (PASSWORD, "*"), (PASSWORD, NEW, "*")])
def test_a_change_that_was_left_changes_nothing(talker: Talker, shop: Shop, keyed: tuple[str, ...]) -> None:
    talker.call("8", *keyed)
    assert shop.world.recharge("A", password=PASSWORD).done


@pytest.mark.parametrize(("weak", "said"), [("123456", "refusal/weak_password"), ("12345", "bad/password"), ("60482a", "bad/password")])
def test_a_bad_new_password_is_asked_for_again(talker: Talker, shop: Shop, weak: str, said: str) -> None:
    twice = (weak, weak) if said == "refusal/weak_password" else (weak,)
    heard = talker.call("8", PASSWORD, *twice, NEW, NEW)
    assert heard.index(said) < heard.index("result/password-changed")


def test_a_wrong_present_password_is_asked_for_again(talker: Talker) -> None:
    heard = talker.call("8", "111222", NEW, NEW, PASSWORD, NEW, NEW)
    assert heard.index("refusal/wrong_password") < heard.index("result/password-changed")


def test_a_locked_password_cannot_be_changed(talker: Talker, shop: Shop) -> None:
    for _ in range(3):
        shop.world.recharge("A", password="999999")
    assert "refusal/password_paused" in talker.call("8", PASSWORD, NEW, NEW, "0")


def test_two_that_differ_three_times_end_the_call(talker: Talker) -> None:
    assert talker.call("8", PASSWORD, NEW, "604829", NEW, "604829", NEW, "604829")[-1] == "bad/too-many"
