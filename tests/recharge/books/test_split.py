"""Commissions are frozen as text and come back as they were."""

from hypothesis import given
from hypothesis import strategies as st

from recharge.books.split import split_of, split_text

SPLITS = st.lists(st.tuples(st.integers(1, 2**62), st.integers(1, 10**15)), max_size=8).map(tuple)


def test_as_the_books_keep_it() -> None:
    assert split_text(((7, 10), (8, 9))) == "[[7, 10], [8, 9]]"
    assert split_text(()) == "[]"
    assert split_of("[[7,10]]") == ((7, 10),)


@given(SPLITS)
def test_there_and_back(split: tuple[tuple[int, int], ...]) -> None:
    assert split_of(split_text(split)) == split
