"""F60, F61 and the keys made of them."""

import pytest

from pos.codec.errors import FrameError
from pos.fields.batch import Original, Use, cancel_of, read_original, read_use, reference_of, reversal_of


def test_f60_there_and_back() -> None:
    assert read_use("2600000100060000000") == Use("26", 1, "000", "60000000")
    assert read_use("00123456003").text() == "00123456003"


def test_f61_with_and_without_a_date() -> None:
    assert read_original("0000010000021120") == read_original("000001000002") == Original(1, 2)


@pytest.mark.parametrize(("reader", "digits"), [(read_use, ""), (read_use, "0000000100"), (read_original, "00000100000")])
def test_too_short(reader, digits: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(FrameError):
        reader(digits)


def test_sales_cancels_and_reversals_never_meet() -> None:
    reference = reference_of(1, 23)
    assert reference == "000001000023"
    assert len({reference, cancel_of(reference), reversal_of(reference)}) == 3
    assert reference_of(0, 999_999) < reference_of(1, 0)
