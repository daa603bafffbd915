"""Rebuilding: every kept figure derived from postings and orders alone, and compared."""

from datetime import timedelta

import pytest

from recharge.verify import Difference, differences
from tests.recharge.verify.right_books import OTHER_POINT, POINT, UPLINE, RightBooks, commission_of, deposit_of

Orders = dict[str, int]


def test_right_books_have_no_difference(books: RightBooks, orders: Orders) -> None:
    assert differences(books.database) == []


def test_a_balance_is_named_with_what_it_should_be(books: RightBooks, orders: Orders) -> None:
    [(stored,)] = books.rows("SELECT balance_minor FROM account WHERE id = ?", deposit_of(OTHER_POINT))
    books.do("UPDATE account SET balance_minor = 1 WHERE id = ?", deposit_of(OTHER_POINT))
    assert differences(books.database) == [Difference("440 (deposit 44)", "balance", 1, stored)]


def test_a_commission_counts_what_waits(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE account SET balance_minor = 4 WHERE id = ?", commission_of(UPLINE))
    assert differences(books.database) == [Difference("221 (commission 22)", "balance", 4, 0)]


def test_an_account_nobody_ever_used_must_stand_at_nothing(books: RightBooks) -> None:
    books.do("UPDATE account SET balance_minor = 7 WHERE id = ?", deposit_of(OTHER_POINT))
    assert differences(books.database) == [Difference("440 (deposit 44)", "balance", 7, 0)]


def test_derived_accounts_keep_no_balance_and_are_not_compared(books: RightBooks, orders: Orders) -> None:
    assert books.rows("SELECT COUNT(*) FROM account WHERE balance_minor IS NULL") == [(6,)]
    assert differences(books.database) == []


@pytest.mark.parametrize(("column", "derived"), [("day_count", 4), ("day_minor", 20_000), ("month_count", 4), ("month_minor", 20_000)])
def test_each_counter_is_compared(books: RightBooks, orders: Orders, column: str, derived: int) -> None:
    """Six sales of 50.00, of which one failed and one was taken back."""
    books.do(f"UPDATE account SET {column} = 1 WHERE id = ?", deposit_of(POINT))
    assert differences(books.database) == [Difference("330 (deposit 33) 2026-11-21", column, 1, derived)]


def test_yesterdays_sales_are_in_the_month_and_not_in_the_day(books: RightBooks, orders: Orders) -> None:
    books.now += timedelta(days=1)
    books.hold()
    assert books.rows("SELECT day_count, month_count FROM account WHERE id = ?", deposit_of(POINT)) == [(1, 5)]
    assert differences(books.database) == []


def test_last_months_sales_are_in_neither(books: RightBooks, orders: Orders) -> None:
    books.now += timedelta(days=30)
    books.hold()
    assert books.rows("SELECT day_count, month_count FROM account WHERE id = ?", deposit_of(POINT)) == [(1, 1)]
    assert differences(books.database) == []


def test_a_late_failure_is_counted_out_of_its_own_day(books: RightBooks, orders: Orders) -> None:
    books.now += timedelta(days=1)
    books.hold()
    books.fail(orders["held"])
    assert differences(books.database) == []


def test_usage_of_the_platform_is_compared(books: RightBooks, orders: Orders) -> None:
    [(first,)] = books.rows("SELECT MIN(id) FROM usage_accrual WHERE scope = 'platform'")
    books.do("UPDATE usage_accrual SET face_minor = face_minor + 100 WHERE id = ?", first)
    assert differences(books.database) == [
        Difference("platform 2026-11", "face_minor", 20_100, 20_000),
        Difference("platform 2026-11-21", "face_minor", 20_100, 20_000),
    ]


def test_totals_of_a_day_without_sales_are_found(books: RightBooks) -> None:
    row = {"scope": "platform", "scope_id": 0, "period": "2026-11-20", "orders": 1, "face_minor": 5}
    books.insert("usage_total", row)
    found = {(item.owner, item.what, item.stored, item.derived) for item in differences(books.database)}
    assert found == {("platform 2026-11-20", "orders", 1, 0), ("platform 2026-11-20", "face_minor", 5, 0)}
