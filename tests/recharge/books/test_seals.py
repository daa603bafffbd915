"""Seals: the bytes that are hashed, the order of appending, and what two appenders do to each other."""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from recharge.books import seals
from recharge.books.database import Database
from recharge.books.seals import EarlierDayOpen, LaterDayClosed, Overtaken, Sealable, append, chain_of, close, digest, open_days, unsealed
from recharge.books.tables.metadata import stamp
from recharge.verify.reader import snapshot
from recharge.verify.sealed import Fields, chained, day_beginning, day_closing, sealed_rows
from tests.recharge.verify.right_books import POINT, START, RightBooks, a_day
from tests.support.source import ROOT

DAY = "2026-11-21"
LATEST = date(9999, 12, 31)


@pytest.fixture
def database(clean_database_url: str) -> Iterator[Database]:
    database = Database(clean_database_url)
    yield database
    database.close()


@pytest.fixture
def books(database: Database) -> RightBooks:
    return RightBooks(database)


def waiting(database: Database, most: int = 1000) -> list[Sealable]:
    with database.read() as connection:
        return unsealed(database, connection, DAY, most=most)


def chain(database: Database, day: str = DAY) -> seals.Chain:
    with database.read() as connection:
        return chain_of(database, connection, day)


def positions(books: RightBooks) -> list[tuple[int, int]]:
    rows = books.rows("SELECT order_id, step FROM seal ORDER BY business_date, position")
    return [(row[0], row[1]) for row in rows]


HOLD_ENTRY = Sealable(
    order_id=7,
    step=1,
    kind="hold",
    business_date=DAY,
    at="2026-11-21 02:00:00.000000",
    legs=[[1, 4900], [330, -4900]],
    order=["recharge", 33, 7, "web", "13800138000", None, None, 5000, 4900, "[[221, 50]]", DAY, "2026-11-21 02:00:00.000000", None],
    end=None,
)
EXAMPLE = (
    b'[7,1,"hold","2026-11-21","2026-11-21 02:00:00.000000",[[1,4900],[330,-4900]],'
    b'["recharge",33,7,"web","13800138000",null,null,5000,4900,"[[221, 50]]","2026-11-21","2026-11-21 02:00:00.000000",null],null]'
)


def test_the_bytes_that_are_hashed_are_those_of_the_page() -> None:
    """docs/books.md, "The hash chain", example."""
    assert HOLD_ENTRY.canonical() == EXAMPLE


def test_the_chain_of_the_page() -> None:
    """The same example's digests, worked out with OpenSSL alone; both programs must come to them."""
    begun = bytes.fromhex("9bc4893fa9eb1994af2edba2e379c74c227b7c0b0b0ebddfc1f9e8a4a5a5d843")
    first = bytes.fromhex("ea9cc82714c388ffeef709a1989523b4ac793a366302de7cf5581bb214d3604b")
    closed = bytes.fromhex("95d07248e916e8d6ab72ab575b9e052e2eb56bacb649b431f11b5bf29d2b1eb4")
    assert seals.beginning("sha256", DAY) == day_beginning("sha256", DAY) == begun
    assert digest("sha256", begun, EXAMPLE) == chained("sha256", begun, EXAMPLE) == first
    assert seals.closing("sha256", first, DAY, 1, b"") == day_closing("sha256", first, DAY, 1, b"") == closed


def test_the_page_shows_this_very_example() -> None:
    page = (ROOT / "docs" / "books.md").read_text(encoding="utf-8")
    assert EXAMPLE.decode() in page
    assert seals.beginning("sha256", DAY).hex() in page


def test_both_readers_hash_the_same_bytes(books: RightBooks) -> None:
    """The sealer's and the checker's code know nothing of each other."""
    a_day(books)
    entries = waiting(books.database)
    append(books.database, chain(books.database), entries)
    with snapshot(books.database) as reader:
        fields: list[Fields] = [sealed.fields for sealed in sealed_rows(reader, DAY)]
    assert [item.canonical() for item in entries] == [item.hashed_bytes() for item in fields]


def test_sm3_is_used_where_the_machine_has_it() -> None:
    has_it = "sm3" in hashlib.algorithms_available
    assert seals.best_algorithm() == ("sm3" if has_it else "sha256")


def test_sha256_is_used_where_it_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> None:
        raise ValueError(name)

    monkeypatch.setattr(hashlib, "new", unknown)
    seals.best_algorithm.cache_clear()
    try:
        assert seals.best_algorithm() == "sha256"
    finally:
        seals.best_algorithm.cache_clear()


def test_entries_come_in_the_order_of_time(books: RightBooks) -> None:
    books.deposit(POINT, 10_000)
    old = books.hold()
    young = books.deposit(POINT, 10_000)
    books.succeed(old)
    found = [(item.order_id, item.step) for item in waiting(books.database)]
    assert found == [(1001, 2), (old, 1), (young, 2), (old, 2)]


def test_appending_links_each_row_to_the_one_before(books: RightBooks) -> None:
    books.deposit(POINT, 10_000)
    books.hold()
    entries = waiting(books.database)
    longer = append(books.database, chain(books.database), entries)
    algorithm = longer.algorithm
    first = digest(algorithm, seals.beginning(algorithm, DAY), entries[0].canonical())
    assert longer.head == digest(algorithm, first, entries[1].canonical())
    assert chain(books.database) == longer
    assert positions(books) == [(1001, 2), (1002, 1)]
    assert waiting(books.database) == []


