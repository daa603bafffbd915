"""Findings and how they are told: one line an invariant, three languages, never more details than a person reads."""

from string import Formatter

import pytest
from babel.messages.pofile import read_po

from recharge.verify import Detail, Finding, holds, report
from recharge.verify.findings import _FOLDER, MOST_DETAILS, TEXTS, Gathering, not_looked, say

DETAIL = Detail("订单{order}冻结{held}，应为{wanted}", {"order": 7, "held": 1, "wanted": 0})


def gathered(count: int, *, breach: bool = True) -> Finding:
    gathering = Gathering("I4")
    gathering.take((DETAIL for _ in range(count)), breach=breach)
    return gathering.finding()


def test_nothing_gathered_holds() -> None:
    assert gathered(0) == Finding("I4", True, TEXTS["I4"])


def test_one_breach_breaks() -> None:
    finding = gathered(1)
    assert not finding.holds
    assert finding.detail == (DETAIL,)


def test_what_is_only_listed_breaks_nothing() -> None:
    finding = gathered(2, breach=False)
    assert finding.holds
    assert finding.count == 2


def test_a_breach_among_listed_ones_breaks() -> None:
    gathering = Gathering("I9")
    gathering.take([DETAIL], breach=True)
    gathering.take([DETAIL], breach=False)
    assert not gathering.finding().holds


def test_only_the_first_details_are_kept_and_the_rest_counted() -> None:
    finding = gathered(MOST_DETAILS + 5)
    assert len(finding.detail) == MOST_DETAILS
    assert finding.count == MOST_DETAILS + 5
    assert "另有5处" in report([finding])


def test_all_must_hold() -> None:
    assert holds([gathered(0), not_looked("I7")])
    assert not holds([gathered(0), gathered(1)])


def test_the_report_has_a_line_an_invariant() -> None:
    lines = report([gathered(0), gathered(1), not_looked("I7")]).splitlines()
    assert lines == [
        f"I4  成立  {TEXTS['I4']}",
        f"I4  不成立  {TEXTS['I4']}; 订单7冻结1，应为0",
        f"I7  未查  {TEXTS['I7']}",
    ]


@pytest.mark.parametrize(("language", "verdict"), [("zh_CN", "不成立"), ("en", "BROKEN"), ("id", "DILANGGAR")])
def test_the_report_speaks_three_languages(language: str, verdict: str) -> None:
    told = report([gathered(1)], language)
    assert f"I4  {verdict}  " in told
    assert "7" in told
    assert (TEXTS["I4"] in told) == (language == "zh_CN")


@pytest.mark.parametrize("language", ["en", "id"])
def test_a_translation_names_the_same_facts(language: str) -> None:
    with (_FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    for message in catalogue:
        if message.id:
            texts = (str(message.id), str(message.string))
            named = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in texts]
            assert named[0] == named[1], message.id


@pytest.mark.parametrize("language", ["en", "id"])
def test_every_invariant_is_translated(language: str) -> None:
    untranslated = [key for key, text in TEXTS.items() if say(text, language) == text]
    assert untranslated == []


def test_an_unknown_language_is_told_in_chinese() -> None:
    assert report([gathered(0)], "fr") == report([gathered(0)])
