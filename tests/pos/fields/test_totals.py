"""Settlement's digits: totals of both sides, flags, and items uploaded."""

import pytest

from pos.codec.errors import FrameError
from pos.fields.totals import Flag, Item, Totals, read_items, read_totals, write_totals

TOTALS = Totals(123456, 12, 5000, 1)
DIGITS = "000000123456" + "012" + "000000005000" + "001"


def test_totals_there_and_back() -> None:
    assert read_totals(DIGITS + "0" + "0" * 31) == TOTALS
    assert write_totals(TOTALS, Flag.NOT_BALANCED) == DIGITS + "2" + "0" * 30 + "1"
    assert read_totals(write_totals(TOTALS, Flag.BALANCED)) == TOTALS


def test_the_answers_flags_stand_at_31_and_62() -> None:
    told = write_totals(Totals(), Flag.BALANCED)
    assert (len(told), told[30], told[61]) == (62, "1", "1")


def test_more_than_fits_is_told_as_the_largest() -> None:
    assert write_totals(Totals(10**13, 1000, 10**13, 1000), Flag.NOT_BALANCED).startswith("999999999999999" * 2)


def test_items() -> None:
    digits = "02" + "00" + "000007" + "13800138000".rjust(20, "0") + "000000005000" + "00" + "000008" + "0" * 20 + "000000000001"
    assert read_items(digits) == [Item(7, "13800138000", 5000), Item(8, "", 1)]


@pytest.mark.parametrize("digits", ["", "0" * 61, DIGITS + "0" + "1".rjust(30, "0") + "0"])
def test_totals_that_are_none(digits: str) -> None:
    with pytest.raises(FrameError):
        read_totals(digits)


@pytest.mark.parametrize("digits", ["", "00", "01", "09" + "0" * 360, "02" + "0" * 40, "01" + "0" * 39])
def test_items_that_are_none(digits: str) -> None:
    with pytest.raises(FrameError):
        read_items(digits)
