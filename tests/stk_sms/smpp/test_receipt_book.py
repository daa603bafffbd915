"""Which message a receipt is about: ids spelt otherwise, receipts that come first, parts, and what the next process has to know."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stk_sms.smpp.receipt_book import Awaited, ReceiptBook
from stk_sms.smpp.receipts import Receipt
from stk_sms.transport import DeliveryState

PHONE = "13800138000"


def receipt(message_id: str, state: DeliveryState = DeliveryState.DELIVERED, phone: str = PHONE) -> Receipt:
    return Receipt(message_id, phone, state)


def awaited(message_id: str, reference: str, *parts: str) -> Awaited:
    return Awaited(message_id, reference, PHONE, parts or (message_id,))


def test_a_message_and_its_receipt() -> None:
    book = ReceiptBook()
    assert book.sent("order-1", PHONE, ("0A1B",), 0.0) == []
    assert book.match(receipt("0a1b"), 1.0) == [("order-1", receipt("0a1b"))]
    assert book.match(receipt("0a1b"), 2.0) == []
    assert len(book) == 0


@pytest.mark.parametrize(
    ("answered", "reported"),
    [
        ("1234", "4d2"),
        ("4D2", "1234"),
        ("0000001234", "1234"),
        ("1234", "0000001234"),
        ("00004d2", "1234"),
        ("1234", "000004D2"),
        ("ab-7", "AB-7"),
    ],
)
def test_the_same_id_spelt_otherwise(answered: str, reported: str) -> None:
    book = ReceiptBook()
    book.sent("order-1", PHONE, (answered,), 0.0)
    assert book.match(receipt(reported), 1.0) == [("order-1", receipt(reported))]


def test_another_spelling_needs_the_same_phone() -> None:
    book = ReceiptBook()
    book.sent("order-1", PHONE, ("16",), 0.0)
    assert book.match(receipt("10", phone="8613900139000"), 1.0) == []
    assert book.match(receipt("10", phone="8613800138000"), 1.0) == [("order-1", receipt("10", phone="8613800138000"))]


def test_an_exact_id_goes_before_another_spelling() -> None:
    book = ReceiptBook()
    book.sent("hexadecimal", PHONE, ("16",), 0.0)
    book.sent("exact", PHONE, ("10",), 0.0)
    assert book.match(receipt("10"), 1.0)[0][0] == "exact"


def test_a_receipt_that_comes_before_the_answer() -> None:
    book = ReceiptBook()
    assert book.match(receipt("4d2"), 0.0) == []
    assert book.sent("other", PHONE, ("9",), 1.0) == []
    assert book.sent("order-1", PHONE, ("1234",), 2.0) == [("order-1", receipt("4d2"))]
    assert book.sent("order-2", PHONE, ("1234",), 3.0) == []


def test_early_receipts_are_kept_a_minute() -> None:
    book = ReceiptBook()
    book.match(receipt("1"), 0.0)
    assert book.sent("order-1", PHONE, ("1",), 61.0) == []


def test_two_parts_are_one_report() -> None:
    book = ReceiptBook()
    book.sent("order-1", PHONE, ("1", "2"), 0.0)
    assert book.match(receipt("2"), 1.0) == []
    assert book.match(receipt("1"), 2.0) == [("order-1", receipt("1"))]


def test_one_bad_part_is_the_report() -> None:
    book = ReceiptBook()
    book.sent("order-1", PHONE, ("1", "2", "3"), 0.0)
    bad = receipt("2", DeliveryState.FAILED)
    assert book.match(bad, 1.0) == [("order-1", bad)]
    assert book.match(receipt("1"), 2.0) == []
    assert book.match(receipt("3", DeliveryState.FAILED), 2.0) == []


def test_an_interim_report_ends_nothing() -> None:
    book = ReceiptBook()
    book.sent("order-1", PHONE, ("1",), 0.0)
    waiting = receipt("1", DeliveryState.BUFFERED)
    assert book.match(waiting, 1.0) == [("order-1", waiting)]
    assert book.match(receipt("1"), 2.0) == [("order-1", receipt("1"))]


def test_what_nobody_asks_for_is_forgotten() -> None:
    book = ReceiptBook(most=10)
    for number in range(50):
        book.sent(f"order-{number}", PHONE, (f"x{number}",), 0.0)
        book.match(receipt(f"unknown-{number}"), 0.0)
    assert len(book) == 10
    assert len(book._early) == 10


@given(st.integers(0, 2**64), st.booleans(), st.integers(0, 8))
def test_any_number_is_found_in_both_bases(number: int, hexadecimal: bool, zeros: int) -> None:
    book = ReceiptBook()
    book.sent("order", PHONE, (str(number) if hexadecimal else f"{number:x}",), 0.0)
    assert book.match(receipt("0" * zeros + (f"{number:X}" if hexadecimal else str(number))), 0.0)


def test_a_centre_that_names_no_id_is_not_waited_for() -> None:
    book = ReceiptBook()
    book.sent("order-1", PHONE, ("",), 0.0)
    assert (len(book), book.take_changes()) == (0, {})
    assert book.match(receipt("0"), 1.0) == []


def test_what_is_to_be_written_down_is_told_once() -> None:
    book = ReceiptBook()
    book.sent("order-1", PHONE, ("0A",), 0.0)
    book.sent("order-2", PHONE, ("0B", "0C"), 0.0)
    assert book.take_changes() == {
        "a": awaited("a", "order-1"),
        "b": awaited("b", "order-2", "b", "c"),
        "c": awaited("c", "order-2", "b", "c"),
    }
    assert book.take_changes() == {}
    book.match(receipt("b"), 1.0)
    assert book.take_changes() == {"b": None}


def test_of_a_message_that_was_told_of_nothing_is_left_to_be_written() -> None:
    book = ReceiptBook()
    book.sent("order-1", PHONE, ("1", "2", "3"), 0.0)
    book.match(receipt("2", DeliveryState.FAILED), 1.0)
    assert book.take_changes() == {"1": None, "2": None, "3": None}


def test_an_interim_report_is_still_awaited() -> None:
    book = ReceiptBook()
    book.sent("order-1", PHONE, ("1",), 0.0)
    book.match(receipt("1", DeliveryState.BUFFERED), 1.0)
    assert book.take_changes() == {"1": awaited("1", "order-1")}


def test_what_could_not_be_written_comes_again_unless_it_has_changed() -> None:
    book = ReceiptBook()
    book.sent("order-1", PHONE, ("1",), 0.0)
    book.sent("order-2", PHONE, ("2",), 0.0)
    changes = book.take_changes()
    book.match(receipt("1"), 1.0)
    book.give_back(changes)
    assert book.take_changes() == {"1": None, "2": awaited("2", "order-2")}


def test_what_waits_to_be_written_is_not_without_end() -> None:
    book = ReceiptBook(most=10)
    for number in range(50):
        book.sent(f"order-{number}", PHONE, (f"x{number}",), 0.0)
    assert list(book.take_changes()) == [f"x{number}" for number in range(40, 50)]


def test_unknown_ids_are_asked_for_after_a_moment_and_once() -> None:
    book = ReceiptBook()
    book.match(receipt("10"), 0.0)
    book.match(receipt("ab-7"), 1.5)
    assert book.unknown(1.0) == []
    assert book.unknown(2.5) == ["10", "a", "16"]
    assert book.unknown(3.5) == ["ab-7"]
    assert book.unknown(9.0) == []
    # Nobody could be asked.
    book.look_up_again()
    assert book.unknown(9.0) == ["10", "a", "16", "ab-7"]
    assert book.unknown(99.0) == []


def test_another_process_settles_what_was_written_down() -> None:
    book = ReceiptBook()
    assert book.match(receipt("4d2"), 0.0) == []
    assert book.restore([awaited("1234", "order-1")], 3.0) == [("order-1", receipt("4d2"))]
    assert book.take_changes() == {"1234": None}
    assert len(book) == 0


def test_what_was_written_down_is_not_begun_anew_where_it_is_known() -> None:
    book = ReceiptBook()
    book.sent("order-1", PHONE, ("1", "2"), 0.0)
    book.match(receipt("1"), 1.0)
    assert book.restore([awaited("2", "order-1", "1", "2")], 1.0) == []
    assert book.match(receipt("2"), 2.0) == [("order-1", receipt("2"))]


@dataclass
class Told:
    """What was told of each message, by a process that stays and by processes that are started again."""

    staying: ReceiptBook = field(default_factory=ReceiptBook)
    passing: ReceiptBook = field(default_factory=ReceiptBook)
    table: dict[str, Awaited] = field(default_factory=dict)
    now: float = 0.0
    by_staying: list[tuple[str, Receipt]] = field(default_factory=list)
    by_passing: list[tuple[str, Receipt]] = field(default_factory=list)

    def send(self, reference: str, ids: tuple[str, ...]) -> None:
        self.by_staying += self.staying.sent(reference, PHONE, ids, self.now)
        self.by_passing += self.passing.sent(reference, PHONE, ids, self.now)

    def hear(self, told: Receipt) -> None:
        self.by_staying += self.staying.match(told, self.now)
        self.by_passing += self.passing.match(told, self.now)

    def write_down(self) -> None:
        for key, one in self.passing.take_changes().items():
            if one is None:
                self.table.pop(key, None)
            else:
                self.table[key] = one

    def look_up(self) -> None:
        self.now += 3.0
        found = {key: self.table[key] for key in self.passing.unknown(self.now) if key in self.table}
        whole = {part: self.table[part] for one in found.values() for part in one.parts if part in self.table}
        self.by_passing += self.passing.restore(whole.values(), self.now)

    def start_again(self) -> None:
        self.write_down()
        self.passing = ReceiptBook()


@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=6),
    st.lists(st.sampled_from([DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.BUFFERED]), min_size=18, max_size=18),
    st.lists(st.integers(0, 17), max_size=30),
    st.sets(st.integers(0, 30)),
)
def test_processes_that_are_started_again_tell_what_one_that_stays_would(
    parts: list[int], states: list[DeliveryState], order: list[int], again: set[int]
) -> None:
    """But for the first of several bad parts: it is known to one process as told, and the others never speak of it."""
    told = Told()
    ids = [tuple(f"m{number}-{part}" for part in range(count)) for number, count in enumerate(parts)]
    for number, some in enumerate(ids):
        told.send(f"order-{number}", some)
    every = [one for some in ids for one in some]
    for step, place in enumerate(order):
        if step in again:
            told.start_again()
        told.hear(receipt(every[place % len(every)], states[place]))
        told.write_down()
        told.look_up()
    assert told.by_passing == told.by_staying
