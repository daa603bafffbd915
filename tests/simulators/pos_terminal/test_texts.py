"""The words: complete in three languages, and such that a terminal can show and print them."""

import ast
import re
from pathlib import Path

import pytest

from simulators.pages import LANGUAGES
from simulators.pos_terminal import texts
from simulators.pos_terminal.codes import CODES
from simulators.pos_terminal.counter import FIELDS
from simulators.pos_terminal.slips import COLUMNS, width
from simulators.pos_terminal.texts import say

CODE = Path(texts.__file__).parent


def shown_names() -> set[str]:
    """Every name that the code shows on the display or gives a slip as a constant."""
    found: set[str] = set()
    for path in CODE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "show":
                found |= {one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant) and isinstance(one.value, str)}
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "CannotDo":
                found |= {str(one.value) for one in node.args if isinstance(one, ast.Constant)}
    return {str(name).rstrip("~") for name in found if re.fullmatch(r"[a-z_]+~?", str(name))}


def test_everything_shown_has_its_words() -> None:
    names = shown_names()
    assert {"signed_in", "no_line", "cancelled_already", "balanced"} <= names
    for name in names - {"code", "trying", "function", "_done"}:
        assert say(name, "zh_CN"), name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("function", FIELDS)
def test_every_function_has_a_name(function: str, language: str) -> None:
    assert say(f"function.{function}", language)


def test_all_languages_say_something() -> None:
    for name, words in texts._TERMINAL.items():
        assert len(words) == len(LANGUAGES), name
        assert all(words), name


def test_chinese_can_be_printed_and_the_others_are_ascii() -> None:
    for chinese, *others in [*texts._TERMINAL.values(), *CODES.values()]:
        assert chinese.encode("gbk")
        assert all(word.isascii() for word in others)


def test_headings_fit_on_the_paper() -> None:
    for name, words in texts._TERMINAL.items():
        if name.startswith(("slip.", "row.")):
            assert all(width(word) <= COLUMNS for word in words), name


@pytest.mark.parametrize("code", ["00", "05", "12", "22", "25", "51", "55", "77", "91", "92", "94", "96", "97", "98", "99", "A0", "A6"])
def test_the_fields_codes_are_explained(code: str) -> None:
    assert [say(f"code.{code}", language) for language in LANGUAGES] == list(CODES[code])


def test_a_code_nobody_knows_says_nothing_more() -> None:
    assert say("code.ZZ", "en") == ""
