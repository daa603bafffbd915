"""Customers' numbers, from what was typed to carrier and province."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.numbers import NumberingPlan, NumberRange, masked, range_of

CHINA = NumberingPlan()
INDONESIA = NumberingPlan("62", "0", frozenset({10, 11, 12, 13}))


@pytest.mark.parametrize(
    "typed",
    ["13800138000", "138 0013 8000", "138-0013-8000", "+8613800138000", "008613800138000", "8613800138000", "+86 138 0013 8000",
     "１３８００１３８０００", "＋８６１３８００１３８０００", "(138)00138000", "\t13800138000　"],
)  # fmt: skip
def test_one_number_however_it_is_written(typed: str) -> None:
    assert CHINA.national(typed) == "13800138000"


@pytest.mark.parametrize("typed", ["", "1380013800", "138001380000", "1380013800a", "+1 13800138000", "86", "+86", "٠١٢٣٤٥٦٧٨٩٠", "²" * 11,
                                   "\ud800" * 11, "13800138000;", "1380013800０0"])  # fmt: skip
def test_what_is_no_number(typed: str) -> None:
    with pytest.raises(Refusal) as refusal:
        CHINA.national(typed)
    assert refusal.value.code is RefusalCode.BAD_NUMBER
    assert refusal.value.facts["number"] == typed[:20]


@pytest.mark.parametrize("typed", ["081234567890", "+6281234567890", "006281234567890", "6281234567890", "0812-3456-7890"])
def test_a_plan_with_a_trunk_prefix_keeps_it(typed: str) -> None:
    assert INDONESIA.national(typed) == "081234567890"


def test_a_short_international_number_is_not_taken_for_a_national_one() -> None:
    assert INDONESIA.national("62812345678") == "0812345678"


def test_a_trunk_prefix_is_asked_for() -> None:
    with pytest.raises(Refusal):
        INDONESIA.national("81234567890")


def taken_as(plan: NumberingPlan, text: str) -> str | None:
    """The number, or None where the text is refused as none."""
    try:
        return plan.national(text)
    except Refusal as refusal:
        return None if refusal.code is RefusalCode.BAD_NUMBER else "refused for another reason"


@given(st.text() | st.text("0123456789+- ０１"))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    for plan in (CHINA, INDONESIA):
        number = taken_as(plan, text)
        if number is not None:
            assert number.isascii()
            assert number.isdigit()
            assert len(number) in plan.lengths


@given(st.from_regex(r"\A1[3-9][0-9]{9}\Z"))
def test_a_good_number_stays_what_it_is(number: str) -> None:
    assert CHINA.national(number) == number
    assert CHINA.national("+86" + number) == number
    assert CHINA.national(CHINA.national("0086" + number)) == number


RANGES = {
    "138": NumberRange(1, ""),
    "1380013": NumberRange(1, "北京"),
    "13800138": NumberRange(2, "上海"),
    "138001380": NumberRange(3, "天津"),
    "13": NumberRange(4, ""),
}


@pytest.mark.parametrize(("number", "carrier"), [("13800138000", 3), ("13800138100", 2), ("13800139000", 1), ("13811111111", 1),
                                                 ("13900000000", 4)])  # fmt: skip
def test_the_longest_prefix_wins(number: str, carrier: int) -> None:
    found = range_of(number, RANGES)
    assert found is not None
    assert found.carrier_id == carrier


def test_no_range_is_none() -> None:
    assert range_of("15000000000", RANGES) is None
    assert range_of("", RANGES) is None


def test_a_number_in_a_log_hides_its_middle() -> None:
    assert masked("13800138000") == "138****8000"
    assert masked("1380013") == "****"
    assert masked("") == "****"
