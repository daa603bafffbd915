"""References with check characters: one wrong letter, two exchanged, found in what people type."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_settle.banks import reference

CODES = st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=20)


@given(CODES)
def test_a_reference_holds_and_names_its_party(code: str) -> None:
    made = reference.make(code)
    assert reference.holds(made)
    assert reference.read(f"预存 {made.lower()}，谢谢") == ({code}, False)


@given(CODES, st.integers(0, 19), st.sampled_from(string.ascii_uppercase + string.digits))
def test_one_wrong_letter_is_noticed(code: str, place: int, letter: str) -> None:
    made = reference.make(code)
    spot = 2 + place % len(code)
    if made[spot] != letter:
        assert not reference.holds(made[:spot] + letter + made[spot + 1 :])


@given(CODES, st.integers(0, 18))
def test_two_letters_exchanged_are_noticed(code: str, place: int) -> None:
    made = reference.make(code)
    spot = 2 + place % len(code)
    swapped = made[:spot] + made[spot + 1] + made[spot] + made[spot + 2 :]
    assert swapped == made or not reference.holds(swapped)


def test_the_published_example_of_the_standard() -> None:
    """ISO 7064, MOD 1271-36: ISO79 has the check characters 3W."""
    assert int("ISO793W", 36) % 1271 == 1


@pytest.mark.parametrize("text", ["", "KC", "KC12", "存款人张三", "XKCA00", "KC-A-00"])
def test_what_is_no_reference(text: str) -> None:
    assert reference.read(text) == (set(), False)


def test_full_width_letters_several_and_wrong_ones() -> None:
    made = reference.make("P1001")
    wide = "".join(chr(ord(char) + 0xFEE0) for char in made)
    assert reference.read(wide) == ({"P1001"}, False)
    wrong = made[:-1] + ("0" if made[-1] != "0" else "1")
    assert reference.read(wrong) == (set(), True)
    assert reference.read(made, f"{reference.make('P1002')} {wrong}") == ({"P1001", "P1002"}, True)


@pytest.mark.parametrize("code", ["", "网点", "A" * 21, "A-1"])
def test_codes_that_cannot_stand_in_one(code: str) -> None:
    with pytest.raises(ValueError, match="reference"):
        reference.make(code)
