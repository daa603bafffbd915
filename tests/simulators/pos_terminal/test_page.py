"""The page: well made in every language, fields as the function asks, nothing taken for markup, nothing secret."""

from pathlib import Path

import pytest

from simulators.pages import LANGUAGES
from simulators.pos_terminal.counter import FIELDS, Shown
from simulators.pos_terminal.faults import STEPS, SWITCHES
from simulators.pos_terminal.memory import Memory, Pending, Sale, State
from simulators.pos_terminal.outcome import Outcome
from simulators.pos_terminal.page import Choice, line_of, render
from simulators.pos_terminal.page_texts import PAGE
from simulators.pos_terminal.record import HIDDEN, Record
from simulators.pos_terminal.slips import Slip
from simulators.pos_terminal.texts import say
from tests.simulators.outline import Outline
from tests.simulators.pos_terminal.conftest import NUMBER
from tests.simulators.pos_terminal.host import MASTER


@pytest.fixture
def state(path: Path) -> State:
    told = Memory(path).state
    told.work, told.batch = "ab" * 40, "000003"
    told.sales = [Sale("recharge", "000003", "000007", NUMBER, 5000, "done"), Sale("cancel", "000003", "000008", NUMBER, 5000, "refused")]
    told.slips = [Slip("recharge", [("number", NUMBER), ("", "<b>到账</b>")])]
    return told


def page(state: State, item: str = "recharge", language: str = "zh_CN", shown: Shown | None = None, **more: str) -> Outline:
    return Outline(render(Choice("T1", item, language, **more), {"T1": state, "T2": state}, shown or Shown()))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("item", FIELDS)
def test_the_page_is_well_made(state: State, item: str, language: str) -> None:
    made = page(state, item, language)
    assert ("html", {"lang": language.replace("_", "-")}) in made.tags
    assert set(made.fields()) == {*FIELDS[item], "delay"}
    assert all(say(f"function.{name}", language) in made.words for name in FIELDS)


def test_the_password_is_hidden_while_typed(state: State) -> None:
    assert page(state).fields() == {"number": "text", "amount": "text", "password": "password", "delay": "number"}


def test_everything_that_can_go_wrong_can_be_chosen(state: State) -> None:
    made = page(state)
    assert made.ticks() == ["1", *SWITCHES]
    options = [told["value"] for tag, told in made.tags if tag == "option"]
    assert options == ["", *(f"cut:{step}" for step in STEPS)]


@pytest.mark.parametrize(("item", "offered"), [("recharge", True), ("bill", True), ("cancel", False), ("balance", False)])
def test_the_same_sale_again_is_offered_where_something_is_sold(state: State, item: str, offered: bool) -> None:
    assert ("1" in page(state, item).ticks()) is offered


def test_terminals_show_how_they_stand(state: State) -> None:
    assert "已签到 · 批次 000003" in page(state).text
    state.pending = Pending({}, "000003", "000007", "confirm")
    state.work = ""
    assert "未签到 · 批次 000003 · 待处理 000007" in page(state).text


def test_slips_and_transactions_are_there(state: State) -> None:
    made = page(state)
    assert "<b>到账</b>" in made.text
    assert "b" not in [tag for tag, told in made.tags if told.get("class") == "slip"]
    assert made.words[made.words.index("50.00", made.words.index("000007")) :][:2] == ["50.00", "成功"]
    assert "拒绝" in made.words
    state.sales[0].cancelled = True
    assert "已返销" in page(state).words


def test_without_anything_printed_it_says_so(state: State) -> None:
    state.slips, state.sales = [], []
    assert "还没有打印。" in page(state).words


def test_the_frames_are_shown_without_secrets(state: State) -> None:
    records = [Record("out", "0200", "6000030000", "603100310000", 130, [(4, "000000005000"), (52, HIDDEN)])]
    records.append(Record("in", "0210", "6000000003", "603100310000", 120, [(44, "<script>")], note="mac"))
    made = page(state, shown=Shown(Outcome(), records))
    looks = [told["class"] for tag, told in made.tags if str(told.get("class")).startswith("frame")]
    assert looks == ["frame out", "frame in disliked"]
    assert {"000000005000", HIDDEN, "<script>"} <= set(made.words)
    assert "script" not in [tag for tag, _ in made.tags]


def test_no_key_is_on_the_page(state: State) -> None:
    text = render(Choice("T1", "recharge", "en"), {"T1": state}, Shown())
    assert MASTER.hex() not in text.lower()
    assert state.work not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_display_speaks_the_language(state: State, language: str) -> None:
    outcome = Outcome()
    outcome.show("recharge_done", "50.00")
    outcome.show("host_asks~", "function.download")
    made = page(state, language=language, shown=Shown(outcome))
    assert f"{say('recharge_done', language)} 50.00" in made.words
    assert f"{say('host_asks', language)} {say('function.download', language)}" in made.words


def test_a_dark_terminal_says_why(state: State) -> None:
    assert PAGE.text("welcome", "en") in page(state, language="en").words
    made = page(state, language="en", notice="cut")
    assert {PAGE.text("dark", "en"), PAGE.notice("cut", "en")} <= set(made.words)


def test_a_notice_nobody_knows_is_none(state: State) -> None:
    assert PAGE.notice("done", "en") == PAGE.notice("<b>", "en") == ""
    assert "<i>" not in page(state, notice="<i>").text


def test_what_was_filled_in_stays(state: State) -> None:
    made = page(state, number='13"8', amount="much")
    values = {told["name"]: told["value"] for tag, told in made.tags if tag == "input" and told.get("type") == "text"}
    assert values == {"number": '13"8', "amount": "much"}


def test_an_empty_folder_has_a_page() -> None:
    assert PAGE.text("no_terminals", "en") in Outline(render(Choice("", "recharge", "en"), {}, Shown())).words


def test_a_line_without_a_value() -> None:
    assert line_of("signed_in", "", "en") == "Signed in"
    assert line_of("code.51", "", "zh_CN") == "账户余额不足"
    assert line_of("code.ZZ", "", "zh_CN") == ""


def test_every_word_of_the_page_is_said_in_every_language() -> None:
    for name, words in PAGE.table.items():
        assert len(words) == len(LANGUAGES), name
        assert all(words), name
