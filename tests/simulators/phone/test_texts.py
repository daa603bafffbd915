"""The words: complete in all three languages, and a notice for everything that can happen."""

import pytest

from simulators.pages import LANGUAGES
from simulators.phone.shopkeeper import FIELDS, TRICKS
from simulators.phone.texts import PAGE


@pytest.mark.parametrize("name", sorted(PAGE.table))
def test_every_text_is_said_in_every_language(name: str) -> None:
    assert all(PAGE.text(name, language).strip() for language in LANGUAGES)
    assert len(PAGE.table[name]) == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_item_field_and_key_has_a_name(language: str) -> None:
    names = [*FIELDS, *TRICKS, *(field for fields in FIELDS.values() for field in fields)]
    said = {PAGE.text(name, language) for name in names}
    assert len(said) == len(set(names))


@pytest.mark.parametrize(
    "notice", ["sent", "cloned", "bad_number", "bad_amount", "bad_password", "no_sale", "no_message", "no_network", "no_card"]
)
def test_every_notice_has_its_words(notice: str) -> None:
    assert len({PAGE.notice(notice, language) for language in LANGUAGES}) == len(LANGUAGES)


def test_a_notice_nobody_uses_says_nothing() -> None:
    assert PAGE.notice("<script>", "en") == ""
