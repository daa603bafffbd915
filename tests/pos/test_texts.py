"""The channel's words: every one in three languages, with the same facts in each, and short enough for a slip."""

import re

import pytest
from babel.messages.pofile import read_po

from pos import cli, codes, problems
from pos.texts import FOLDER, say

LANGUAGES = ("zh_CN", "en", "id")
TEXTS = [*codes.TEXTS.values(), *(problem.text for problem in problems.Problem), cli.DONE, cli.REGISTERED, cli.COMPONENT_KEPT, cli.KEY_MADE]


def facts(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_text_has_its_translation_with_the_same_facts(language: str) -> None:
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = {str(message.id): str(message.string) for message in read_po(file, locale=language)}
    for text in TEXTS:
        assert catalogue[text], text
        assert facts(catalogue[text]) == facts(text), text
        assert catalogue[text] != text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", list(codes.TEXTS.values()))
def test_words_for_a_slip_fit_its_paper(language: str, text: str) -> None:
    assert len(say(text, language).encode("gbk")) <= 60


def test_facts_are_put_in() -> None:
    assert say(problems.Problem.UNKNOWN_TERMINAL.text, "en", {"terminal": "KC000001"}) == "No such terminal: KC000001"
    assert say(cli.DONE, None) == cli.DONE
