"""The checker over whole books: right ones hold, and all sixteen invariants are answered for."""

from datetime import timedelta

import pytest

from recharge.books.database import Database
from recharge.books.rollup import roll_up
from recharge.verify import differences, holds, report, verify_books
from recharge.verify.findings import TEXTS
from recharge.verify.reader import Books
from tests.recharge.verify.right_books import HOLD, POINT, UPLINE, RightBooks


def test_right_books_hold(books: RightBooks, orders: dict[str, int]) -> None:
    findings = verify_books(books.database, books.now)
    assert holds(findings), report([finding for finding in findings if not finding.holds])
    assert [finding.invariant for finding in findings] == list(TEXTS) == [f"I{number}" for number in range(1, 17)]


def test_empty_books_hold(database: Database) -> None:
    assert holds(verify_books(database, RightBooks(database).now))


def test_right_books_hold_after_the_roll_up_and_a_commission_move(books: RightBooks, orders: dict[str, int]) -> None:
    roll_up(books.database)
    books.move_commission(UPLINE, 70)
    assert holds(verify_books(books.database, books.now))
    assert differences(books.database) == []


def test_right_books_hold_over_a_change_of_day_and_month(books: RightBooks, orders: dict[str, int]) -> None:
    books.now += timedelta(days=1)
    books.fail(books.hold())
    books.now += timedelta(days=30)
    books.hold()
    books.do("UPDATE orders SET due_at = ? WHERE state IN ('held', 'unknown')", books.stamp)
    findings = verify_books(books.database, books.now)
    assert holds(findings), report(findings)


def test_an_order_in_a_later_chunk_is_checked_too(books: RightBooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Books.chunks, "__defaults__", (2,))
    books.deposit(POINT, 100_000)
    last = [books.hold() for _ in range(5)][-1]
    books.do("UPDATE posting SET amount_minor = amount_minor + 1 WHERE order_id = ? AND account_id = ?", last, HOLD)
    found = {finding.invariant: finding for finding in verify_books(books.database, books.now)}
    assert [detail.facts["order"] for detail in found["I6"].detail] == [last]


def test_i7_is_not_looked_at_without_a_ledger(books: RightBooks) -> None:
    seventh = next(finding for finding in verify_books(books.database, books.now) if finding.invariant == "I7")
    assert not seventh.looked
    assert "未查" in report([seventh])
