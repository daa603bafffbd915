"""Long messages: cut and put together; parts reordered, missing, repeated, too late, of a flood."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm import alphabet, concat, text, udh

KEY = ("13800138000", "10086", 7, 3)


def joined(pieces: tuple[concat.Piece, ...]) -> str:
    return "".join(text.decode(piece.data, piece.coding) for piece in pieces)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400), st.integers(0, 1000))
def test_the_parts_are_the_text(message: str, reference: int) -> None:
    pieces = concat.split(message, reference)
    assert joined(pieces) == message
    assert all(len(piece.header) + len(piece.data) <= (159 if piece.coding == text.GSM7 else 140) for piece in pieces if piece.header)


@pytest.mark.parametrize(
    ("message", "lengths"),
    [
        ("a" * 160, [160]),
        ("a" * 161, [153, 8]),
        ("a" * 306, [153, 153]),
        ("a" * 307, [153, 153, 1]),
        ("充" * 70, [140]),
        ("充" * 71, [134, 8]),
        ("充" * 134, [134, 134]),
        ("a" * 152 + "€" * 8, [152, 16]),
        ("充" * 66 + "😀" * 3, [132, 12]),
        ("", [0]),
    ],
)
def test_where_texts_are_cut(message: str, lengths: list[int]) -> None:
    assert [len(piece.data) for piece in concat.split(message, 1)] == lengths


def test_each_part_says_which_it_is() -> None:
    pieces = concat.split("充" * 150, 0x1FF)
    assert [udh.part_of(piece.header) for piece in pieces] == [udh.Part(0xFF, 3, number) for number in (1, 2, 3)]
    assert pieces[0].header.hex() == "050003ff0301"


def test_a_text_that_never_ends() -> None:
    assert len(concat.split("a" * 153 * 255, 0)) == 255
    with pytest.raises(concat.TooLong):
        concat.split("a" * 153 * 256, 0)


@given(st.permutations([1, 2, 3]), st.integers(0, 2))
def test_any_order_and_repeats(order: list[int], twice: int) -> None:
    store = concat.Reassembler()
    given_out = []
    for number in [*order[: twice + 1], *order]:
        whole = store.add(KEY, number, b"part%d " % number, 0.0)
        if whole is not None:
            given_out.append(whole)
            store.finish(KEY)
    assert given_out == [b"part1 part2 part3 "]


def test_a_whole_message_that_was_not_taken_is_given_again_with_its_last_part() -> None:
    store = concat.Reassembler()
    store.add(KEY, 1, b"a", 0.0)
    store.add(KEY, 2, b"b", 0.0)
    assert store.add(KEY, 3, b"c", 0.0) == b"abc"
    assert store.add(KEY, 3, b"c", 1.0) == b"abc"
    store.finish(KEY)
    assert store.add(KEY, 3, b"c", 2.0) is None


def test_parts_wait_ten_minutes() -> None:
    store = concat.Reassembler()
    store.add(KEY, 1, b"a", 0.0)
    store.add(KEY, 2, b"b", 599.0)
    assert store.add(KEY, 3, b"c", 600.0) is None
    assert len(store) == 1


def test_a_reference_used_for_another_message() -> None:
    store = concat.Reassembler()
    for number, data in ((1, b"a"), (2, b"b"), (1, b"x"), (2, b"y")):
        assert store.add(KEY, number, data, 0.0) is None
    assert store.add(KEY, 3, b"z", 0.0) == b"xyz"


def test_senders_do_not_mix() -> None:
    store = concat.Reassembler()
    store.add(KEY, 1, b"a", 0.0)
    store.add(("13800138001", *KEY[1:]), 2, b"b", 0.0)
    assert len(store) == 2


def test_one_sender_cannot_fill_the_store() -> None:
    store = concat.Reassembler(most_sets=30, most_of_a_sender=5)
    store.add(("other", "10086", 0, 2), 1, b"", 0.0)
    for reference in range(100):
        store.add(("flood", "10086", reference, 2), 1, b"", 0.0)
    assert len(store) == 6
    assert store.add(("other", "10086", 0, 2), 2, b"!", 0.0) == b"!"


def test_many_senders_push_the_oldest_out() -> None:
    store = concat.Reassembler(most_sets=3)
    for number in range(5):
        store.add((f"sender{number}", "10086", 0, 2), 1, b"", 0.0)
    assert len(store) == 3
    store.finish(("sender0", "10086", 0, 2))


def test_chance_never_breaks_the_books(request: pytest.FixtureRequest) -> None:
    chance = random.Random(request.config.getoption("randomly_seed", default=1))
    store = concat.Reassembler(most_sets=50, most_of_a_sender=4)
    for moment in range(3000):
        count = chance.randint(1, 4)
        key = (f"sender{chance.randrange(20)}", "10086", chance.randrange(3), count)
        whole = store.add(key, chance.randint(1, count), bytes([chance.randrange(2)]), float(moment))
        assert whole is None or len(whole) == count
        if whole is not None and chance.random() < 0.5:
            store.finish(key)
    assert len(store) <= 50


def test_an_escape_is_never_cut() -> None:
    for length in range(140, 160):
        for piece in concat.split("a" * length + "€" * 20, 1):
            assert not piece.data.endswith(bytes([alphabet.ESCAPE]))
