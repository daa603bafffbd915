"""The one way to a connection: what is repeated, what is not, and what a lost connection costs."""

import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from recharge.books.database import MOST_TRIES, Database, DatabaseBusy, RetryTransaction
from recharge.books.statements import marks
from recharge.books.writes import POSTING_INSERT
from tests.support.overtaken import OvertakenDatabase

LONG = 30
PUT = "INSERT INTO duty (name, holder, until) VALUES (?, ?, '2026-11-20 00:00:00.000000')"
HOLD = "UPDATE duty SET holder = ? WHERE name = ?"


def put(database: Database, name: str, holder: str = "") -> None:
    with database.write() as connection:
        database.change(connection, PUT, (name, holder))


def names(database: Database) -> list[tuple[str, str]]:
    with database.read() as connection:
        return [(str(row[0]), str(row[1])) for row in database.rows(connection, "SELECT name, holder FROM duty ORDER BY name")]


def failing(times: int, error: Exception) -> tuple[Callable[[Connection], str], list[int]]:
    """Work that fails so many times, after it has written; and the tries it was given."""
    tries: list[int] = []

    def work(connection: Connection) -> str:
        tries.append(1)
        connection.exec_driver_sql("DELETE FROM duty")
        if len(tries) <= times:
            raise error
        return "kept"

    return work, tries


