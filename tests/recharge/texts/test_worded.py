"""Codes with their words: the code is what is stored and compared, the words are what is said."""

import json

import pytest

from recharge.texts import Worded


class Fruit(Worded):
    """Two of them."""

    PEAR = "pear", "梨"
    PLUM = "plum", "李子"


def test_the_code_is_the_member_and_its_value() -> None:
    assert Fruit("plum") is Fruit.PLUM
    assert (Fruit.PLUM.value, str(Fruit.PLUM), json.dumps(Fruit.PLUM)) == ("plum", "plum", '"plum"')
    assert {str(key): value for key, value in {Fruit.PEAR: 1}.items()} == {"pear": 1}
    assert hash(Fruit.PEAR) == hash("pear")


def test_the_words_are_said() -> None:
    assert [fruit.text for fruit in Fruit] == ["梨", "李子"]


def test_words_are_no_code() -> None:
    with pytest.raises(ValueError, match="梨"):
        Fruit("梨")
