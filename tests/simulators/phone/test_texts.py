"""The words: complete in all three languages, and a notice for everything that can happen."""

import pytest

from simulators.phone import texts
from simulators.phone.shopkeeper import FIELDS, TRICKS
from simulators.phone.texts import LANGUAGE_NAMES, LANGUAGES, language_of, notice_text, page_text


@pytest.mark.parametrize("name", sorted(texts._PAGE))
def test_every_text_is_said_in_every_language(name: str) -> None:
    assert all(page_text(name, language).strip() for language in LANGUAGES)
    assert len(texts._PAGE[name]) == len(LANGUAGES) == len(LANGUAGE_NAMES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_item_field_and_key_has_a_name(language: str) -> None:
    names = [*FIELDS, *TRICKS, *(field for fields in FIELDS.values() for field in fields)]
    said = {page_text(name, language) for name in names}
    assert len(said) == len(set(names))


@pytest.mark.parametrize(
    "notice", ["sent", "cloned", "bad_number", "bad_amount", "bad_password", "no_sale", "no_message", "no_network", "no_card"]
)
def test_every_notice_has_its_words(notice: str) -> None:
    assert len({notice_text(notice, language) for language in LANGUAGES}) == len(LANGUAGES)


def test_a_notice_nobody_uses_says_nothing() -> None:
    assert notice_text("<script>", "en") == ""


@pytest.mark.parametrize(("wanted", "language"), [("id", "id"), ("en", "en"), ("", "zh_CN"), ("fr", "zh_CN")])
def test_an_unknown_language_is_chinese(wanted: str, language: str) -> None:
    assert language_of(wanted) == language
