"""Catalogues: every text of the engine is said in every language, with the same facts in it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from recharge.texts import catalogue
from recharge.texts.catalogue import FALLBACK_LANGUAGE, LANGUAGES, fitting, language_of, placeholders, say
from tests.support import source

TRANSLATED = [language for language in LANGUAGES if language != FALLBACK_LANGUAGE]
# What is written alike in both languages.
SAME_IN_INDONESIAN = {"Deposit", "Transfer", "SMS", "POS", "USSD", ", ", "."}


def in_the_code() -> set[str]:
    """Every text that the modules of the folder mark for translation."""
    return {str(message) for _, _, message, _, _ in extract_from_dir(catalogue.FOLDER.parent, [("**.py", "python")])}


def kept(language: str) -> dict[str, Message]:
    """A language's catalogue by text."""
    with (catalogue.FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {str(message.id): message for message in read_po(file, locale=language) if message.id}


def chinese_literals(path: Path) -> Iterator[str]:
    """String constants with Chinese in them, docstrings left out, that are not an argument of the marking function."""
    tree = source.tree(path)
    marked = {id(node.args[0]) for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "_"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in marked and _is_chinese(node.value):
            yield node.value


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_has_exactly_the_texts_of_the_code(language: str) -> None:
    assert set(kept(language)) == in_the_code()


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_left_untranslated_or_unsure(language: str) -> None:
    unsure = [text for text, message in kept(language).items() if not message.string or message.fuzzy]
    assert not unsure


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_chinese_is_left_in_a_translation(language: str) -> None:
    left = [text for text, message in kept(language).items() if _is_chinese(str(message.string))]
    assert not left


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_says_the_same_facts(language: str) -> None:
    wrong = [text for text, message in kept(language).items() if placeholders(text) != placeholders(str(message.string))]
    assert not wrong


def test_indonesian_is_not_english_once_more() -> None:
    english, indonesian = kept("en"), kept("id")
    same = {str(message.string) for text, message in english.items() if message.string == indonesian[text].string}
    assert same <= SAME_IN_INDONESIAN


def test_no_text_in_the_folder_escapes_the_catalogues() -> None:
    found = {path.name: list(chinese_literals(path)) for path in catalogue.FOLDER.parent.glob("*.py")}
    assert not {name: texts for name, texts in found.items() if texts}


def test_an_unmarked_text_is_found(tmp_path: Path) -> None:
    path = tmp_path / "sample.py"
    path.write_text('"""A module."""\nGOOD = _("成功")\nBAD = "失败"\n', encoding="utf-8")
    assert list(chinese_literals(path)) == ["失败"]


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("zh_CN", "zh_CN"),
        ("zh-Hans-CN", "zh_CN"),
        ("en", "en"),
        ("en-GB", "en"),
        ("EN_us", "en"),
        ("id", "id"),
        ("in", "id"),
        ("id-ID", "id"),
        ("fr", "zh_CN"),
        ("", "zh_CN"),
        (None, "zh_CN"),
    ],
)
def test_a_language_is_recognised_by_its_tag(tag: str | None, language: str) -> None:
    assert language_of(tag) == language


def test_an_unknown_language_is_answered_in_chinese() -> None:
    assert say("成功", "tlh") == "成功"
    assert say("成功", "en") == "Succeeded"
    assert say("成功", "id") == "Berhasil"


def test_a_text_that_no_catalogue_knows_is_said_as_it_is() -> None:
    assert say("没有翻译", "en") == "没有翻译"


def test_the_empty_text_is_not_the_catalogues_header() -> None:
    assert say("", "en") == ""


@pytest.mark.parametrize(("digits", "shown"), [(2, "余额50.00"), (0, "余额5000")])
def test_money_has_the_currencys_decimals(digits: int, shown: str) -> None:
    assert say("余额{balance_minor}", "zh_CN", {"balance_minor": 5000}, digits) == shown


def test_only_whole_numbers_called_minor_are_money() -> None:
    assert say("还可再试{left}次", None, {"left": 3}) == "还可再试3次"
    assert say("{face_minor}", None, {"face_minor": "many"}) == "many"


def test_a_fact_is_never_read_as_a_text_of_ours() -> None:
    assert say("没有产品{code}", None, {"code": "{balance_minor}"}) == "没有产品{balance_minor}"


def test_the_facts_a_text_names_are_known() -> None:
    assert placeholders("{kind}成功：{number} {face_minor}") == {"kind", "number", "face_minor"}
    assert placeholders("。") == frozenset()


def test_the_most_telling_wording_is_chosen() -> None:
    wordings = ("{a}{b}", "{a}", "none")
    assert fitting(wordings, {"a", "b", "c"}) == "{a}{b}"
    assert fitting(wordings, {"a"}) == "{a}"
    assert fitting(wordings, set()) == "none"
