"""The channel's catalogues: complete, with the same facts in every language, and nothing but what the code says."""

import pytest

from recharge.texts.catalogue import placeholders
from stk_sms.texts import FOLDER, say
from tests.support.source import ROOT
from tools import translations

CATALOGUE = {language: translations.read(ROOT / "stk_sms", language) for language in translations.LANGUAGES}


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_nothing_is_untranslated(language: str) -> None:
    assert list(translations.untranslated(ROOT / "stk_sms", language)) == []
    assert (FOLDER / language / "LC_MESSAGES" / "messages.po").is_file()


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_every_language_tells_the_same_facts(language: str) -> None:
    for message in CATALOGUE[language]:
        if message.id:
            assert placeholders(str(message.string)) <= placeholders(str(message.id)), message.id


def test_a_text_is_said_in_its_language() -> None:
    assert say("余额{balance}", "zh_CN", {"balance": "1.00"}) == "余额1.00"
    assert say("余额{balance}", "en_GB", {"balance": "1.00"}) == "balance 1.00"
    assert say("余额{balance}", "id", {"balance": "1.00"}) == "saldo 1.00"
    assert say("余额{balance}", None, {"balance": "1.00"}) == "余额1.00"


def test_a_text_nobody_translated_is_said_in_chinese() -> None:
    assert say("未译", "en") == "未译"