def test_only_as_many_as_asked_for(books: RightBooks) -> None:
    a_day(books)
    assert len(waiting(books.database, 3)) == 3


def test_a_window_looks_no_further_back(books: RightBooks) -> None:
    books.deposit(POINT, 10_000)
    books.now += timedelta(hours=1)
    books.deposit(POINT, 10_000)
    with books.database.read() as connection:
        found = unsealed(books.database, connection, DAY, stamp(START + timedelta(minutes=30)))
    assert [item.order_id for item in found] == [1002]


def test_an_older_order_that_ends_late_is_found_in_the_window(books: RightBooks) -> None:
    """Its id is far behind; only the time of the entry counts."""
    books.deposit(POINT, 10_000)
    old = books.hold()
    append(books.database, chain(books.database), waiting(books.database))
    books.now += timedelta(hours=5)
    books.succeed(old)
    with books.database.read() as connection:
        found = unsealed(books.database, connection, DAY, stamp(books.now - timedelta(minutes=10)))
    assert [(item.order_id, item.step) for item in found] == [(old, 2)]


@pytest.mark.parametrize("begun", [False, True])
def test_of_two_who_append_the_same_one_is_overtaken(books: RightBooks, begun: bool) -> None:
    books.deposit(POINT, 10_000)
    if begun:
        append(books.database, chain(books.database), waiting(books.database))
        books.deposit(POINT, 10_000)
    seen, entries = chain(books.database), waiting(books.database)
    append(books.database, seen, entries)
    before = positions(books)
    with pytest.raises(Overtaken):
        append(books.database, seen, entries)
    assert positions(books) == before


def test_an_entry_is_never_sealed_twice(books: RightBooks) -> None:
    """Even by somebody who has read the newest head."""
    books.deposit(POINT, 10_000)
    entries = waiting(books.database)
    append(books.database, chain(books.database), entries)
    with pytest.raises(Overtaken):
        append(books.database, chain(books.database), entries)
    assert chain(books.database).count == 1


def test_nothing_is_appended_to_a_closed_day(books: RightBooks) -> None:
    books.deposit(POINT, 10_000)
    append(books.database, chain(books.database), waiting(books.database))
    open_chain = chain(books.database)
    close(books.database, open_chain, books.now)
    with pytest.raises(Overtaken):
        append(books.database, open_chain, [HOLD_ENTRY])


def test_a_day_with_unsealed_entries_is_not_closed(books: RightBooks) -> None:
    books.deposit(POINT, 10_000)
    with pytest.raises(Overtaken):
        close(books.database, chain(books.database), books.now)


def test_a_day_is_not_closed_before_an_earlier_one(books: RightBooks) -> None:
    books.deposit(POINT, 10_000)
    append(books.database, chain(books.database), waiting(books.database))
    with pytest.raises(EarlierDayOpen, match=DAY):
        close(books.database, chain(books.database, "2026-11-22"), books.now)


def test_a_day_is_not_closed_before_an_earlier_one_that_nobody_sealed(books: RightBooks) -> None:
    books.deposit(POINT, 10_000)
    with pytest.raises(EarlierDayOpen, match=DAY):
        close(books.database, chain(books.database, "2026-11-22"), books.now)


def test_a_day_without_entries_can_be_closed(books: RightBooks) -> None:
    head = close(books.database, chain(books.database), books.now)
    closed = chain(books.database)
    assert (closed.closed, closed.count, closed.head) == (True, 0, head)


def test_a_closed_day_is_linked_to_the_one_before(books: RightBooks) -> None:
    first = close(books.database, chain(books.database), books.now)
    open_chain = chain(books.database, "2026-11-22")
    second = close(books.database, open_chain, books.now)
    assert second == seals.closing(open_chain.algorithm, open_chain.head, "2026-11-22", 0, first)


def test_closing_twice_at_once_closes_once(books: RightBooks) -> None:
    open_chain = chain(books.database)
    close(books.database, open_chain, books.now)
    with pytest.raises(Overtaken):
        close(books.database, open_chain, books.now)


def test_an_entry_whose_order_is_gone_can_still_be_sealed(books: RightBooks) -> None:
    """The chain goes on; that the order is gone is another invariant's finding."""
    books.entry(999, 2, "adjustment", {})
    append(books.database, chain(books.database), waiting(books.database))
    assert positions(books) == [(999, 2)]


def test_a_day_between_closed_ones_cannot_be_added(books: RightBooks) -> None:
    close(books.database, chain(books.database, "2026-11-22"), books.now)
    with pytest.raises(LaterDayClosed):
        close(books.database, chain(books.database, DAY), books.now)


def test_another_days_entries_are_not_its_own(books: RightBooks) -> None:
    books.deposit(POINT, 10_000)
    books.now += timedelta(days=1)
    books.deposit(POINT, 10_000)
    assert [item.order_id for item in waiting(books.database)] == [1001]


def test_open_days_are_those_with_entries_after_the_last_closed_one(books: RightBooks) -> None:
    for _ in range(3):
        books.deposit(POINT, 10_000)
        books.now += timedelta(days=1)
    append(books.database, chain(books.database), waiting(books.database, 1))
    close(books.database, chain(books.database), books.now)
    with books.database.read() as connection:
        assert open_days(books.database, connection, LATEST) == ["2026-11-22", "2026-11-23"]
        assert open_days(books.database, connection, date(2026, 11, 22)) == ["2026-11-22"]
