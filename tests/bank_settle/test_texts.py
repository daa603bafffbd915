"""The close's catalogues: complete, with the same facts in every language, and nothing but what the code says."""

import pytest

from bank_settle.texts import FOLDER, say
from recharge.texts.catalogue import placeholders
from tests.support.source import ROOT
from tools import translations

CATALOGUE = {language: translations.read(ROOT / "bank_settle", language) for language in translations.LANGUAGES}


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_nothing_is_untranslated(language: str) -> None:
    assert list(translations.untranslated(ROOT / "bank_settle", language)) == []
    assert (FOLDER / language / "LC_MESSAGES" / "messages.po").is_file()


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_every_language_tells_the_same_facts(language: str) -> None:
    for message in CATALOGUE[language]:
        if message.id:
            assert placeholders(str(message.string)) <= placeholders(str(message.id)), message.id


def test_a_text_is_said_in_its_language() -> None:
    assert say("第{line}行", "zh_CN", {"line": 3}) == "第3行"
    assert say("第{line}行", "en_GB", {"line": 3}) == "line 3"
    assert say("第{line}行", "id", {"line": 3}) == "baris 3"
    assert say("第{line}行", None, {"line": 3}) == "第3行"


def test_a_text_nobody_translated_is_said_in_chinese() -> None:
    assert say("未译", "en") == "未译"
