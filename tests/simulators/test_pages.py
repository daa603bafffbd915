"""What the simulators' pages have in common: words by language, links to the other languages, and a frame in which text stays text."""

import pytest

from simulators.pages import BASE_STYLE, LANGUAGE_NAMES, LANGUAGES, Words, document, hidden, language_of, languages
from tests.simulators.outline import Outline

WORDS = Words({"title": ("标题", "Title", "Judul"), "was.sent": ("已发送。", "Sent.", "Terkirim.")})


def test_three_languages_have_names() -> None:
    assert len(LANGUAGES) == len(LANGUAGE_NAMES) == 3


@pytest.mark.parametrize(("wanted", "given"), [("en", "en"), ("id", "id"), ("", "zh_CN"), ("fr", "zh_CN"), ("<b>", "zh_CN")])
def test_an_unknown_language_is_chinese(wanted: str, given: str) -> None:
    assert language_of(wanted) == given


def test_words_are_found_by_language() -> None:
    assert [WORDS.text("title", language) for language in LANGUAGES] == ["标题", "Title", "Judul"]


def test_a_notice_nobody_uses_says_nothing() -> None:
    assert [WORDS.notice("sent", language) for language in LANGUAGES] == ["已发送。", "Sent.", "Terkirim."]
    assert WORDS.notice("<script>", "en") == WORDS.notice("title", "en") == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_frame_is_well_made_and_its_title_is_text(language: str) -> None:
    made = Outline(document("a < b", "<main>inside</main>", language, "/control/style.css", '<meta http-equiv="refresh" content="5">'))
    assert ("html", {"lang": language.replace("_", "-")}) in made.tags
    assert made.words == ["a < b", "inside"]
    assert ("link", {"rel": "stylesheet", "href": "/control/style.css"}) in made.tags
    assert ("meta", {"http-equiv": "refresh", "content": "5"}) in made.tags


def test_the_present_language_is_marked_and_an_address_stays_one() -> None:
    made = Outline(languages("id", "Bahasa", lambda code: f"/?a=1&lang={code}"))
    links = [told for tag, told in made.tags if tag == "a"]
    assert [told["href"] for told in links] == [f"/?a=1&lang={code}" for code in LANGUAGES]
    assert [told.get("aria-current") for told in links] == [None, None, "true"]
    assert made.words == list(LANGUAGE_NAMES)
    assert made.tags[0] == ("nav", {"aria-label": "Bahasa"})


def test_what_goes_along_unseen_is_text() -> None:
    [(_, told)] = Outline(hidden({"card": '"><b>'})).tags
    assert (told["type"], told["name"], told["value"]) == ("hidden", "card", '"><b>')


def test_the_look_needs_nothing_from_elsewhere() -> None:
    assert "url(" not in BASE_STYLE
    assert "@import" not in BASE_STYLE