def test_what_is_written_is_kept_and_what_raises_is_not(database: Database) -> None:
    put(database, "a")
    work, _ = failing(1, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        work(connection)
    assert names(database) == [("a", "")]


def test_matched_rows_are_counted_changed_or_not(database: Database) -> None:
    put(database, "a", "same")
    with database.write() as connection:
        assert database.change(connection, HOLD, ("same", "a")) == 1
        assert database.change(connection, HOLD, ("same", "b")) == 0
        assert database.change_many(connection, PUT, [("b", ""), ("c", ""), ("d", "")]) == 3
        assert database.change_many(connection, PUT, []) == 0


def test_values_are_bound_and_never_read_as_sql(database: Database) -> None:
    for text in ("x'; DROP TABLE duty; --", 'a"b', "?", "%s", "%(x)s", "\\", "空充"):
        put(database, text[:24])
    assert len(names(database)) == 7


def test_as_many_marks_as_values() -> None:
    assert marks([1, 2, 3]) == "?,?,?"
    assert marks([]) == ""


@pytest.mark.parametrize("code", [1213, 1205, 1020, 2006, 2013, 1047])
def test_what_a_database_asks_to_repeat_is_repeated(database: Database, code: int) -> None:
    work, tries = failing(2, OperationalError("x", {}, Exception(code, "again")))
    assert database.retrying(work) == "kept"
    assert len(tries) == 3


def test_an_overtaken_transaction_is_run_again_from_the_start(database: Database) -> None:
    put(database, "a")
    work, tries = failing(1, RetryTransaction("overtaken"))
    assert database.retrying(work) == "kept"
    assert len(tries) == 2
    assert names(database) == []


def test_the_tries_are_bounded_and_nothing_is_kept(database: Database) -> None:
    put(database, "a")
    work, tries = failing(99, RetryTransaction("again and again"))
    with pytest.raises(DatabaseBusy) as busy:
        database.retrying(work)
    assert len(tries) == MOST_TRIES
    assert isinstance(busy.value.__cause__, RetryTransaction)
    assert names(database) == [("a", "")]


@pytest.mark.parametrize("error", [OperationalError("x", {}, Exception(1146, "no such table")), OperationalError("x", {}, Exception()),
                                   ValueError("ours")])  # fmt: skip
def test_what_repeating_cannot_mend_is_raised_at_once(database: Database, error: Exception) -> None:
    work, tries = failing(1, error)
    with pytest.raises(type(error)):
        database.retrying(work)
    assert len(tries) == 1


def test_a_key_that_is_taken_for_good_is_an_error_in_the_end(database: Database) -> None:
    put(database, "a")
    with pytest.raises(IntegrityError):
        database.retrying(lambda connection: database.change(connection, PUT, ("a", "")))


def test_a_key_taken_by_another_process_meanwhile_is_seen_at_the_next_try(database: Database) -> None:
    """Both find the key free; the second to write finds it taken, looks again, and does what its work does then."""
    both_looked, turns = threading.Barrier(2), list[str]()

    def work(holder: str) -> Callable[[Connection], str]:
        def run(connection: Connection) -> str:
            found = database.rows(connection, "SELECT holder FROM duty WHERE name = 'a'")
            turns.append(holder)
            if found:
                return str(found[0][0])
            if turns.count(holder) == 1 and not database.is_sqlite:
                both_looked.wait(LONG)
            database.change(connection, PUT, ("a", holder))
            return holder

        return run

    answers: list[str] = []
    threads = [threading.Thread(target=lambda who=who: answers.append(database.retrying(work(who)))) for who in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert len(answers) == 2
    assert answers[0] == answers[1]


def test_a_file_that_somebody_else_writes_to_is_waited_for(clean_sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    impatient = {"connect_args": {"timeout": 0}}
    monkeypatch.setattr("recharge.books.database.create_engine", lambda url, **how: create_engine(url, **how | impatient))
    first, second = Database(clean_sqlite_url), Database(clean_sqlite_url)
    waits: list[float] = []
    with first.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM duty")
        monkeypatch.setattr(time, "sleep", waits.append)
        with pytest.raises(DatabaseBusy):
            second.retrying(lambda other: second.change(other, PUT, ("a", "")))
    assert len(waits) == MOST_TRIES
    second.retrying(lambda other: second.change(other, PUT, ("a", "")))
    assert names(first) == [("a", "")]
    first.close()
    second.close()


def test_sqlite_writes_as_durably_as_it_can(clean_sqlite_url: str) -> None:
    database = Database(clean_sqlite_url)
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    database.close()
    with closing(sqlite3.connect(clean_sqlite_url.removeprefix("sqlite:///"))) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.mariadb
def test_two_transactions_in_a_real_deadlock_are_both_kept(clean_mariadb_url: str) -> None:
    """Each locks what the other wants next: the server ends one of them with error 1213, and it is run again."""
    database, meeting, turns = Database(clean_mariadb_url), threading.Barrier(2), list[str]()
    put(database, "a", "0")
    put(database, "b", "0")

    def locks(holder: str, first: str, then: str) -> Callable[[Connection], None]:
        def work(connection: Connection) -> None:
            turns.append(holder)
            database.change(connection, HOLD, (holder, first))
            if turns.count(holder) == 1:
                meeting.wait(LONG)
            database.change(connection, HOLD, (holder, then))

        return work

    threads = [threading.Thread(target=database.retrying, args=(locks(*how),)) for how in (("1", "a", "b"), ("2", "b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert len(turns) == 3
    assert names(database) in ([("a", "1"), ("b", "1")], [("a", "2"), ("b", "2")])
    database.close()


@pytest.mark.mariadb
def test_a_connection_killed_in_the_middle_is_replaced_and_the_work_is_done_once(clean_mariadb_url: str) -> None:
    database, tries = Database(clean_mariadb_url), list[int]()

    def work(connection: Connection) -> None:
        tries.append(1)
        database.change(connection, PUT, ("a", str(len(tries))))
        if len(tries) == 1:
            kill(database, connection)
        database.change(connection, PUT, ("b", str(len(tries))))

    database.retrying(work)
    assert names(database) == [("a", "2"), ("b", "2")]
    database.close()


def kill(database: Database, victim: Connection) -> None:
    """End somebody's connection, as an administrator or a network would."""
    number = victim.exec_driver_sql("SELECT CONNECTION_ID()").scalar()
    with database.read() as connection:
        connection.exec_driver_sql(f"KILL CONNECTION {number}")


@pytest.mark.mariadb
def test_connections_that_died_while_nobody_used_them_cost_a_try_only(clean_mariadb_url: str) -> None:
    database = Database(clean_mariadb_url, pool_size=2)
    with database.read() as first, database.read() as second:
        idle = [connection.exec_driver_sql("SELECT CONNECTION_ID()").scalar() for connection in (first, second)]
    others = Database(clean_mariadb_url)
    with others.read() as connection:
        for number in idle:
            connection.exec_driver_sql(f"KILL CONNECTION {number}")
    others.close()
    database.retrying(lambda connection: database.change(connection, PUT, ("a", "")))
    assert names(database) == [("a", "")]
    database.close()


@pytest.mark.mariadb
def test_mariadb_reads_what_is_committed_and_speaks_utc(clean_mariadb_url: str) -> None:
    database = Database(clean_mariadb_url)
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT @@session.time_zone").scalar() == "+00:00"
        assert connection.exec_driver_sql("SELECT @@tx_isolation").scalar() == "READ-COMMITTED"
    database.close()


@pytest.mark.mariadb
def test_a_server_that_is_not_there_is_an_error_at_once() -> None:
    database = Database("mysql+mysqldb://root@localhost/none?unix_socket=/nowhere.sock")
    work, tries = failing(0, ValueError())
    with pytest.raises(DBAPIError):
        database.retrying(work)
    assert tries == []
    database.close()


def test_numbers_are_inserted_by_the_thousand(database: Database) -> None:
    rows = [(n, 1, 7, n - 6000) for n in range(12000)]
    with database.write() as connection:
        database.change_many(connection, POSTING_INSERT, rows)
        database.change_many(connection, POSTING_INSERT, [])
    with database.read() as connection:
        kept = database.rows(connection, "SELECT COUNT(*), SUM(amount_minor), MIN(amount_minor) FROM posting")[0]
    assert tuple(map(int, kept)) == (12000, sum(row[3] for row in rows), -6000)


def test_an_error_does_not_repeat_what_the_statement_carried(clean_database_url: str) -> None:
    database = Database(clean_database_url)
    with pytest.raises(DBAPIError) as caught, database.read() as connection:
        database.rows(connection, "SELECT no_such_column FROM orders WHERE number = ?", ["a secret"])
    assert "a secret" not in str(caught.value)
    database.close()


class Halves:
    """Work in two halves, whose second one fails so many times; what was done, in order."""

    def __init__(self, database: Database, *errors: Exception) -> None:
        self.database, self.errors, self.done = database, list(errors), list[str]()
        self.decided = threading.Event()

    def decide(self, connection: Connection) -> Callable[[Connection], str]:
        self.done.append("decided")
        found = self.database.rows(connection, "SELECT COUNT(*) FROM duty")[0][0]
        self.decided.set()

        def put_down(connection: Connection) -> str:
            self.database.change(connection, PUT, (f"n{found}", ""))
            self.done.append("put down")
            if self.errors:
                raise self.errors.pop(0)
            return f"n{found}"

        return put_down


def test_two_halves_are_one_transaction_that_is_kept(database: Database) -> None:
    halves = Halves(database)
    assert database.in_two_halves(halves.decide) == "n0"
    assert database.once_in_two_halves(halves.decide) == "n1"
    assert halves.done == ["decided", "put down"] * 2
    assert names(database) == [("n0", ""), ("n1", "")]


@pytest.mark.parametrize("error", [RetryTransaction("overtaken"), OperationalError("", {}, sqlite3.OperationalError("database is locked"))])
def test_what_was_overtaken_is_decided_again(database: Database, error: Exception) -> None:
    halves = Halves(database, error)
    assert database.in_two_halves(halves.decide) == "n0"
    assert halves.done == ["decided", "put down"] * 2
    assert names(database) == [("n0", "")]


def test_a_key_that_another_took_meanwhile_is_seen_the_second_time(clean_sqlite_url: str) -> None:
    database, other = OvertakenDatabase(clean_sqlite_url), Database(clean_sqlite_url)
    database.meanwhile = lambda: put(other, "n0", "theirs")
    assert database.in_two_halves(Halves(database).decide) == "n1"
    assert names(other) == [("n0", "theirs"), ("n1", "")]
    database.close()
    other.close()


def test_a_single_try_tells_that_it_was_overtaken(database: Database) -> None:
    with pytest.raises(RetryTransaction):
        database.once_in_two_halves(Halves(database, RetryTransaction("overtaken")).decide)
    assert names(database) == []


def test_deciding_does_not_wait_for_sqlites_writer(clean_sqlite_url: str) -> None:
    database, other = Database(clean_sqlite_url), Database(clean_sqlite_url)
    halves = Halves(database)
    with ThreadPoolExecutor(1) as elsewhere:
        with other.write() as connection:
            answer = elsewhere.submit(database.in_two_halves, halves.decide)
            assert halves.decided.wait(LONG)
            database.change(connection, PUT, ("n7", ""))
        assert answer.result(LONG) == "n0"
    assert names(database) == [("n0", ""), ("n7", "")]
    database.close()
    other.close()
