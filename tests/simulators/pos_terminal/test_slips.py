"""Slips: never wider than the paper, in letters the printer has, whatever the host sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.pages import LANGUAGES
from simulators.pos_terminal.slips import COLUMNS, Slip, printable, render, width, wrapped

ROWS = st.lists(st.tuples(st.sampled_from(["", "number", "amount", "order", "serial", "balance"]), st.text(max_size=60)), max_size=8)
KINDS = st.sampled_from(["recharge", "bill", "cancel", "reversal", "settlement", "given_up", "batch_closed"])


@given(KINDS, ROWS, st.sampled_from(LANGUAGES))
def test_no_line_is_wider_than_the_paper(kind: str, rows: list[tuple[str, str]], language: str) -> None:
    lines = render(Slip(kind, rows), language).split("\n")
    assert all(width(line) <= COLUMNS for line in lines)
    assert lines[-1] == "-" * COLUMNS


@given(KINDS, ROWS, st.sampled_from(LANGUAGES))
def test_every_letter_can_be_printed(kind: str, rows: list[tuple[str, str]], language: str) -> None:
    text = render(Slip(kind, rows), language)
    assert text.encode("gbk").decode("gbk") == text
    assert all(letter.isprintable() for letter in text.replace("\n", ""))


@given(st.text(max_size=80), st.integers(2, 40))
def test_wrapping_loses_nothing(text: str, columns: int) -> None:
    assert "".join(wrapped(text, columns)) == text
    assert all(width(line) <= columns for line in wrapped(printable(text), columns))


def test_chinese_takes_two_columns() -> None:
    assert (width("充值"), width("RMB 50"), width("金额: 50")) == (4, 6, 8)


@pytest.mark.parametrize(("text", "shown"), [("到账\U0001f600", "到账?"), ("a\tb\x00", "a b "), ("ą", "?")])
def test_what_the_printer_lacks_is_a_question_mark(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_slip_as_it_is_laid_out() -> None:
    slip = Slip("recharge", [("", "湘江路电讯店"), ("kind~", "function.recharge"), ("amount", "RMB 50.00"), ("note~", "later")])
    assert render(slip, "zh_CN").split("\n") == [
        "          空中充值凭证",
        "-" * 32,
        "湘江路电讯店",
        "交易类型: 充值",
        "金额: RMB 50.00",
        "备注: 已受理，处理中，请稍后确认",
        "-" * 32,
    ]


def test_a_long_value_goes_on_in_the_next_line() -> None:
    lines = render(Slip("recharge", [("serial", "CM" + "7" * 40)]), "zh_CN").split("\n")
    assert lines[2:-1] == ["运营商流水: CM" + "7" * 18, "7" * 22]


@pytest.mark.parametrize(("language", "word"), [("zh_CN", "手机号码"), ("en", "Number"), ("id", "Nomor")])
def test_a_slip_speaks_the_language(language: str, word: str) -> None:
    assert f"{word}: 13800138000" in render(Slip("recharge", [("number", "13800138000")]), language)
