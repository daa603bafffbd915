"""Texts of the control page: complete in three languages, and none left in another's words."""

import pytest

from simulators.carrier import texts
from simulators.carrier.behaviour import BEHAVIOURS
from simulators.carrier.texts import PAGE, behaviour_text, code_text
from simulators.pages import LANGUAGES
from tests.simulators.carrier import specification

CATALOGUES = (texts._PAGE, texts._CODES, texts._BEHAVIOURS)


def has_chinese(text: str) -> bool:
    return any("一" <= letter <= "鿿" for letter in text)


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_every_text_is_there_in_every_language(catalogue: dict[str, tuple[str, ...]]) -> None:
    assert all(len(told) == 3 and all(text.strip() == text != "" for text in told) for told in catalogue.values())


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_each_text_is_in_its_language(catalogue: dict[str, tuple[str, ...]]) -> None:
    assert [name for name, told in catalogue.items() if not has_chinese(told[0])] == []
    assert [name for name, told in catalogue.items() if has_chinese(told[1] + told[2])] == []


@pytest.mark.parametrize("catalogue", [texts._CODES, texts._BEHAVIOURS])
def test_indonesian_is_not_english(catalogue: dict[str, tuple[str, ...]]) -> None:
    assert [name for name, told in catalogue.items() if told[1] == told[2]] == []


def test_every_behaviour_is_explained_and_nothing_else() -> None:
    assert texts._BEHAVIOURS.keys() == BEHAVIOURS.keys()


def test_codes_that_orders_end_with_have_words() -> None:
    final = {code for code in specification.code_table() if code[0] in "0136"}
    assert texts._CODES.keys() == final


def test_a_code_without_words_is_shown_bare() -> None:
    assert code_text("8888", "en") == "8888"


def test_texts_are_found_by_language() -> None:
    assert [PAGE.text("stock", language) for language in LANGUAGES] == ["库存", "Stock", "Stok"]
    assert [code_text("3002", language) for language in LANGUAGES] == ["已停机", "Barred", "Diblokir"]
    assert behaviour_text("ok", "en") == "succeeds at once"
