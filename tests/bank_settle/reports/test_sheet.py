"""Cells and words: amounts as people read them, amounts written out, and nothing that a spreadsheet would run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_settle.reports.sheet import Column, harmless, in_words, shown, sums, yuan


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角整"),
        (105, "壹元零伍分"),
        (12345, "壹佰贰拾叁元肆角伍分"),
        (10000, "壹佰元整"),
        (100050, "壹仟元伍角整"),
        (1000100, "壹万零壹元整"),
        (10_0100_00, "壹拾万零壹佰元整"),
        (1001_0000_00, "壹仟零壹万元整"),
        (1_0000_0000_00, "壹亿元整"),
        (1_0000_0001_00, "壹亿零壹元整"),
        (1_2003_0400_56, "壹亿贰仟零叁万零肆佰元伍角陆分"),
    ],
)
def test_amounts_written_out(fen: int, words: str) -> None:
    assert in_words(fen) == words


@pytest.mark.parametrize("fen", [-1, 10**16])
def test_what_is_not_written_out(fen: int) -> None:
    with pytest.raises(ValueError, match="amount"):
        in_words(fen)


@given(st.integers(0, 10**16 - 1), st.integers(0, 10**16 - 1))
def test_two_amounts_never_have_the_same_words(one: int, other: int) -> None:
    assert (in_words(one) == in_words(other)) == (one == other)


def test_amounts_as_people_read_them() -> None:
    assert [yuan(value) for value in (0, 5, -5, 123456789, -100)] == ["0.00", "0.05", "-0.05", "1,234,567.89", "-1.00"]
    assert yuan(1234567, 0) == "1,234,567"
    assert [shown(None, "money"), shown(150, "money"), shown(1500, "count"), shown("x", "text")] == ["", "1.50", "1,500", "x"]


@pytest.mark.parametrize("text", ["=1+1", "+49", "-2", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_a_formula_is_made_harmless(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_a_plain_text_stays() -> None:
    assert harmless("南昌网点=1") == "南昌网点=1"


def test_totals() -> None:
    columns = [Column("网点"), Column("名称"), Column("金额", "money"), Column("笔数", "count")]
    assert sums(columns, [["A", "x", 100, 1], ["B", "y", -30, None]], "合计") == ["合计", None, 70, 1]
