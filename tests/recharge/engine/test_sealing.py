"""Sealing as a process does it: by duty, behind the writers, and a day's close that finds everything."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest

from recharge.books import seals
from recharge.books.database import Database
from recharge.books.duties import hold_duty
from recharge.books.seals import EarlierDayOpen, Overtaken
from recharge.engine import sealing
from recharge.engine.sealing import DUTY, LEASE, WINDOW, Sealer, seal_day
from recharge.verify import verify_chain
from tests.recharge.verify.right_books import POINT, RightBooks, a_day

DAY, NEXT_DAY = date(2026, 11, 21), date(2026, 11, 22)


@pytest.fixture
def database(clean_database_url: str) -> Iterator[Database]:
    database = Database(clean_database_url)
    yield database
    database.close()


@pytest.fixture
def books(database: Database) -> RightBooks:
    return RightBooks(database)


class BooksClock:
    """The builder's time."""

    def __init__(self, books: RightBooks) -> None:
        self._books = books

    def now(self) -> datetime:
        return self._books.now


def sealer(books: RightBooks, holder: str = "a") -> Sealer:
    return Sealer(books.database, BooksClock(books), holder)


def small_batches(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(seals.unsealed, "__defaults__", (seals.BEGINNING, size))


def sealed(books: RightBooks) -> int:
    return int(books.rows("SELECT COUNT(*) FROM seal")[0][0])


def test_all_that_waits_is_sealed_in_batches(books: RightBooks, monkeypatch: pytest.MonkeyPatch) -> None:
    a_day(books)
    small_batches(monkeypatch, 3)
    entries = books.rows("SELECT COUNT(*) FROM entry")[0][0]
    assert sealer(books).turn() == entries == sealed(books)
    assert verify_chain(books.database) is None


def test_a_running_sealer_works_in_batches_too(books: RightBooks, monkeypatch: pytest.MonkeyPatch) -> None:
    one = sealer(books)
    one.turn()
    a_day(books)
    small_batches(monkeypatch, 2)
    assert one.turn() == books.rows("SELECT COUNT(*) FROM entry")[0][0]
    assert verify_chain(books.database) is None


def test_two_days_at_midnight_each_get_their_chain(books: RightBooks) -> None:
    books.deposit(POINT, 100)
    books.now += timedelta(days=1)
    books.deposit(POINT, 100)
    sealer(books).turn()
    assert books.rows("SELECT position, order_id FROM seal ORDER BY business_date") == [(1, 1001), (1, 1002)]


def test_a_running_sealer_follows_over_midnight(books: RightBooks) -> None:
    """02:00 UTC plus 14 hours is past midnight in Shanghai; the builder's business dates are UTC's, so both dates are met."""
    one = sealer(books)
    one.turn()
    for hours in (0, 14, 22, 34):
        books.now += timedelta(hours=hours)
        books.deposit(POINT, 100)
        assert one.turn() == 1, hours
    assert verify_chain(books.database) is None


def test_what_was_sealed_is_left_alone(books: RightBooks) -> None:
    books.deposit(POINT, 100)
    one = sealer(books)
    assert one.turn() == 1
    assert one.turn() == 0
    books.deposit(POINT, 100)
    assert one.turn() == 1


def test_only_the_holder_of_the_duty_seals(books: RightBooks) -> None:
    books.deposit(POINT, 100)
    hold_duty(books.database, DUTY, "other", books.now, LEASE)
    one = sealer(books)
    assert one.turn() == 0
    books.now += LEASE + timedelta(seconds=1)
    assert one.turn() == 1


def test_a_sealer_that_stops_leaves_the_duty(books: RightBooks) -> None:
    books.deposit(POINT, 100)
    first = sealer(books)
    first.turn()
    first.stop()
    books.deposit(POINT, 100)
    assert sealer(books, "b").turn() == 1


def test_the_first_turn_looks_at_everything_and_later_ones_at_the_window(books: RightBooks) -> None:
    books.deposit(POINT, 100)
    books.now += timedelta(hours=3)
    one = sealer(books)
    assert one.turn() == 1
    # An entry from far behind the window turns up: the day's close will find it, or the next sealer's first turn.
    books.now -= timedelta(hours=2)
    books.deposit(POINT, 100)
    books.now += timedelta(hours=2)
    assert timedelta(hours=2) > WINDOW
    assert one.turn() == 0
    assert sealer(books, "a").turn() == 1


def test_an_overtaken_sealer_gives_way_and_looks_at_everything_again(books: RightBooks, monkeypatch: pytest.MonkeyPatch) -> None:
    one = sealer(books)
    one.turn()
    books.deposit(POINT, 100)
    with monkeypatch.context() as patch:

        def overtaken(*_: object) -> int:
            raise Overtaken

        patch.setattr(sealing, "seal_recent", overtaken)
        assert one.turn() == 0
    books.now += timedelta(hours=1)
    assert one.turn() == 1


def test_sealers_that_all_believe_they_have_the_duty_do_no_harm(books: RightBooks, monkeypatch: pytest.MonkeyPatch) -> None:
    a_day(books)
    monkeypatch.setattr(sealing, "hold_duty", lambda *_: True)
    small_batches(monkeypatch, 2)
    barrier = threading.Barrier(3)

    def work(holder: str) -> int:
        one = sealer(books, holder)
        barrier.wait()
        # A sealer stands back when it is overtaken, and is called again.
        return sum(one.turn() for _ in range(20))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, "abc"))
    sealer(books).turn()
    assert sealed(books) == books.rows("SELECT COUNT(*) FROM entry")[0][0]
    assert verify_chain(books.database) is None


