"""Numbers and money as people say them in three languages."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.prompts import table
from ivr.reading import digits, money, number


def said(prompts: list[str], language: str) -> str:
    """What the prompts say."""
    return ("" if language == "zh" else " ").join(table()[name].text(language) for name in prompts)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "零"), (1, "一"), (2, "二"), (9, "九"), (10, "十"), (11, "十一"), (12, "十二"), (19, "十九"), (20, "二十"), (22, "二十二"),
        (100, "一百"), (101, "一百零一"), (110, "一百一十"), (111, "一百一十一"), (112, "一百一十二"), (120, "一百二十"), (200, "两百"),
        (202, "两百零二"), (205, "两百零五"), (212, "两百一十二"), (220, "两百二十"), (222, "两百二十二"), (999, "九百九十九"),
        (1000, "一千"), (1001, "一千零一"), (1010, "一千零一十"), (1100, "一千一百"), (2000, "两千"), (2002, "两千零二"),
        (2200, "两千二百"), (2020, "两千零二十"), (9999, "九千九百九十九"), (10000, "一万"), (10001, "一万零一"), (10010, "一万零一十"),
        (10100, "一万零一百"), (11000, "一万一千"), (12000, "一万二千"), (20000, "两万"), (20002, "两万零二"), (22000, "两万二千"),
        (100000, "十万"), (100001, "十万零一"), (120000, "十二万"), (120500, "十二万零五百"), (200000, "二十万"), (202000, "二十万零二千"),
        (1000000, "一百万"), (1203045, "一百二十万零三千零四十五"), (2000000, "两百万"), (10000001, "一千万零一"),
        (100000000, "一亿"), (200000000, "两亿"), (100000001, "一亿零一"), (100010000, "一亿零一万"), (1000020000, "十亿零二万"),
        (123456789, "一亿二千三百四十五万六千七百八十九"),
    ],
)  # fmt: skip
def test_chinese_numbers(value: int, words: str) -> None:
    assert said(number(value, "zh"), "zh") == words


@pytest.mark.parametrize(
    ("amount_minor", "words"),
    [
        (0, "零元"), (1, "一分"), (2, "两分"),
        (10, "一角"), (20, "两角"), (22, "两角两分"), (100, "一元"), (200, "两元"), (203, "两元零三分"),
        (250, "两元五角"), (255, "两元五角五分"), (1000, "十元"), (1200, "十二元"), (5000, "五十元"), (20500, "两百零五元"),
        (1200000, "一万二千元"), (1200050, "一万二千元五角"), (-350, "负三元五角"),
    ],
)  # fmt: skip
def test_chinese_money(amount_minor: int, words: str) -> None:
    assert said(money(amount_minor, "CNY", 2, "zh"), "zh") == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "zero"), (7, "seven"), (12, "twelve"), (20, "twenty"), (21, "twenty one"), (100, "one hundred"), (205, "two hundred five"),
        (1000, "one thousand"), (12000, "twelve thousand"), (12345, "twelve thousand three hundred forty five"),
        (1000001, "one million one"), (2000000000, "two billion"),
    ],
)  # fmt: skip
def test_english_numbers(value: int, words: str) -> None:
    assert said(number(value, "en"), "en") == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "nol"), (9, "sembilan"), (10, "sepuluh"), (11, "sebelas"), (12, "dua belas"), (20, "dua puluh"), (25, "dua puluh lima"),
        (100, "seratus"), (101, "seratus satu"), (205, "dua ratus lima"), (1000, "seribu"), (1100, "seribu seratus"), (2000, "dua ribu"),
        (12000, "dua belas ribu"), (100000, "seratus ribu"), (1000000, "satu juta"), (1500000, "satu juta lima ratus ribu"),
        (21000000000, "dua puluh satu miliar"),
    ],
)  # fmt: skip
def test_indonesian_numbers(value: int, words: str) -> None:
    assert said(number(value, "id"), "id") == words


@pytest.mark.parametrize(
    ("amount_minor", "currency", "decimals", "language", "words"),
    [
        (20550, "CNY", 2, "en", "two hundred five yuan fifty fen"),
        (5000, "CNY", 2, "id", "lima puluh yuan"),
        (30, "CNY", 2, "id", "tiga puluh fen"),
        (50000, "IDR", 0, "id", "lima puluh ribu rupiah"),
        (50000, "IDR", 0, "zh", "五万印尼盾"),
        (1250, "USD", 2, "en", "twelve point five zero"),
        (-1200, "USD", 2, "en", "minus twelve"),
    ],
)
def test_money_elsewhere(amount_minor: int, currency: str, decimals: int, language: str, words: str) -> None:
    assert said(money(amount_minor, currency, decimals, language), language) == words


def test_a_phone_number_is_read_digit_by_digit() -> None:
    assert said(digits("13800138001", "zh"), "zh") == "幺三八零零幺三八零零幺"
    assert said(digits("138", "en"), "en") == "one three eight"
    assert digits("SN-20A1", "id") == ["number/2", "number/0", "number/1"]


@pytest.mark.parametrize("value", [-1, 10**12])
def test_a_number_nobody_says_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match=str(value)):
        number(value, "zh")


_DIGITS = {name: int(name.removeprefix("number/")) for name in table() if name.removeprefix("number/").isdigit()} | {"number/liang": 2}


def heard(prompts: list[str]) -> int:
    """A Chinese number as a listener adds it up, who knows none of the rules for writing it."""
    total = group = digit = 0
    for name in prompts:
        value = _DIGITS[name]
        if value < 10:
            digit = value
        elif value < 10**4:
            group += (digit or 1) * value
            digit = 0
        else:
            total += (group + digit) * value
            group = digit = 0
    return total + group + digit


@given(st.integers(0, 10**12 - 1) | st.integers(0, 10**5))
def test_a_chinese_number_is_heard_as_it_was_meant(value: int) -> None:
    prompts = number(value, "zh")
    assert heard(prompts) == value
    assert not any(first == second == "number/0" for first, second in pairwise(prompts))


@given(st.integers(0, 10**12 - 1), st.sampled_from(["en", "id"]))
def test_every_number_has_its_prompts(value: int, language: str) -> None:
    assert all(table()[name].text(language) for name in number(value, language))


@given(st.integers(-(10**9), 10**9), st.sampled_from(["zh", "en", "id"]), st.sampled_from(["CNY", "IDR", "USD"]))
def test_every_amount_has_its_prompts(amount_minor: int, language: str, currency: str) -> None:
    assert all(table()[name].text(language) for name in money(amount_minor, currency, 2, language))
