"""The chain as the checker reads it: what is changed behind the program's back in a sealed day is found and named."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from recharge.books.database import Database
from recharge.engine.sealing import Sealer, seal_day
from recharge.verify import Finding, verify_chain
from recharge.verify.sealed import Fields, chained, day_beginning, day_closing
from tests.recharge.verify.right_books import BANK, HOLD, NUMBER, OTHER_POINT, POINT, REVENUE, RightBooks, deposit_of

Orders = dict[str, int]
Broken = Callable[[], dict[str, Finding]]
Break = Callable[[RightBooks, Orders], object]
DAY = "2026-11-21"


class BooksClock:
    """The builder's time."""

    def __init__(self, books: RightBooks) -> None:
        self._books = books

    def now(self) -> datetime:
        return self._books.now


def seal(books: RightBooks) -> int:
    return Sealer(books.database, BooksClock(books), "test").turn()


def close(books: RightBooks, day: str = DAY) -> bytes:
    return seal_day(books.database, date.fromisoformat(day), BooksClock(books))


def told(database: Database) -> str:
    return str(verify_chain(database))


def position_of(books: RightBooks, order: int, step: int) -> int:
    return int(books.rows("SELECT position FROM seal WHERE order_id = ? AND step = ?", order, step)[0][0])


def test_a_sealed_day_holds(books: RightBooks, orders: Orders, broken: Broken) -> None:
    assert seal(books) == books.rows("SELECT COUNT(*) FROM entry")[0][0]
    assert verify_chain(books.database) is None
    assert broken() == {}


def test_a_closed_day_holds_and_the_next_one_goes_on(books: RightBooks, orders: Orders, broken: Broken) -> None:
    close(books)
    books.now += timedelta(days=1)
    books.deposit(POINT, 700)
    books.do("UPDATE orders SET due_at = ? WHERE due_at IS NOT NULL", books.stamp)
    seal(books)
    close(books, "2026-11-22")
    assert verify_chain(books.database) is None
    assert broken() == {}


def test_orders_may_go_on_after_their_hold_was_sealed(books: RightBooks, orders: Orders) -> None:
    seal(books)
    books.release(orders["held"])
    books.do("UPDATE orders SET serial_number = 'SN1', failure = 'no_link', lease = 'x' WHERE id = ?", orders["held"])
    seal(books)
    assert verify_chain(books.database) is None


def changed_amount(books: RightBooks, orders: Orders) -> None:
    books.do(
        "UPDATE posting SET amount_minor = amount_minor - 1 WHERE order_id = ? AND account_id = ?", orders["transfer"], deposit_of(POINT)
    )


def changed_pair(books: RightBooks, orders: Orders) -> None:
    changed_amount(books, orders)
    text = "UPDATE posting SET amount_minor = amount_minor + 1 WHERE order_id = ? AND account_id = ?"
    books.do(text, orders["transfer"], deposit_of(OTHER_POINT))


def added_leg(books: RightBooks, orders: Orders) -> None:
    books.insert("posting", {"order_id": orders["transfer"], "step": 2, "account_id": BANK, "amount_minor": 9})


