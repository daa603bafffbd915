"""The upkeep process: what is due is done, an absent database is waited for, and it leaves when it is asked to."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from recharge import upkeep as module
from recharge.books.database import Database
from recharge.books.duties import hold_duty
from recharge.engine.sealing import DUTY, LEASE
from recharge.upkeep import KEEP_EVERY, ROLL_UP_EVERY, SEAL_EVERY, Upkeep, holder_name
from recharge.verify import holds, verify_books, verify_chain
from tests.recharge.verify.right_books import POINT, UPLINE, RightBooks, a_day, commission_of
from tests.support.source import ROOT


class BooksClock:
    """The builder's time."""

    def __init__(self, books: RightBooks) -> None:
        self._books = books

    def now(self) -> object:
        return self._books.now


@pytest.fixture
def database(clean_database_url: str) -> Iterator[Database]:
    database = Database(clean_database_url)
    yield database
    database.close()


@pytest.fixture
def books(database: Database) -> RightBooks:
    return RightBooks(database)


@pytest.fixture
def upkeep(books: RightBooks) -> Upkeep:
    return Upkeep(books.database, BooksClock(books), "test")  # type: ignore[arg-type]


def count(books: RightBooks, table: str) -> int:
    return int(books.rows(f"SELECT COUNT(*) FROM {table}")[0][0])


def test_the_first_turn_does_everything(books: RightBooks, upkeep: Upkeep) -> None:
    a_day(books)
    upkeep.turn()
    assert count(books, "accrual") == count(books, "usage_accrual") == 0
    assert count(books, "seal") == count(books, "entry")
    assert books.rows("SELECT holder FROM worker") == [("test",)]
    assert holds(verify_books(books.database, books.now))


def test_nothing_is_done_before_it_is_due(books: RightBooks, upkeep: Upkeep) -> None:
    upkeep.turn()
    books.deposit(POINT, 100)
    now = books.now
    for wait in (timedelta(0), ROLL_UP_EVERY, SEAL_EVERY - timedelta(seconds=2)):
        books.now = now + wait
        upkeep.turn()
        assert count(books, "seal") == 0
    books.now = now + SEAL_EVERY
    upkeep.turn()
    assert count(books, "seal") == 1


def test_the_roll_up_comes_every_second(books: RightBooks, upkeep: Upkeep) -> None:
    upkeep.turn()
    for _ in range(3):
        books.insert("accrual", {"id": 1, "account_id": commission_of(UPLINE), "amount_minor": 5})
        books.now += ROLL_UP_EVERY
        upkeep.turn()
        assert count(books, "accrual") == 0
    assert books.rows("SELECT balance_minor FROM account WHERE id = ?", commission_of(UPLINE)) == [(15,)]


def test_the_heartbeat_moves_on(books: RightBooks, upkeep: Upkeep) -> None:
    upkeep.turn()
    before = books.rows("SELECT number, seen_at FROM worker")
    books.now += KEEP_EVERY
    upkeep.turn()
    after = books.rows("SELECT number, seen_at FROM worker")
    assert after[0][0] == before[0][0]
    assert str(after[0][1]) > str(before[0][1])


def test_a_clock_set_back_does_not_stop_the_work(books: RightBooks, upkeep: Upkeep) -> None:
    upkeep.turn()
    books.now -= timedelta(hours=2)
    books.deposit(POINT, 100)
    upkeep.turn()
    books.now += SEAL_EVERY
    upkeep.turn()
    assert count(books, "usage_accrual") == 0


def test_another_process_with_the_duty_is_left_to_it(books: RightBooks, upkeep: Upkeep) -> None:
    books.deposit(POINT, 100)
    hold_duty(books.database, DUTY, "other", books.now, LEASE)
    upkeep.turn()
    assert count(books, "seal") == 0


def test_an_absent_database_puts_work_off_and_ends_nothing(books: RightBooks, upkeep: Upkeep, monkeypatch: pytest.MonkeyPatch) -> None:
    books.insert("accrual", {"id": 1, "account_id": commission_of(UPLINE), "amount_minor": 5})

    def away(_: Database) -> None:
        raise OperationalError("SELECT 1", (), Exception("gone away"))

    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(module, "roll_up", away)
        upkeep.turn()
    assert logs == [{"event": "put_off", "log_level": "warning", "task": "roll-up", "error": "OperationalError"}]
    books.now += ROLL_UP_EVERY
    upkeep.turn()
    assert count(books, "accrual") == 0


def test_an_account_held_back_is_told_once(books: RightBooks, upkeep: Upkeep) -> None:
    books.insert("accrual", {"id": 1, "account_id": commission_of(UPLINE), "amount_minor": -5})
    with capture_logs() as logs:
        for _ in range(3):
            upkeep.turn()
            books.now += ROLL_UP_EVERY
    assert [log["accounts"] for log in logs] == [[commission_of(UPLINE)]]


def test_run_works_until_it_is_stopped_and_leaves_its_duties(books: RightBooks, upkeep: Upkeep) -> None:
    a_day(books)
    thread = threading.Thread(target=upkeep.run)
    thread.start()
    while count(books, "seal") < count(books, "entry"):
        time.sleep(0.05)
    upkeep.stop()
    thread.join()
    assert verify_chain(books.database) is None
    assert count(books, "duty") == 0


def test_the_holders_name_tells_machine_and_process() -> None:
    assert holder_name().startswith("upkeep ")
    assert holder_name().endswith(f" {os.getpid()}")
    assert len(holder_name()) <= 80


def test_the_program_ends_on_sigterm(clean_sqlite_url: str) -> None:
    database = Database(clean_sqlite_url)
    books = RightBooks(database)
    a_day(books)
    settings = {
        "KONGCHONG_ENVIRONMENT": "development",
        "KONGCHONG_DATABASE_URL": clean_sqlite_url,
        "KONGCHONG_MASTER_KEY": bytes(range(32)).hex(),
    }
    environment = {key: value for key, value in os.environ.items() if not key.startswith("KONGCHONG_")} | settings
    process = subprocess.Popen([sys.executable, "-m", "recharge.upkeep"], env=environment, cwd=ROOT)
    try:
        while count(books, "seal") < count(books, "entry") and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
    assert count(books, "duty") == 0
    assert holds(verify_books(database, books.now))
    database.close()


def test_old_texts_are_deleted_now_and_then(books: RightBooks, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def pruned(_database: Database, before: object) -> int:
        asked.append(before)
        return 3

    monkeypatch.setattr(module, "prune", pruned)
    clock = BooksClock(books)
    keeping = Upkeep(books.database, clock, "test", texts_kept=timedelta(days=180))  # type: ignore[arg-type]
    begun = books.now
    with capture_logs() as logs:
        keeping.turn()
        books.now = begun + module.PRUNE_EVERY - timedelta(seconds=1)
        keeping.turn()
    assert asked == [begun - timedelta(days=180)]
    assert [entry["count"] for entry in logs if entry["event"] == "old_texts_deleted"] == [3]
