"""Amounts, dates, counts and numbers as suppliers write them; what is in doubt is not read."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recharge.domain.reply_notation import Likeness, Notation, Unreadable, joined, likeness, moment, part_of

DOT, COMMA, NONE = Notation("."), Notation(","), Notation("")
RUPIAH = Notation("", minor_digits=0)


@pytest.mark.parametrize(
    ("notation", "text", "minor"),
    [
        (DOT, "P4,686.50", 468650),
        (DOT, "PHP199222.65", 19922265),
        (DOT, "P216.87", 21687),
        (DOT, "P10", 1000),
        (DOT, "P216.", 21600),
        (DOT, "₱ 1,000", 100000),
        (DOT, "50.00元", 5000),
        (DOT, "５０．００元", 5000),
        (DOT, "¥4950.5", 495050),
        (DOT, "-3.50", -350),
        (DOT, "Rs. 20", 2000),
        (DOT, "3万", 3_000_000),
        (COMMA, "Rp10.000", 1_000_000),
        (COMMA, "Rp. 10.000,50", 1_000_050),
        (COMMA, "36,5", 3650),
        (NONE, "97.411.793", 9_741_179_300),
        (NONE, "97,411,793", 9_741_179_300),
        (NONE, "10rb", 1_000_000),
        (NONE, "25 ribu", 2_500_000),
        (NONE, "2jt", 200_000_000),
        (RUPIAH, "Rp10.000", 10_000),
        (RUPIAH, "5k", 5_000),
        (Notation(".", 0), "7", 7),
    ],
)
def test_amounts_in_their_notations(notation: Notation, text: str, minor: int) -> None:
    assert notation.amount_minor(text) == minor


@pytest.mark.parametrize(
    ("notation", "text"),
    [
        (NONE, "24.6950"),
        (NONE, r"24.6\950"),
        (NONE, "1.00"),
        (DOT, "1,00"),
        (DOT, "1,0000"),
        (DOT, "1.2.3"),
        (DOT, "10.005"),
        (COMMA, "10.00"),
        (RUPIAH, "0,5"),
        (Notation(".", 0), "1.5"),
        (DOT, ""),
        (DOT, "P"),
        (DOT, "ten"),
        (DOT, "5 5"),
        (DOT, "99999999999999999"),
    ],
)
def test_an_amount_in_doubt_is_not_read(notation: Notation, text: str) -> None:
    with pytest.raises(Unreadable):
        notation.amount_minor(text)


@given(st.integers(0, 10**13))
def test_what_is_written_in_either_notation_reads_back(minor: int) -> None:
    whole, fraction = divmod(minor, 100)
    assert DOT.amount_minor(f"P{whole:,}.{fraction:02}") == minor
    assert COMMA.amount_minor(f"Rp{whole:,}".replace(",", ".") + f",{fraction:02}") == minor
    assert NONE.amount_minor(f"{whole:,}") == whole * 100


def test_counts_by_face_value() -> None:
    assert NONE.counts_minor("5rb=40 10rb=120 20rb=60") == {500_000: 40, 1_000_000: 120, 2_000_000: 60}
    assert RUPIAH.counts_minor("10.000: 7") == {10_000: 7}


@pytest.mark.parametrize("text", ["", "none", "5rb=4 5rb=5", "x=3", "5rb=1,234"])
def test_counts_in_doubt_are_not_read(text: str) -> None:
    with pytest.raises(Unreadable):
        NONE.counts_minor(text)


NOW = datetime(2026, 11, 27, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("27-May 17:47", (2026, 5, 27, 17, 47)),
        ("18Aug 0009", (2026, 8, 18, 0, 9)),
        ("18Aug 2015", (2026, 8, 18, 20, 15)),
        ("30Dec 2229", (2025, 12, 30, 22, 29)),
        ("27Nov 2359", (2026, 11, 27, 23, 59)),
        ("2017-09-24 19:34:38", (2017, 9, 24, 19, 34, 38)),
        ("27/05 12:57:33", (2026, 5, 27, 12, 57, 33)),
        ("@27/05 12:57:33", (2026, 5, 27, 12, 57, 33)),
        ("15:25:39.484331 20/02/2024", (2024, 2, 20, 15, 25, 39)),
        ("31/12/2026", (2026, 12, 31)),
        ("1 Mei 2026 07:05", (2026, 5, 1, 7, 5)),
        ("20261121193000", (2026, 11, 21, 19, 30)),
        ("2026/11/21", (2026, 11, 21)),
    ],
)
def test_dates_in_their_notations(text: str, told: tuple[int, ...]) -> None:
    assert moment(text, NOW) == datetime(*told, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_a_date_is_in_the_zone_of_the_moment_it_was_received() -> None:
    manila = NOW.astimezone(ZoneInfo("Asia/Manila"))
    assert moment("27-May 17:47", manila) == datetime(2026, 5, 27, 9, 47, tzinfo=UTC)


def test_a_day_without_a_year_is_the_latest_there_was() -> None:
    assert moment("29Feb 0000", NOW.replace(year=2025, month=1)) == datetime(2024, 2, 29, tzinfo=UTC)
    assert moment("01Jan 0030", datetime(2026, 12, 31, 23, 50, tzinfo=UTC)) == datetime(2027, 1, 1, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "32/01/2026", "30Feb 1200", "29/02 12:00:00", "29Xyz 0101", "12:00", "27-May 29:00"])
def test_a_date_in_doubt_is_not_read(text: str) -> None:
    with pytest.raises(Unreadable):
        moment(text, NOW.replace(year=2027, month=2))


@pytest.mark.parametrize(
    ("told", "number", "like"),
    [
        ("09170000007", "09170000007", Likeness.SAME),
        ("639170000007", "09170000007", Likeness.SAME),
        ("+63 917 000 0007", "09170000007", Likeness.SAME),
        ("9170000007", "09170000007", Likeness.SAME),
        ("0086 13800138000", "13800138000", Likeness.SAME),
        ("138****8000", "13800138000", Likeness.SAME),
        ("138xxxx8000", "13800138000", Likeness.SAME),
        ("****8000", "13800138000", Likeness.PARTLY),
        ("8000", "13800138000", Likeness.PARTLY),
        ("13800138001", "13800138000", Likeness.OTHER),
        ("****8001", "13800138000", Likeness.OTHER),
        ("557751******8000", "13800138000", Likeness.OTHER),
        ("99913800138000000", "13800138000", Likeness.OTHER),
        ("", "13800138000", Likeness.OTHER),
        ("000", "13800138000", Likeness.OTHER),
    ],
)
def test_numbers_are_compared_as_they_are_told(told: str, number: str, like: Likeness) -> None:
    assert likeness(told, number) is like


def test_parts_say_which_they_are() -> None:
    assert part_of("1/2 14-Jun 19:37: loaded") == (1, 2, "14-Jun 19:37: loaded")
    assert part_of("(2/3) rest") == (2, 3, "rest")
    assert part_of("3/2 no") is None
    assert part_of("27/05 12:57:33") is None
    assert joined({2: "and more", 1: "loaded "}) == "loaded and more"
