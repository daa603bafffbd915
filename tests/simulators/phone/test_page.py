"""The page: well made in every language, fields as the menu item asks, SMS where they belong, nothing taken for markup."""

from urllib.parse import parse_qs, urlsplit

import pytest

from simulators.pages import LANGUAGES
from simulators.phone.network import Seen, Sms
from simulators.phone.page import Choice, render, render_screen
from simulators.phone.shopkeeper import FIELDS, Sent
from simulators.phone.texts import PAGE
from tests.simulators.outline import Outline
from tests.simulators.phone.conftest import FIRST, SECOND

NUMBERS = {FIRST: "13800138001", f"{FIRST}-clone1": "13800138001", SECOND: "13800138002"}
SHOP, CUSTOMER = "13800138001", "13800138000"


def page(item: str = "recharge", language: str = "zh_CN", **more: str) -> Outline:
    return Outline(render(Choice(FIRST, item, language, **more), NUMBERS, 17))


def screen(sent: list[Sent], seen: Seen | None, language: str = "zh_CN") -> Outline:
    return Outline(render_screen(language, SHOP, sent, seen, NUMBERS.values()))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("item", FIELDS)
def test_the_page_is_well_made(item: str, language: str) -> None:
    made = page(item, language)
    assert ("html", {"lang": language.replace("_", "-")}) in made.tags
    assert set(made.fields()) == set(FIELDS[item])
    assert PAGE.text("title", language) in made.words
    assert {told["value"] for tag, told in made.tags if tag == "button" and "name" in told} == {"resend", "corrupt", "clone"}


@pytest.mark.parametrize("item", FIELDS)
def test_passwords_are_never_shown(item: str) -> None:
    fields = page(item).fields()
    assert {kind for name, kind in fields.items() if "password" in name} <= {"password"}
    assert {kind for name, kind in fields.items() if "password" not in name} <= {"text"}


def test_cards_can_be_chosen_and_clones_are_told_apart() -> None:
    made = page()
    links = [told for tag, told in made.tags if tag == "a" and "item=recharge" in str(told["href"]) and "card=" in str(told["href"])]
    cards = {parse_qs(urlsplit(str(told["href"])).query)["card"][0] for told in links}
    assert set(NUMBERS) <= cards
    assert [told.get("class") for told in links if f"{FIRST}-clone1" in str(told["href"])] == ["clone"]
    assert any("17" in word for word in made.words)


def test_the_choice_goes_along_with_what_is_pressed() -> None:
    hidden = [(told["name"], told["value"]) for tag, told in page("query", "id").tags if tag == "input" and told.get("type") == "hidden"]
    assert hidden == [("card", FIRST), ("item", "query"), ("lang", "id")] * 2


def test_what_was_filled_in_wrongly_is_kept_and_explained() -> None:
    made = page(notice="bad_amount", number=CUSTOMER, amount='5"0<')
    values = {told["name"]: told["value"] for tag, told in made.tags if tag == "input" and told.get("name") in ("number", "amount")}
    assert values == {"number": CUSTOMER, "amount": '5"0<'}
    assert PAGE.text("was.bad_amount", "zh_CN") in made.words


def test_a_notice_that_nobody_made_is_not_shown() -> None:
    assert not [told for tag, told in page(notice="free money").tags if told.get("role") == "status"]


def test_an_empty_drawer_says_so() -> None:
    made = Outline(render(Choice("", "recharge", "en"), {}, 0))
    assert PAGE.text("no_cards", "en") in made.words
    assert not made.fields()


def test_both_sms_are_where_they_belong() -> None:
    seen = Seen([Sms(1, "10658", SHOP, "成功"), Sms(2, "10658", CUSTOMER, "您的号码已充值")], {5: ("taken", 0)}, True)
    made = screen([Sent(5, SHOP, "recharge", (CUSTOMER, "50"), 0)], seen)
    bubbles = [told["class"] for tag, told in made.tags if str(told.get("class", "")).startswith("sms ")]
    assert bubbles == ["sms in", "sms out", "sms to-customer"]
    said = [word for word in made.words if word.strip()]
    assert said.index("成功") < said.index(f"充值 {CUSTOMER} 50") < said.index("您的号码已充值")
    assert PAGE.text("state.taken", "zh_CN") in said
    assert f"发给 {CUSTOMER}" in said


def test_what_was_sent_stands_between_the_sms_before_and_after() -> None:
    seen = Seen([Sms(1, "10658", SHOP, "first"), Sms(2, "10658", "13800138002", "other"), Sms(3, "10658", SHOP, "second")], {}, True)
    made = screen([Sent(1, SHOP, "balance", (), 2), Sent(2, SHOP, "query", (), 2)], seen, "en")
    assert [word for word in made.words if word in ("first", "second", "other", "Balance", "Query")] == [
        "second",
        "Query",
        "Balance",
        "first",
    ]


@pytest.mark.parametrize(("state", "status", "shown"), [("waiting", 0x64, "(0x64)"), ("refused", 0x65, "(0x65)"), ("lost?", 0, "sent")])
def test_the_centres_state_is_shown(state: str, status: int, shown: str) -> None:
    made = screen([Sent(1, SHOP, "balance", (), 0)], Seen([], {1: (state, status)}, True), "en")
    assert any(shown in word for word in made.words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_quiet_screen_says_so_and_renews_itself(language: str) -> None:
    made = screen([], Seen([], {}, False), language)
    for name in ("nothing_yet", "customers_none", "not_bound"):
        assert PAGE.text(name, language) in made.words
    assert any(told.get("http-equiv") == "refresh" for _, told in made.tags)


def test_a_centre_that_is_away_is_said() -> None:
    assert PAGE.text("was.no_network", "zh_CN") in screen([], None).words


def test_an_sms_is_text_whatever_it_holds() -> None:
    nasty = "<script>alert(1)</script>&amp;"
    made = screen([], Seen([Sms(1, "<b>", SHOP, nasty), Sms(2, "10658", "<i>", nasty)], {}, True))
    assert made.words.count(nasty) == 2
    assert not {"script", "b", "i"} & {tag for tag, _ in made.tags}
