"""Chips' own books, on both databases: what was sent, what came, and what is never changed again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recharge.books.chip_statements import AWAY, SENDING, ChipBook, ChipOrder, ChipText
from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.books.tables.suppliers import attempt
from recharge.clock import SystemClock
from recharge.domain.outcomes import OutcomeState

NOW = datetime(2026, 11, 27, 12, 0, 0, 123456, tzinfo=UTC)
ICCID, OTHER = "8962000000000000001", "8962000000000000002"
S = OutcomeState


@pytest.fixture
def database(clean_database_url: str) -> Iterator[Database]:
    made = Database(clean_database_url)
    yield made
    made.close()


@pytest.fixture
def book(database: Database) -> ChipBook:
    return ChipBook(database, IdMaker(3, SystemClock()))


def order(attempt_id: int = 1, **instead: Any) -> ChipOrder:
    made: dict[str, Any] = {"number": "081389092678", "face_minor": 1000, "charge_minor": 960, "state": "", "sent_at": NOW}
    return ChipOrder(attempt_id, **(made | instead))


def text(words: str = "hello", held: str = "", **instead: Any) -> ChipText:
    made: dict[str, Any] = {"channel": "sms", "sender": "777", "text": words, "held": held or words, "received_at": NOW}
    return ChipText(**(made | instead))


def test_the_life_of_a_chip(book: ChipBook) -> None:
    row = book.make_chip(ICCID, "CHIP1", NOW)
    assert (row.state, row.slot, row.told, row.pin_tried) == (AWAY, "", {}, False)
    book.change_chip(ICCID, NOW, state="ready", slot="s1", told={0: (5000, NOW), 1000: (7, NOW)}, told_at=NOW, strength=21)
    row = book.make_chip(ICCID, "CHIP2", NOW)
    assert (row.link_code, row.state, row.slot, row.strength) == ("CHIP2", "ready", "s1", 21)
    assert row.told == {0: (5000, NOW), 1000: (7, NOW)}
    assert book.all_chips() == [row]
    assert book.chip(OTHER) is None


def test_an_order_is_written_down_and_ends_once(book: ChipBook) -> None:
    book.begin(ICCID, order())
    standing = book.order(1)
    assert standing is not None
    assert (standing.state, standing.is_open, standing.sent_at) == (SENDING, True, NOW)
    assert book.settle(1, S.UNKNOWN, NOW, "no_cusd")
    assert book.settle(1, S.SUCCESS, NOW + timedelta(hours=1), "RULE", "SN1", 950)
    assert book.settle(1, S.FAILED, NOW + timedelta(hours=2), "later")
    ended = book.order(1)
    assert ended == order(state="success", charge_minor=950, serial_number="SN1", ended_at=NOW + timedelta(hours=1), code="RULE")
    assert book.order(2) is None


def test_a_serial_number_proves_one_order_of_a_chip(book: ChipBook) -> None:
    for number, iccid in ((1, ICCID), (2, ICCID), (3, OTHER)):
        book.begin(iccid, order(number))
    assert book.settle(1, S.SUCCESS, NOW, "RULE", "SN1")
    assert not book.settle(2, S.SUCCESS, NOW, "RULE", "SN1")
    assert book.settle(3, S.SUCCESS, NOW, "RULE", "SN1")
    assert book.proves(ICCID, "SN1") == 1
    assert book.proves(ICCID, "SN2") is None
    standing = book.order(2)
    assert standing is not None
    assert standing.is_open


def test_orders_since_a_moment_and_all_open_ones(book: ChipBook) -> None:
    for number, hours in ((1, 50), (2, 40), (3, 1)):
        book.begin(ICCID, order(number, sent_at=NOW - timedelta(hours=hours)))
    book.settle(2, S.FAILED, NOW, "x")
    assert [one.attempt_id for one in book.orders(ICCID, NOW - timedelta(hours=24))] == [1, 3]
    assert [one.attempt_id for one in book.orders(OTHER, NOW)] == []


def test_what_was_being_sent_when_a_process_died_is_unknown(book: ChipBook) -> None:
    book.begin(ICCID, order(1))
    book.begin(OTHER, order(2))
    book.recover(ICCID)
    assert [one.state for one in (book.order(1), book.order(2)) if one] == ["unknown", SENDING]


def test_ends_that_were_not_handed_on(book: ChipBook) -> None:
    for number in (1, 2, 3):
        book.begin(ICCID, order(number))
    book.settle(1, S.SUCCESS, NOW, "RULE")
    book.settle(2, S.FAILED, NOW, "RULE")
    book.hand_on(2)
    assert [one.attempt_id for one in book.not_handed_on(ICCID)] == [1]


def test_what_the_engine_ended_by_itself(book: ChipBook, database: Database) -> None:
    row = {"order_id": 5, "action": "submit", "link_id": 1, "number": "0813", "face_minor": 1, "cost_minor": 1, "candidates": "[]",
           "claimed_at": NOW, "supplier_reference": "", "serial_number": "", "queries": 0, "not_found": 0}  # fmt: skip
    states = {1: "unknown", 2: "not_sent", 3: "succeeded", 4: "failed"}
    with database.write() as connection:
        for number, state in states.items():
            connection.execute(attempt.insert().values(id=number, ordinal=number, state=state, **row))
    assert book.ended_elsewhere([1, 2, 3, 4, 9]) == {2: S.NOT_SENT, 3: S.SUCCESS, 4: S.FAILED}


def test_a_message_that_is_read_twice_is_kept_once(book: ChipBook) -> None:
    first = book.keep_text(ICCID, text("hello", "0791"))
    assert first is not None
    assert book.keep_text(ICCID, text("hello", "0791")) is None
    assert book.keep_text(OTHER, text("hello", "0791")) is not None
    assert [row.text for row in book.unread_texts(ICCID, NOW)] == ["hello"]
    book.note_text(first, "success", 1)
    assert book.unread_texts(ICCID, NOW) == []


def test_parts_of_long_messages(book: ChipBook) -> None:
    for reference, number, sender in ((7, 1, "777"), (7, 2, "777"), (8, 1, "777"), (7, 1, "888")):
        book.keep_text(ICCID, text(f"{reference}{number}{sender}", sender=sender, part=(reference, number, 2)))
    assert book.parts(ICCID, "777", 7, 2, NOW) == {1: "71777", 2: "72777"}
    assert book.parts(ICCID, "777", 7, 2, NOW + timedelta(seconds=1)) == {}
