"""Group commit: what waits goes together, one that fails stands alone, and what is handed in is answered or refused."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recharge.engine.committer import MOST_BATCHES_WAITING, GroupCommitter, Overloaded, Stopped

WAIT = 20
Work = Callable[[Sequence[int]], Sequence[int]]


class Poisoned(Exception):
    """An item that no batch can be carried out with."""


class Press:
    """Work that can be held shut; it keeps every batch it was given, and doubles its items."""

    def __init__(self, poison: frozenset[int] = frozenset()) -> None:
        self.batches: list[list[int]] = []
        self.open, self.entered = threading.Event(), threading.Event()
        self.open.set()
        self._poison = poison

    def __call__(self, items: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(items))
        self.entered.set()
        assert self.open.wait(WAIT)
        if self._poison & set(items):
            raise Poisoned(sorted(self._poison & set(items)))
        return [item * 2 for item in items]


@contextmanager
def committer(work: Work, most: int = 10) -> Iterator[GroupCommitter[int, int]]:
    """A committer that is closed at the end, whatever happens."""
    made: GroupCommitter[int, int] = GroupCommitter(work, most, "tried")
    try:
        yield made
    finally:
        made.close()


@contextmanager
def held_shut(press: Press, most: int = 10) -> Iterator[GroupCommitter[int, int]]:
    """A committer whose first batch (the item 0) is under way and does not end until `press.open` is set."""
    press.open.clear()
    with committer(press, most) as made:
        try:
            made.hand_in([0])
            assert press.entered.wait(WAIT)
            yield made
        finally:
            press.open.set()


def results(futures: Sequence["Future[Sequence[int]]"]) -> list[list[int]]:
    return [list(future.result(WAIT)) for future in futures]


def test_an_idle_committer_works_at_once() -> None:
    press = Press()
    with committer(press) as made:
        assert results([made.hand_in([1])]) == [[2]]
        assert results([made.hand_in([2, 3])]) == [[4, 6]]
    assert press.batches == [[1], [2, 3]]


def test_what_comes_while_a_batch_runs_goes_together_in_its_order() -> None:
    press = Press()
    with held_shut(press) as made:
        futures = [made.hand_in([n]) for n in range(1, 6)]
        press.open.set()
        assert results(futures) == [[2], [4], [6], [8], [10]]
    assert press.batches == [[0], [1, 2, 3, 4, 5]]


def test_a_batch_is_no_larger_than_the_most() -> None:
    press = Press()
    with held_shut(press, most=3) as made:
        futures = [made.hand_in([n]) for n in range(1, 8)]
        press.open.set()
        results(futures)
    assert press.batches == [[0], [1, 2, 3], [4, 5, 6], [7]]


def test_a_group_is_never_torn_apart() -> None:
    press = Press()
    with held_shut(press, most=3) as made:
        futures = [made.hand_in([1, 2]), made.hand_in([3, 4]), made.hand_in([5, 6, 7, 8, 9])]
        press.open.set()
        assert results(futures) == [[2, 4], [6, 8], [10, 12, 14, 16, 18]]
    assert press.batches == [[0], [1, 2], [3, 4], [5, 6, 7, 8, 9]]


def test_one_poisoned_item_fails_alone() -> None:
    press = Press(frozenset({4}))
    with held_shut(press) as made:
        futures = [made.hand_in([n]) for n in range(1, 9)]
        press.open.set()
        answers = [future.exception(WAIT) for future in futures]
        assert [answer is not None for answer in answers] == [n == 4 for n in range(1, 9)]
        assert results(futures[:3] + futures[4:]) == [[2], [4], [6], [10], [12], [14], [16]]
    assert isinstance(answers[3], Poisoned)


def test_the_neighbours_in_a_poisoned_group_share_its_fate_and_no_others() -> None:
    press = Press(frozenset({2}))
    with held_shut(press) as made:
        futures = [made.hand_in([1, 2]), made.hand_in([3, 4])]
        press.open.set()
        assert isinstance(futures[0].exception(WAIT), Poisoned)
        assert results(futures[1:]) == [[6, 8]]


def test_the_thread_outlives_a_failure() -> None:
    press = Press(frozenset({1}))
    with committer(press) as made:
        assert isinstance(made.hand_in([1]).exception(WAIT), Poisoned)
        assert results([made.hand_in([2])]) == [[4]]


@settings(max_examples=30)
@given(st.sets(st.integers(1, 40)), st.integers(1, 40), st.integers(1, 15))
def test_whoever_is_poisoned_everybody_else_is_served(poison: set[int], count: int, most: int) -> None:
    press = Press(frozenset(poison))
    with held_shut(press, most) as made:
        futures = {n: made.hand_in([n]) for n in range(1, min(count, most * MOST_BATCHES_WAITING - 1) + 1)}
        press.open.set()
        for number, future in futures.items():
            if number in poison:
                assert isinstance(future.exception(WAIT), Poisoned)
            else:
                assert list(future.result(WAIT)) == [number * 2]


def test_too_much_waiting_is_refused_at_once_and_taken_again_later() -> None:
    press = Press()
    with held_shut(press, most=2) as made:
        futures = [made.hand_in([n]) for n in range(2 * MOST_BATCHES_WAITING)]
        with pytest.raises(Overloaded):
            made.hand_in([99])
        press.open.set()
        results(futures)
        assert results([made.hand_in([99])]) == [[198]]


def test_closing_carries_out_what_waits_and_takes_nothing_more() -> None:
    press = Press()
    with held_shut(press) as made:
        futures = [made.hand_in([n]) for n in (1, 2, 3)]
        closing = threading.Thread(target=made.close)
        closing.start()
        press.open.set()
        assert results(futures) == [[2], [4], [6]]
        closing.join(WAIT)
        assert not closing.is_alive()
        with pytest.raises(Stopped):
            made.hand_in([4])


def test_many_threads_are_each_given_their_own_answer() -> None:
    press, answers = Press(), dict[int, int]()

    def ask(number: int) -> None:
        for turn in range(20):
            item = number * 100 + turn
            answers[item] = made.hand_in([item]).result(WAIT)[0]

    with committer(press) as made:
        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT)
    assert answers == {item: item * 2 for item in answers}
    assert len(answers) == 160
    assert sorted(item for batch in press.batches for item in batch) == sorted(answers)


def test_a_lone_group_is_carried_out_by_whoever_brings_it() -> None:
    threads: list[str] = []

    def work(items: Sequence[int]) -> Sequence[int]:
        threads.append(threading.current_thread().name)
        return [item * 2 for item in items]

    with committer(work) as made:
        assert made.carry_out([1, 2]) == [2, 4]
        assert results([made.hand_in([3])]) == [[6]]
        assert made.carry_out([4]) == [8]
    here = threading.current_thread().name
    assert threads == [here, "tried", here]


def test_while_one_is_carried_out_others_gather_and_go_together() -> None:
    press, answers = Press(), dict[int, int]()
    press.open.clear()

    def ask(item: int) -> None:
        answers[item] = made.carry_out([item])[0]

    with committer(press) as made:
        threads = [threading.Thread(target=ask, args=(0,))]
        threads[0].start()
        assert press.entered.wait(WAIT)
        waiting = [made.hand_in([n]) for n in (1, 2)]
        threads.append(threading.Thread(target=ask, args=(3,)))
        threads[1].start()
        assert press.batches == [[0]]
        press.open.set()
        for thread in threads:
            thread.join(WAIT)
        assert results(waiting) == [[2], [4]]
    assert answers == {0: 0, 3: 6}
    assert sorted(item for batch in press.batches for item in batch) == [0, 1, 2, 3]


def test_a_lone_group_that_fails_is_its_callers_error_and_nobody_elses() -> None:
    press = Press(frozenset({1}))
    with committer(press) as made:
        with pytest.raises(Poisoned):
            made.carry_out([1])
        assert made.carry_out([2]) == [4]
        assert results([made.hand_in([3])]) == [[6]]
    with pytest.raises(Stopped):
        made.carry_out([4])


def test_closing_waits_for_the_one_that_is_carried_out() -> None:
    press, answers = Press(), list[int]()
    press.open.clear()
    with committer(press) as made:
        asking = threading.Thread(target=lambda: answers.extend(made.carry_out([1])))
        asking.start()
        assert press.entered.wait(WAIT)
        closing = threading.Thread(target=made.close)
        closing.start()
        press.open.set()
        closing.join(WAIT)
        asking.join(WAIT)
    assert answers == [2]


def test_threads_that_ask_alone_and_together_are_each_given_their_own_answer() -> None:
    press, answers = Press(), dict[int, int]()

    def ask(number: int) -> None:
        for turn in range(20):
            item = number * 100 + turn
            answers[item] = made.carry_out([item])[0] if turn % 2 else made.hand_in([item]).result(WAIT)[0]

    with committer(press) as made:
        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT)
    assert len(answers) == 160
    assert answers == {item: item * 2 for item in answers}
