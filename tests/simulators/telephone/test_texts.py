"""The page and its words in three languages."""

import re

import pytest

from simulators.pages import LANGUAGES
from simulators.telephone.handset import Line, lines_of
from simulators.telephone.page import render
from simulators.telephone.texts import PAGE, exchange_text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page(language: str) -> None:
    page = render(language, [Line("13800138001", "<shop>"), Line("13800138002", "other")])
    assert PAGE.text("title", language) in page.replace("&#x27;", "'")
    assert "&lt;shop&gt;" in page
    assert re.findall(r"<button>(.)</button>", page) == list("123456789*0#")
    assert page.count(" checked") == 1
    assert f'lang="{language.replace("_", "-")}"' in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_exchange_that_is_not_there(language: str) -> None:
    assert exchange_text("missing: no Debian", language).endswith("no Debian")
    assert exchange_text("fetching", language)
    assert exchange_text("", language) == ""
    assert exchange_text("strange", language) == ""


def test_lines() -> None:
    assert lines_of({"138": "shop"}) == [Line("138", "shop")]