def test_closing_a_day_seals_what_is_left_and_gives_its_head(books: RightBooks) -> None:
    a_day(books)
    head = seal_day(books.database, DAY, BooksClock(books))
    assert len(head) == 32
    [(count, stored, closed_at)] = books.rows("SELECT count, head, closed_at FROM seal_day")
    assert (count, bytes(stored)) == (sealed(books), head)
    assert closed_at is not None


def test_closing_a_closed_day_gives_the_same_head(books: RightBooks) -> None:
    books.deposit(POINT, 100)
    head = seal_day(books.database, DAY, BooksClock(books))
    books.now += timedelta(hours=1)
    assert seal_day(books.database, DAY, BooksClock(books)) == head


def test_closing_leaves_the_next_day_open(books: RightBooks) -> None:
    books.deposit(POINT, 100)
    books.now += timedelta(days=1)
    books.deposit(POINT, 100)
    seal_day(books.database, DAY, BooksClock(books))
    assert sealed(books) == 1
    sealer(books).turn()
    assert sealed(books) == 2


def test_days_are_closed_in_their_order(books: RightBooks) -> None:
    books.deposit(POINT, 100)
    books.now += timedelta(days=1)
    books.deposit(POINT, 100)
    with pytest.raises(EarlierDayOpen):
        seal_day(books.database, NEXT_DAY, BooksClock(books))
    seal_day(books.database, DAY, BooksClock(books))
    seal_day(books.database, NEXT_DAY, BooksClock(books))
    assert verify_chain(books.database) is None


def test_a_late_entry_of_a_closed_day_is_not_sealed(books: RightBooks) -> None:
    books.deposit(POINT, 100)
    seal_day(books.database, DAY, BooksClock(books))
    late = books.deposit(POINT, 100)
    assert sealer(books).turn() == 0
    assert f"订单{late}第2步是后来加的" in str(verify_chain(books.database))


@pytest.mark.mariadb
def test_a_writer_is_never_held_up(clean_mariadb_url: str) -> None:
    """An entry that is being written is not waited for: it is sealed once it is there."""
    database = Database(clean_mariadb_url)
    books = RightBooks(database)
    books.deposit(POINT, 100)
    with database.write() as connection:
        text = "INSERT INTO entry (order_id, step, kind, business_date, at) VALUES (5000, 2, 'deposit', ?, ?)"
        database.change(connection, text, (books.day, books.stamp))
        assert sealer(books).turn() == 1
    assert sealer(books).turn() == 1
    database.close()
