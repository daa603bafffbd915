"""Service passwords: which are too easy, and what a run of wrong tries leads to."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.passwords import TryRules, TryState, check_new

NOW = datetime(2026, 11, 20, tzinfo=UTC)
RULES = TryRules()


def weak(digits: str, tail: str = "") -> bool:
    try:
        check_new(digits, tail)
    except Refusal as refusal:
        return refusal.code is RefusalCode.WEAK_PASSWORD
    return False


@pytest.mark.parametrize("digits", ["", "1", "12345", "1234567", "12345a", "١٢٣٤٥٧", "１２３４５７", " 12345", "-12345", "²³²³²³"])
def test_what_is_not_six_digits(digits: str) -> None:
    assert weak(digits)


@pytest.mark.parametrize(
    "digits",
    ["000000", "999999", "123456", "654321", "890123", "210987", "121212", "123123", "112233", "520131", "147258", "900101", "010190",
     "311299", "991231"],
)  # fmt: skip
def test_what_a_thief_tries_first(digits: str) -> None:
    assert weak(digits)


@pytest.mark.parametrize("digits", ["274961", "836194", "518273", "907465", "739204"])
def test_what_is_taken(digits: str) -> None:
    assert not weak(digits)


def test_the_end_of_the_owners_own_number_is_weak() -> None:
    assert not weak("739204", "13800138047")
    assert weak("748391", "13800748391")


@given(st.text())
def test_any_text_is_taken_or_refused(text: str) -> None:
    assert weak(text) or (len(text) == 6 and text.isascii() and text.isdigit())


@given(st.from_regex(r"\A[0-9]{6}\Z"))
def test_no_birthday_is_taken(digits: str) -> None:
    month, day = int(digits[2:4]), int(digits[4:])
    if 1 <= month <= 12 and 1 <= day <= 31:
        assert weak(digits)


def fresh() -> TryState:
    return TryState(0, None, locked=False)


def told(state: TryState, now: datetime) -> Refusal | None:
    try:
        state.check_open(now)
    except Refusal as refusal:
        return refusal
    return None


def test_three_wrong_ones_bring_a_pause_and_five_a_lock() -> None:
    state = fresh()
    left = [state.wrong(NOW, RULES).facts["left"] for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    assert state.locked
    refusal = told(state, NOW + timedelta(days=1000))
    assert refusal is not None
    assert refusal.code is RefusalCode.PASSWORD_LOCKED
    assert not refusal.facts


@pytest.mark.parametrize(("seconds", "minutes"), [(0, 15), (1, 15), (59, 15), (60, 14), (899, 1), (900, None), (10**6, None)])
def test_a_pause_tells_its_minutes_and_ends(seconds: int, minutes: int | None) -> None:
    state = fresh()
    for _ in range(3):
        state.wrong(NOW, RULES)
    refusal = told(state, NOW + timedelta(seconds=seconds))
    assert (refusal.facts["minutes"] if refusal else None) == minutes


def test_a_right_one_starts_again_from_nothing() -> None:
    state = fresh()
    assert not state.right()
    state.wrong(NOW, RULES)
    assert state.right()
    assert (state.tries, state.locked_until, state.locked) == (0, None, False)


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 4), st.integers(0, 6))
def test_nobody_gets_more_tries_in_a_row_than_the_lock_allows(tries: list[bool], pause_after: int, more: int) -> None:
    rules, state, now, run = TryRules(pause_after, timedelta(minutes=1), pause_after + more), fresh(), NOW, 0
    for good in tries:
        now += timedelta(minutes=2)
        if told(state, now) is not None:
            assert run >= rules.lock_after
            continue
        run = 0 if good else run + 1
        _ = state.right() if good else state.wrong(now, rules)
        assert run <= rules.lock_after
