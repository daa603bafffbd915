"""Every refused change has a sentence in every language, with its facts and without a Chinese word in the others."""

import re

import pytest

from recharge.engine.administration.errors import AdministrationCode, AdministrationError, bad, unknown
from recharge.texts import LANGUAGES
from recharge.texts.administration import OBJECTS, TEXTS

FACTS: dict[str, str | int] = {
    "object": "party",
    "name": "P1",
    "field": "name",
    "value": "x",
    "role": "owner",
    "lines": "3: 13x",
    "reason": "why",
}


@pytest.mark.parametrize("code", list(AdministrationCode))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_is_worded(code: AdministrationCode, language: str) -> None:
    told = AdministrationError(code, **FACTS).text(language)
    assert told
    assert "{" not in told
    assert language == "zh_CN" or not re.search("[\u4e00-\u9fff]", told)


def test_the_tables_hold_the_codes_and_no_others() -> None:
    assert set(TEXTS) == {code.value for code in AdministrationCode}


@pytest.mark.parametrize("kind", list(OBJECTS))
def test_every_kind_of_object_is_named_in_the_language(kind: str) -> None:
    assert "P1" in unknown(kind, "P1").text("en")
    assert not re.search("[\u4e00-\u9fff]", unknown(kind, "P1").text("id"))


def test_long_values_are_cut() -> None:
    assert len(bad("name", "x" * 500).text("en")) < 200
    assert len(unknown("party", "x" * 500).text("en")) < 200


def test_the_program_sees_code_and_facts() -> None:
    error = bad("name", "x")
    assert (error.code, error.facts) == (AdministrationCode.BAD_VALUE, {"field": "name", "value": "x"})
    assert str(error) == "bad_value {'field': 'name', 'value': 'x'}"
