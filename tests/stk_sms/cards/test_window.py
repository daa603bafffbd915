"""The counter window against the plainest thing that says the same: a set of all counters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stk_sms.cards.window import LARGEST_STEP, STEPS_OF_A_CLONE, WIDTH, CounterWindow, Sight

COUNTERS = st.lists(st.one_of(st.integers(1, 200), st.integers(1, 5000)), max_size=80)


def after(*counters: int) -> CounterWindow:
    window = CounterWindow()
    for counter in counters:
        window = window.taken(counter)
    return window


@given(COUNTERS, st.integers(0, 5200))
def test_it_says_what_a_set_of_all_counters_says(counters: list[int], asked: int) -> None:
    window, high, taken = CounterWindow(), 0, set()
    for counter in counters:
        if window.look(counter) is Sight.NEW:
            taken.add(counter)
            window = window.taken(counter)
            high = max(high, counter)
    assert window.high == high
    expected = Sight.NEW
    if asked <= high - WIDTH:
        expected = Sight.TOO_OLD
    elif asked in taken:
        expected = Sight.SEEN
    assert window.look(asked) is expected


@given(COUNTERS)
def test_nothing_is_new_twice(counters: list[int]) -> None:
    window = CounterWindow()
    for counter in counters:
        window = window.taken(counter)
        assert window.look(counter) in {Sight.SEEN, Sight.TOO_OLD}
        assert 0 <= window.seen < 1 << WIDTH
        assert window.seen & 1


@given(st.permutations(range(1, WIDTH + 1)))
def test_the_order_within_the_window_does_not_matter(counters: list[int]) -> None:
    window = CounterWindow()
    for counter in counters:
        assert window.look(counter) is Sight.NEW
        window = window.taken(counter)
    assert window == after(*range(1, WIDTH + 1))


def test_the_edges() -> None:
    window = after(100)
    assert window.look(100) is Sight.SEEN
    assert window.look(100 - WIDTH + 1) is Sight.NEW
    assert window.look(100 - WIDTH) is Sight.TOO_OLD
    assert window.look(100 + LARGEST_STEP) is Sight.NEW
    assert window.look(100 + LARGEST_STEP + 1) is Sight.TOO_FAR
    assert window.taken(100 + WIDTH).look(101) is Sight.NEW
    assert window.taken(100 + WIDTH).look(100) is Sight.TOO_OLD


def test_a_card_that_never_sent() -> None:
    window = CounterWindow()
    assert window.look(1) is Sight.NEW
    assert window.look(0) is Sight.NEW
    assert window.look(LARGEST_STEP + 1) is Sight.TOO_FAR


def test_taking_what_is_too_old_changes_nothing() -> None:
    window = after(1000)
    assert window.taken(1000 - WIDTH) == window


def behind(*counters: int) -> CounterWindow:
    window = after(10_000)
    for counter in counters:
        window = window.fell_behind(counter)
    return window


def test_a_second_card_counts_along() -> None:
    assert not behind(50, 51).second_card
    assert behind(50, 51, 52).second_card
    assert behind(50, 60, 100).second_card
    assert behind(50, 51, 52).behind_steps == STEPS_OF_A_CLONE


def test_one_message_held_up_three_times_over_the_years_is_no_second_card() -> None:
    assert not behind(50, 2000, 5000, 9000).second_card
    assert behind(50, 2000, 5000, 9000).behind_steps == 1


def test_the_same_late_message_again_and_again_is_no_second_card() -> None:
    assert not behind(50, 50, 50, 50, 49, 48, 50).second_card


def test_noting_what_fell_behind_moves_no_window() -> None:
    window = behind(50, 51)
    assert (window.high, window.seen) == (10_000, 1)


@pytest.mark.parametrize("counter", [0, 1, 9_935])
def test_what_fell_behind_stays_too_old(counter: int) -> None:
    assert behind(counter).look(counter) is Sight.TOO_OLD
