"""One guarded UPDATE for many rows: all of them as they were read, or nothing at all."""

import pytest

from recharge.books.database import Database, RetryTransaction
from recharge.books.set_update import SetUpdate

MOVE = SetUpdate("account", ("balance_minor", "version", "month"), "version")
STATES = SetUpdate("orders", ("state", "due_at"), "state")
ATTEMPTS = SetUpdate("orders", ("state", "attempt_id"), "state", "attempt_id")
PUT = "INSERT INTO account (id, kind, owner_id, balance_minor, floor_minor, version, day_count, day_minor, month, month_count, month_minor)"
COUNTS = [1, 2, 199, 200, 201, 500]


def open_accounts(database: Database, count: int) -> None:
    with database.write() as connection:
        rows = [(n, "deposit", n, 1000, 0, 1, 0, 0, "", 0, 0) for n in range(1, count + 1)]
        database.change_many(connection, f"{PUT} VALUES ({', '.join('?' * 11)})", rows)


def accounts(database: Database) -> list[tuple[int, int, str]]:
    with database.read() as connection:
        rows = database.rows(connection, "SELECT balance_minor, version, month FROM account ORDER BY id")
        return [(row[0], row[1], row[2]) for row in rows]


def moved(count: int) -> list[tuple[int, int, str, int, int]]:
    """Each account with a balance of its own."""
    return [(1000 + n, 2, f"2026-{n % 12 + 1:02}", n, 1) for n in range(1, count + 1)]


@pytest.mark.parametrize("count", COUNTS)
def test_every_row_gets_its_own_values(database: Database, count: int) -> None:
    open_accounts(database, count)
    with database.write() as connection:
        MOVE.run(database, connection, moved(count))
    assert accounts(database) == [row[:3] for row in moved(count)]


def test_no_rows_are_no_statement(database: Database) -> None:
    with database.write() as connection:
        MOVE.run(database, connection, [])


@pytest.mark.parametrize("count", COUNTS)
def test_one_row_that_somebody_changed_fails_them_all(database: Database, count: int) -> None:
    open_accounts(database, count)
    with database.write() as connection:
        database.change(connection, "UPDATE account SET version = 7 WHERE id = ?", [count])
    before = accounts(database)
    with pytest.raises(RetryTransaction), database.write() as connection:
        MOVE.run(database, connection, moved(count))
    assert accounts(database) == before


def test_a_row_that_is_gone_fails_them_all(database: Database) -> None:
    open_accounts(database, 3)
    with pytest.raises(RetryTransaction), database.write() as connection:
        MOVE.run(database, connection, moved(4))


def test_a_row_whose_values_stay_the_same_is_matched_all_the_same(database: Database) -> None:
    open_accounts(database, 3)
    with database.write() as connection:
        MOVE.run(database, connection, [(1000, 1, "", n, 1) for n in (1, 2, 3)])
    assert accounts(database) == [(1000, 1, "")] * 3


def test_the_retry_sees_what_the_other_one_did(database: Database) -> None:
    """A stale sight is overtaken once; the second try reads again and is kept."""
    open_accounts(database, 2)
    seen: list[int] = []

    def work(connection: object) -> None:
        version = 99 if not seen else 1
        seen.append(version)
        MOVE.run(database, connection, [(500, 2, "", n, version) for n in (1, 2)])  # type: ignore[arg-type]

    database.retrying(work)
    assert seen == [99, 1]
    assert accounts(database) == [(500, 2, "")] * 2


def put_orders(database: Database) -> None:
    names = "id, kind, state, party_id, endpoint_id, channel, language, number, province, face_minor, price_minor, split, repeat_mark"
    names += ", business_date, held_at, lease, attempts, serial_number, failure"
    row = ("recharge", "held", 1, 1, "web", "zh_CN", "", "", 1, 1, "[]", 0, "2026-11-20", "2026-11-20 02:00:00.000000", "", 0, "", "")
    with database.write() as connection:
        text = f"INSERT INTO orders ({names}) VALUES ({', '.join('?' * 19)})"
        database.change_many(connection, text, [(n, *row) for n in (1, 2, 3)])


def test_nothing_and_moments_among_the_values(database: Database) -> None:
    """The first row's empty value must not settle what kind of value the column of the joined set has."""
    put_orders(database)
    with database.write() as connection:
        due = "2026-11-20 02:00:05.000001"
        STATES.run(database, connection, [("failed", None, 1, "held"), ("unknown", due, 2, "held"), ("succeeded", None, 3, "held")])
    with database.read() as connection:
        rows = database.rows(connection, "SELECT state, due_at FROM orders ORDER BY id")
    assert [(row[0], row[1] is None) for row in rows] == [("failed", True), ("unknown", False), ("succeeded", True)]
    assert str(rows[1][1]) == due


def attempts(database: Database) -> list[tuple[str, int | None]]:
    with database.read() as connection:
        return [(row[0], row[1]) for row in database.rows(connection, "SELECT state, attempt_id FROM orders ORDER BY id")]


@pytest.mark.parametrize("count", [1, 3])
def test_each_guard_must_hold_and_nothing_is_a_value_like_others(database: Database, count: int) -> None:
    put_orders(database)
    with database.write() as connection:
        ATTEMPTS.run(database, connection, [("sending", 70 + n, n, "held", None) for n in range(1, count + 1)])
    sent = [("sending", 71), ("sending", 72), ("sending", 73)][:count] + [("held", None)] * (3 - count)
    assert attempts(database) == sent
    for expected in (None, 99):
        with pytest.raises(RetryTransaction), database.write() as connection:
            ATTEMPTS.run(database, connection, [("held", 80, n, "sending", expected) for n in range(1, count + 1)])
    with pytest.raises(RetryTransaction), database.write() as connection:
        ATTEMPTS.run(database, connection, [("held", 80, n, "held", 70 + n) for n in range(1, count + 1)])
    assert attempts(database) == sent