def redirected_number(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE orders SET number = '13900139000' WHERE id = ?", orders["succeeded"])


def raised_price(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE orders SET price_minor = 9900 WHERE id = ?", orders["held"])


def moved_to_another_party(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE orders SET party_id = ? WHERE id = ?", OTHER_POINT, orders["held"])


def changed_split(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE orders SET split = '[[221, 60]]' WHERE id = ?", orders["held"])


def deleted_entry(books: RightBooks, orders: Orders) -> None:
    books.do("DELETE FROM entry WHERE order_id = ?", orders["adjusted"])


def deleted_seal(books: RightBooks, orders: Orders) -> None:
    books.do("DELETE FROM seal WHERE order_id = ?", orders["adjusted"])


def deleted_last_seal(books: RightBooks, orders: Orders) -> None:
    last = books.rows("SELECT MAX(position) FROM seal")[0][0]
    books.do("DELETE FROM seal WHERE position = ?", last)


def changed_seal(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE seal SET hash = ? WHERE order_id = ?", b"0" * 32, orders["adjusted"])


def changed_head(books: RightBooks, orders: Orders) -> None:
    books.do("UPDATE seal_day SET head = ?", b"0" * 32)


def forgotten_day(books: RightBooks, orders: Orders) -> None:
    books.do("DELETE FROM seal_day")


CHANGES: list[tuple[Break, str]] = [
    (changed_amount, "第2行：订单1002第2步被改，posting 330现为-10001，封印时为-10000"),
    (changed_pair, "第2行：订单1002第2步与封印时不同"),
    (added_leg, "posting 3现为9，封印时为None"),
    (redirected_number, f"number现为13900139000，封印时为{NUMBER}"),
    (raised_price, "price现为9900，封印时为4900"),
    (moved_to_another_party, f"party现为{OTHER_POINT}，封印时为{POINT}"),
    (changed_split, "第1步与封印时不同"),
    (deleted_entry, "订单1004第2步的凭证不见了"),
    (deleted_seal, "第5行起缺1行封印"),
    (deleted_last_seal, "行封印，实有"),
    (changed_seal, "封印本身被改（订单1004第2步）"),
    (changed_head, "链头与末行不符"),
    (forgotten_day, "没有当日记录"),
]


@pytest.mark.parametrize(("change", "says"), CHANGES, ids=[change.__name__ for change, _ in CHANGES])
def test_a_change_in_an_open_day_is_named(books: RightBooks, orders: Orders, broken: Broken, change: Break, says: str) -> None:
    seal(books)
    change(books, orders)
    assert DAY in told(books.database)
    assert says in told(books.database)
    found = broken()
    assert found["I12"].count == 2 if change is redirected_number else found["I12"].count >= 1
    assert "I16" not in found


@pytest.mark.parametrize("change", [change for change, _ in CHANGES if change is not forgotten_day], ids=lambda change: change.__name__)
def test_a_change_in_a_closed_day_breaks_its_seal(books: RightBooks, orders: Orders, broken: Broken, change: Break) -> None:
    close(books)
    change(books, orders)
    found = broken()
    assert "I16" in found, found
    assert DAY in str(found["I16"].detail[0])


def test_only_the_changed_row_is_named_not_all_after_it(books: RightBooks, orders: Orders, broken: Broken) -> None:
    seal(books)
    changed_amount(books, orders)
    assert broken()["I12"].count == 1


def test_two_changes_are_two_names(books: RightBooks, orders: Orders, broken: Broken) -> None:
    seal(books)
    changed_amount(books, orders)
    books.do(
        "UPDATE posting SET amount_minor = amount_minor - 5 WHERE order_id = ? AND account_id = ?", orders["taken_back"], deposit_of(POINT)
    )
    orders_named = [detail.facts["order"] for detail in broken()["I12"].detail]
    assert orders_named == [orders["transfer"], orders["taken_back"], orders["taken_back"]]


def test_an_entry_added_to_a_closed_day_is_a_finding(books: RightBooks, orders: Orders, broken: Broken) -> None:
    close(books)
    late = books.deposit(POINT, 100)
    seal(books)
    found = broken()
    assert set(found) == {"I16"}
    assert str(found["I16"].detail[0]) == f"{DAY}已日结，订单{late}第2步是后来加的"


def test_a_day_resealed_by_a_forger_breaks_the_link_to_the_next(books: RightBooks, orders: Orders, broken: Broken) -> None:
    close(books)
    books.now += timedelta(days=1)
    books.deposit(POINT, 700)
    close(books, "2026-11-22")
    changed_pair(books, orders)
    books.do("DELETE FROM seal WHERE business_date = ?", DAY)
    books.do("DELETE FROM seal_day WHERE business_date = ?", DAY)
    first = RightBooks.rows(books, "SELECT head FROM seal_day")[0][0]
    books.do("UPDATE seal_day SET closed_at = NULL")
    close(books)
    books.do("UPDATE seal_day SET closed_at = ?, head = ? WHERE business_date = '2026-11-22'", books.stamp, bytes(first))
    assert str(broken()["I16"].detail[0]) == "2026-11-22已日结，链头不符"


def test_settled_amounts_are_sealed_with_the_end(books: RightBooks, orders: Orders) -> None:
    seal(books)
    books.do("UPDATE orders SET cost_minor = cost_minor - 100 WHERE id = ?", orders["succeeded"])
    row = position_of(books, orders["succeeded"], 2)
    assert f"第{row}行：订单{orders['succeeded']}第2步" in told(books.database)


def test_balanced_embezzlement_is_located(books: RightBooks, orders: Orders) -> None:
    """Revenue moved to the point's deposit, with a balance to match: every sum still fits, the chain does not."""
    seal(books)
    books.do("UPDATE posting SET amount_minor = amount_minor - 10 WHERE order_id = ? AND account_id = ?", orders["succeeded"], REVENUE)
    row = {"order_id": orders["succeeded"], "step": 2, "account_id": deposit_of(POINT), "amount_minor": 10}
    books.insert("posting", row)
    books.move(deposit_of(POINT), 10)
    assert f"订单{orders['succeeded']}第2步" in told(books.database)


FIELDS = Fields(
    order_id=7,
    step=1,
    kind="hold",
    business_date=DAY,
    at="2026-11-21 02:00:00.000000",
    legs={330: -4900, HOLD: 4900},
    order={"kind": "recharge", "party": 33, "number": NUMBER},
    end={"link": None},
)


def test_the_bytes_that_are_hashed() -> None:
    """The example of docs/books.md, shortened."""
    expected = b'[7,1,"hold","2026-11-21","2026-11-21 02:00:00.000000",[[1,4900],[330,-4900]],["recharge",33,"13800138000"],null]'
    assert FIELDS.hashed_bytes() == expected


def test_known_digests() -> None:
    """GB/T 32905-2016, example 1, and FIPS 180-2, appendix B.1."""
    assert chained("sm3", b"a", b"bc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert chained("sha256", b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_day_begins_and_closes_with_its_own_name() -> None:
    assert day_beginning("sm3", DAY) != day_beginning("sm3", "2026-11-22")
    assert day_closing("sm3", b"x", DAY, 1, b"") != day_closing("sm3", b"x", DAY, 1, b"y")
    assert datetime(2026, 11, 21, tzinfo=UTC).date().isoformat() == DAY
