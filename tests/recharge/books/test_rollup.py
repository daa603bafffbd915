"""The roll-up: every accrual counts once, whoever drains, however often, and no floor is passed."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection

from recharge.books import rollup
from recharge.books.database import Database
from recharge.books.rollup import RolledUp, drain_accruals, drain_usage, roll_up
from recharge.verify import differences
from tests.recharge.verify.right_books import POINT, UPLINE, RightBooks, a_day, commission_of

ACCOUNT, OTHER = commission_of(UPLINE), commission_of(POINT)


@pytest.fixture
def database(clean_database_url: str) -> Iterator[Database]:
    database = Database(clean_database_url)
    yield database
    database.close()


@pytest.fixture
def books(database: Database) -> RightBooks:
    return RightBooks(database)


def accrue(books: RightBooks, *amounts: int, account: int = ACCOUNT, first: int = 1) -> None:
    for number, amount in enumerate(amounts, start=first):
        books.insert("accrual", {"id": number, "account_id": account, "amount_minor": amount})


def sell(books: RightBooks, number: int, day: str, orders: int = 1, face: int = 5000, scope: tuple[str, int] = ("platform", 0)) -> None:
    row = {"id": number, "scope": scope[0], "scope_id": scope[1], "business_date": day}
    books.insert("usage_accrual", {**row, "orders": orders, "face_minor": face})


def balance(books: RightBooks, account: int = ACCOUNT) -> int:
    return int(books.rows("SELECT balance_minor FROM account WHERE id = ?", account)[0][0])


def left(books: RightBooks, table: str = "accrual") -> int:
    return int(books.rows(f"SELECT COUNT(*) FROM {table}")[0][0])


def totals(books: RightBooks) -> dict[tuple[str, int, str], tuple[int, int]]:
    rows = books.rows("SELECT scope, scope_id, period, orders, face_minor FROM usage_total")
    return {(scope, scope_id, period): (orders, face) for scope, scope_id, period, orders, face in rows}


def test_accruals_become_balance_and_are_gone(books: RightBooks) -> None:
    accrue(books, 50, 30)
    accrue(books, 7, account=OTHER, first=3)
    assert roll_up(books.database) == RolledUp(3)
    assert (balance(books), balance(books, OTHER), left(books)) == (80, 7, 0)


def test_the_accounts_version_moves_once_a_batch(books: RightBooks) -> None:
    accrue(books, 50, 30)
    roll_up(books.database)
    assert books.rows("SELECT version FROM account WHERE id = ?", ACCOUNT) == [(1,)]


def test_a_second_roll_up_finds_nothing(books: RightBooks) -> None:
    accrue(books, 50)
    roll_up(books.database)
    assert roll_up(books.database) == RolledUp(0)
    assert balance(books) == 50


def test_more_than_a_batch_is_drained(books: RightBooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollup, "BATCH", 4)
    accrue(books, *range(1, 11))
    assert roll_up(books.database).rows == 10
    assert balance(books) == 55


def test_one_batch_at_a_time(books: RightBooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollup, "BATCH", 4)
    accrue(books, *range(1, 11))
    assert drain_accruals(books.database).rows == 4
    assert (balance(books), left(books)) == (10, 6)


def test_commission_taken_back_lowers_the_balance(books: RightBooks) -> None:
    accrue(books, 50, -20)
    roll_up(books.database)
    assert balance(books) == 30


def test_an_account_is_not_taken_under_its_floor(books: RightBooks) -> None:
    accrue(books, -20)
    accrue(books, 5, account=OTHER, first=2)
    assert roll_up(books.database) == RolledUp(1, frozenset({ACCOUNT}))
    assert (balance(books), balance(books, OTHER), left(books)) == (0, 5, 1)


def test_what_was_held_back_goes_in_with_later_credits(books: RightBooks) -> None:
    accrue(books, -20)
    roll_up(books.database)
    accrue(books, 50, first=2)
    assert roll_up(books.database) == RolledUp(2)
    assert (balance(books), left(books)) == (30, 0)


def test_accounts_held_back_do_not_block_the_others(books: RightBooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollup, "BATCH", 2)
    accrue(books, -1, -1, -1, -1)
    accrue(books, 5, 5, 5, account=OTHER, first=5)
    assert roll_up(books.database) == RolledUp(3, frozenset({ACCOUNT}))
    assert balance(books, OTHER) == 15


def test_a_credit_line_may_be_used(books: RightBooks) -> None:
    books.do("UPDATE account SET floor_minor = -100 WHERE id = ?", ACCOUNT)
    accrue(books, -100)
    roll_up(books.database)
    assert balance(books) == -100


def test_an_accrual_for_no_account_stays_and_is_told(books: RightBooks) -> None:
    accrue(books, 5, account=777)
    assert roll_up(books.database) == RolledUp(0, frozenset({777}))
    assert left(books) == 1


def test_sales_are_counted_by_day_and_month(books: RightBooks) -> None:
    sell(books, 1, "2026-11-21", 2, 10_000)
    sell(books, 2, "2026-11-22", 1, 5000)
    sell(books, 3, "2026-11-21", -1, -5000)
    sell(books, 4, "2026-11-21", 1, 3000, ("tier", 9))
    assert drain_usage(books.database) == 4
    assert totals(books) == {
        ("platform", 0, "2026-11-21"): (1, 5000),
        ("platform", 0, "2026-11-22"): (1, 5000),
        ("platform", 0, "2026-11"): (2, 10_000),
        ("tier", 9, "2026-11-21"): (1, 3000),
        ("tier", 9, "2026-11"): (1, 3000),
    }
    assert left(books, "usage_accrual") == 0


def test_totals_grow(books: RightBooks) -> None:
    for number in (1, 2):
        sell(books, number, "2026-11-21")
        roll_up(books.database)
    assert totals(books)["platform", 0, "2026-11-21"] == (2, 10_000)


def test_a_drain_that_fails_leaves_everything(books: RightBooks, monkeypatch: pytest.MonkeyPatch) -> None:
    accrue(books, 50)

    def fall_over(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(rollup, "_delete", fall_over)
    with pytest.raises(RuntimeError):
        roll_up(books.database)
    assert (balance(books), left(books)) == (0, 1)


def test_rows_another_process_took_make_it_begin_again(books: RightBooks, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a database does not skip locked rows, the deletion tells that somebody else had them."""
    accrue(books, 50)
    delete = rollup._delete
    calls = []

    def once_too_late(database: Database, connection: Connection, table: str, ids: list[int]) -> None:
        calls.append(table)
        delete(database, connection, table, [*ids, 999] if len(calls) == 1 else ids)

    monkeypatch.setattr(rollup, "_delete", once_too_late)
    roll_up(books.database)
    assert len(calls) == 2
    assert balance(books) == 50


def test_many_processes_at_once_count_each_row_once(books: RightBooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollup, "BATCH", 7)
    accrue(books, *([3] * 60))
    for number in range(60):
        sell(books, number, f"2026-11-2{number % 3}")
    barrier = threading.Barrier(4)

    def work(_: int) -> int:
        barrier.wait()
        return roll_up(books.database).rows

    with ThreadPoolExecutor(4) as pool:
        drained = sum(pool.map(work, range(4)))
    # One that found all rows locked went home; what it left is drained by the next.
    drained += roll_up(books.database).rows
    assert drained == 120
    assert balance(books) == 180
    assert totals(books)["platform", 0, "2026-11"] == (60, 300_000)


def test_a_days_books_are_right_before_and_after(books: RightBooks) -> None:
    a_day(books)
    assert differences(books.database) == []
    roll_up(books.database)
    assert differences(books.database) == []
    # 50 earned whole, 25 in part, 50 earned and taken back.
    assert balance(books) == 75
