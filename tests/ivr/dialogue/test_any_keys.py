"""Whatever a caller presses: no call goes wrong, none goes on for ever, and nothing is ordered that was not read back and confirmed."""

import os
import random

import pytest

from recharge import OrderState
from tests.ivr.shop import PASSWORD, Shop
from tests.ivr.talker import Talker

SEEDS = int(os.environ.get("KONGCHONG_SEEDS", "6"))
NUMBERS = ("13800138000", "13800138001", "18600138000", "13800138", "")
AMOUNTS = ("50", "30", "205", "35*5", "0", "7", "")
PASSWORDS = (PASSWORD, PASSWORD, PASSWORD, "111222", "12345", "")
ODD = ("*", "#", "0", "1", "2", "9", "", "~")


class Chancer(Talker):
    """Answers each question with something that may fit, or not."""

    chance: random.Random
    confirmed: int

    def answers(self) -> list[str]:
        """A call's worth of them, for one business after another."""
        told: list[str] = []
        for _ in range(self.chance.randint(1, 5)):
            told += [self._odd(key) for key in self._business(self.chance.choice("12345678"))]
        return told

    def _business(self, key: str) -> list[str]:
        pick = self.chance.choice
        number, amount, password, confirm = pick(NUMBERS), pick(AMOUNTS), pick(PASSWORDS), pick(("1", "1", "2", "*"))
        return {
            "3": [key, password],
            "4": [key, password],
            "5": [key, number, password],
            "6": [key, number, password, confirm],
            "8": [key, password, "604828", "604828"],
        }.get(key, [key, number, amount, password, confirm])

    def _odd(self, key: str) -> str:
        return self.chance.choice(ODD) if self.chance.random() < 0.1 else key

    def _answer(self, step: object, keys: str) -> object:  # type: ignore[override]
        from ivr.steps import Ask

        assert isinstance(step, Ask)
        told = super()._answer(step, keys if len(keys.rstrip("~")) <= step.most else keys[: step.most])
        if "confirm" in step.prompts and told.digits == "1":
            assert step.fresh
            assert any(name.startswith("read-back/") for name in step.prompts)
            self.confirmed += 1
        if "repeat" in step.prompts and told.digits == "1":
            self.confirmed += 1
        return told


@pytest.mark.parametrize("seed", range(SEEDS))
def test_any_keys(shop: Shop, seed: int) -> None:
    talker = Chancer(shop)
    talker.chance, talker.confirmed = random.Random(seed), 0
    for _ in range(8):
        talker.call(*talker.answers())
    orders = shop.orders()
    assert len(orders) <= talker.confirmed
    assert all(state in (OrderState.SUCCEEDED.value, OrderState.REVERSED.value) for _, _, _, state in orders)
    assert len(set(shop.references())) == len(shop.references())
    shop.check()


@pytest.mark.parametrize("language", ["zh", "en", "id"])
def test_every_business_has_its_words_in_every_language(shop: Shop, language: str) -> None:
    talker = Talker(shop, language=language)
    number = "13800138000"
    # The talker looks every prompt up as it is said, in this language, when the call comes to its own end.
    talker.call("1", number, "50", PASSWORD, "1", "0")
    talker.call("2", number, "35*5", PASSWORD, "1", "0")
    talker.call("3", PASSWORD, "4", PASSWORD, "5", number, PASSWORD, "0")
    talker.call("6", number, PASSWORD, "1", "0")
    talker.call("7", "13800139002", "10", PASSWORD, "1", "0")
    talker.call("1", number, "7", "50", "111222", "1", PASSWORD, "2", "0")
    talker.call("8", PASSWORD, "123456", "123456", "604828", "604828", "0")
    talker.call("9", "", "#")
    assert talker.hung_up_by_us
