"""Chips' books when a process died or two read the same card: nothing ends twice, nothing is kept twice, nothing proved is lost."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recharge.books.chip_statements import BY_ENGINE, OPEN, SENDING, STOCK_GAP, ChipBook, ChipOrder, ChipText
from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.clock import SystemClock
from recharge.domain.outcomes import OutcomeState

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
ICCID, OTHER = "8962000000000000001", "8962000000000000002"
S = OutcomeState


@pytest.fixture
def database(clean_sqlite_url: str) -> Iterator[Database]:
    made = Database(clean_sqlite_url)
    yield made
    made.close()


@pytest.fixture
def book(database: Database) -> ChipBook:
    return ChipBook(database, IdMaker(3, SystemClock()))


@pytest.fixture
def second(clean_sqlite_url: str) -> Iterator[ChipBook]:
    """The same books in the process that was started after the first one died."""
    made = Database(clean_sqlite_url)
    yield ChipBook(made, IdMaker(4, SystemClock()))
    made.close()


def order(attempt_id: int, **instead: Any) -> ChipOrder:
    made: dict[str, Any] = {"number": "081389092678", "face_minor": 1000, "charge_minor": 960, "state": "", "sent_at": NOW}
    return ChipOrder(attempt_id, **(made | instead))


def standing(book: ChipBook, attempt_id: int) -> ChipOrder:
    found = book.order(attempt_id)
    assert found is not None
    return found


def text(words: str, **instead: Any) -> ChipText:
    made: dict[str, Any] = {"channel": "sms", "sender": "777", "text": words, "held": words, "received_at": NOW}
    return ChipText(**(made | instead))


def test_what_one_process_began_another_recovers_once(book: ChipBook, second: ChipBook) -> None:
    book.begin(ICCID, order(1))
    second.recover(ICCID)
    found = standing(second, 1)
    assert (found.state, found.code, found.is_open, found.ended_at) == ("unknown", "recovered", True, None)
    second.settle(1, S.SUCCESS, NOW, "RULE", "SN1")
    second.recover(ICCID)
    assert standing(book, 1).state == "success"


def test_a_late_word_of_the_first_process_does_not_end_an_order_again(book: ChipBook, second: ChipBook) -> None:
    book.begin(ICCID, order(1))
    assert second.settle(1, S.FAILED, NOW, "RULE")
    assert book.settle(1, S.SUCCESS, NOW, "RULE", "SN1", 900)
    found = standing(book, 1)
    assert (found.state, found.serial_number, found.charge_minor) == ("failed", "", 960)
    # Nobody took the number, so it can still prove the order it belongs to.
    assert book.proves(ICCID, "SN1") is None


def test_the_same_attempt_is_written_down_once(book: ChipBook, second: ChipBook) -> None:
    book.begin(ICCID, order(1))
    with pytest.raises(Exception, match="UNIQUE"):
        second.begin(OTHER, order(1))
    assert [one.attempt_id for one in book.orders(ICCID, NOW)] == [1]
    assert book.orders(OTHER, NOW) == []


@pytest.mark.parametrize("state", [S.UNKNOWN, S.ACCEPTED])
def test_an_open_order_may_change_its_mind_until_it_ends(book: ChipBook, state: OutcomeState) -> None:
    book.begin(ICCID, order(1))
    book.settle(1, state, NOW, "first")
    assert standing(book, 1).state in OPEN
    assert standing(book, 1).ended_at is None
    book.settle(1, S.NOT_SENT, NOW, "second")
    assert (standing(book, 1).is_open, standing(book, 1).ended_at) == (False, NOW)


@pytest.mark.parametrize(
    ("code", "serial_number", "state", "unproved"),
    [
        (STOCK_GAP, "", S.SUCCESS, True),
        (BY_ENGINE, "", S.SUCCESS, True),
        (BY_ENGINE, "", S.FAILED, True),
        ("RULE", "", S.SUCCESS, False),
        (STOCK_GAP, "SN9", S.SUCCESS, False),
        (STOCK_GAP, "", S.UNKNOWN, False),
    ],
)
def test_which_orders_wait_for_the_operators_own_word(
    book: ChipBook, code: str, serial_number: str, state: OutcomeState, unproved: bool
) -> None:
    book.begin(ICCID, order(1, sent_at=NOW - timedelta(days=9)))
    book.settle(1, state, NOW, code, serial_number)
    assert standing(book, 1).is_unproved is unproved
    # They are read however long ago they were sent, as open ones are.
    assert bool(book.orders(ICCID, NOW)) is (unproved or state is S.UNKNOWN)


def test_the_word_that_comes_after_all_proves_one_order(book: ChipBook, second: ChipBook) -> None:
    for number in (1, 2):
        book.begin(ICCID, order(number))
        book.settle(number, S.SUCCESS, NOW, STOCK_GAP)
    assert second.prove(1, "SN1")
    assert not book.prove(2, "SN1")
    assert [standing(book, number).is_unproved for number in (1, 2)] == [False, True]
    assert book.proves(ICCID, "SN1") == 1
    assert book.prove(1, "SN2")
    assert standing(book, 1).serial_number == "SN1"


def test_an_end_is_handed_on_again_when_it_was_told_anew(book: ChipBook, second: ChipBook) -> None:
    book.begin(ICCID, order(1))
    book.settle(1, S.UNKNOWN, NOW, "no_cusd")
    assert book.not_handed_on(ICCID) == []
    book.hand_on(1)
    book.settle(1, S.SUCCESS, NOW, "RULE", "SN1")
    assert [one.attempt_id for one in second.not_handed_on(ICCID)] == [1]
    second.hand_on(1)
    assert book.not_handed_on(ICCID) == []


def test_words_that_are_too_long_are_cut_and_not_refused(book: ChipBook) -> None:
    book.begin(ICCID, order(1))
    assert book.settle(1, S.SUCCESS, NOW, "R" * 50, "S" * 60)
    found = standing(book, 1)
    assert (len(found.code), len(found.serial_number)) == (32, 40)
    assert book.keep_text(ICCID, text("hello", sender="s" * 50)) is not None


def test_what_two_processes_read_from_one_card_is_kept_once(book: ChipBook, second: ChipBook) -> None:
    first = book.keep_text(ICCID, text("sn 1"))
    assert first is not None
    assert second.keep_text(ICCID, text("sn 1", received_at=NOW + timedelta(hours=1))) is None
    # The same words in another message of the card are another message.
    assert second.keep_text(ICCID, text("sn 1", held="another PDU")) is not None
    assert len(book.unread_texts(ICCID, NOW)) == 2


def test_unread_texts_come_in_the_order_in_which_they_were_kept(book: ChipBook) -> None:
    made = [book.keep_text(ICCID, text(words)) for words in ("one", "two", "three")]
    assert made[1] is not None
    book.note_text(made[1], "balance", None)
    assert [row.text for row in book.unread_texts(ICCID, NOW)] == ["one", "three"]
    assert book.unread_texts(ICCID, NOW + timedelta(seconds=1)) == []
    assert book.unread_texts(OTHER, NOW) == []


def test_a_chip_keeps_what_a_change_does_not_name(book: ChipBook, second: ChipBook) -> None:
    book.make_chip(ICCID, "CHIP1", NOW)
    book.change_chip(ICCID, NOW, pin_tried=True, told={0: (5, NOW)})
    second.change_chip(ICCID, NOW, state="held", reason="no network")
    found = book.chip(ICCID)
    assert found is not None
    assert (found.pin_tried, found.told, found.state, found.reason) == (True, {0: (5, NOW)}, "held", "no network")
    book.make_chip(OTHER, "CHIP0", NOW)
    assert [row.link_code for row in second.all_chips()] == ["CHIP0", "CHIP1"]


def test_an_order_that_was_only_begun_is_read_whenever_it_was_sent(book: ChipBook) -> None:
    book.begin(ICCID, order(1, sent_at=NOW - timedelta(days=99)))
    assert [one.state for one in book.orders(ICCID, NOW)] == [SENDING]
