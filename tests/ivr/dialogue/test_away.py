"""The database goes away in the middle of a call, and comes back: nothing is lost, nothing is done twice, and nothing untrue is said."""

import pytest
from sqlalchemy.exc import OperationalError

from recharge import Refusal, RefusalCode, Reply, Request, Reverse
from tests.ivr.shop import PASSWORD, Shop
from tests.ivr.talker import Talker

NUMBER = "13800138000"
GOOD = ("1", NUMBER, "50", PASSWORD)
BUSY = Reply(refusal=Refusal(RefusalCode.BUSY))


class Away:
    """Stands before the engine: some of the first requests are answered with BUSY, though they may have been carried out."""

    def __init__(self, shop: Shop, busy: int, *, carried_out: bool, only: type = object) -> None:
        self._take, self._only = shop.engine.take, only
        self.left, self._carried_out = busy, carried_out
        self.references: list[str] = []
        shop.engine.take = self.take  # type: ignore[method-assign]

    def take(self, request: Request) -> Reply:
        self.references.append(request.origin.reference)
        if self.left and isinstance(request.operation, self._only):
            self.left -= 1
            if self._carried_out:
                self._take(request)
            return BUSY
        return self._take(request)


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("busy", [1, 2])
def test_a_short_absence_is_not_noticed(talker: Talker, shop: Shop, busy: int, carried_out: bool) -> None:
    away = Away(shop, busy, carried_out=carried_out)
    heard = talker.call(*GOOD, "1", "0")
    assert "result/succeeded" in heard
    assert "refusal/doubtful" not in heard
    assert len(set(away.references)) == 1
    assert shop.orders() == [("recharge", NUMBER, 5000, "succeeded")]
    shop.check()


@pytest.mark.parametrize("carried_out", [False, True])
def test_a_long_absence_is_told_as_what_it_is(talker: Talker, shop: Shop, carried_out: bool) -> None:
    """Neither "done" nor "not done": nobody knows, and the caller is told to look before he orders again."""
    Away(shop, 3, carried_out=carried_out)
    heard = talker.call(*GOOD, "1", "0")
    assert "refusal/doubtful" in heard
    assert "result/succeeded" not in heard
    assert "result/failed" not in heard
    assert len(shop.orders()) == (1 if carried_out else 0)


def test_who_orders_again_after_a_doubtful_order_is_warned(talker: Talker, shop: Shop) -> None:
    Away(shop, 3, carried_out=True)
    talker.call(*GOOD, "1")
    heard = talker.call(*GOOD, "1", "2", "0")
    assert "refusal/repeated_order" in heard
    assert len(shop.orders()) == 1


def test_an_enquiry_is_told_that_the_system_is_busy(talker: Talker, shop: Shop) -> None:
    Away(shop, 3, carried_out=False)
    assert "refusal/busy" in talker.call("3", PASSWORD, "0")


def test_a_change_of_password_that_is_tried_again_changes_once(talker: Talker, shop: Shop) -> None:
    Away(shop, 1, carried_out=True)
    assert "result/password-changed" in talker.call("8", PASSWORD, "604828", "604828", "0")
    assert shop.world.recharge("A", password="604828").done


def test_a_reversal_that_is_tried_again_reverses_once(talker: Talker, shop: Shop) -> None:
    shop.sold("A", NUMBER)
    away = Away(shop, 1, carried_out=True, only=Reverse)
    assert "result/reversed" in talker.call("6", NUMBER, PASSWORD, "1", "0")
    assert away.references[-2] == away.references[-1] != ""
    assert shop.world.balance("A") == 100000
    shop.check()


def test_looking_and_waiting_go_on_without_it(talker: Talker, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number cannot be looked up, nor the outcome: the order is taken all the same, and its result comes by SMS."""

    def gone(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("away"))

    for name in ("recognise", "quote", "wait"):
        monkeypatch.setattr(shop.engine, name, gone)
    monkeypatch.setattr(shop, "carrier_answers", lambda: 0)
    heard = talker.call(*GOOD, "1", "0")
    assert "result/later" in heard
    assert [order[:3] for order in shop.orders()] == [("recharge", NUMBER, 5000)]


def test_a_number_that_could_not_be_looked_up_is_refused_by_the_order(talker: Talker, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(shop.engine, "recognise", gone)
    monkeypatch.setattr(shop.engine, "quote", gone)
    heard = talker.call("1", "19900000000", "50", PASSWORD, "1", "0")
    assert "refusal/unknown_range" in heard
    assert shop.orders() == []
