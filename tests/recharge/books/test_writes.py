"""What a batch decided, put down in sets: balanced entries only, and only over rows that are still as they were read."""

from datetime import date

import pytest

from recharge.books.database import RetryTransaction
from recharge.books.intake_reads import locked_accounts, orders_by_id
from recharge.books.rows import AccountRow, day_of, insert_of, moment_or_none, select_of
from recharge.books.rows import AnswerRow as Row
from recharge.books.usage import PLATFORM, UsageTotals, scopes_of
from recharge.books.writes import Writes
from recharge.domain.limits import Counters
from tests.support.books import number_of
from tests.support.world import MORNING, World

DAY, AT = "2026-11-20", "2026-11-20 02:00:00.000000"
TODAY = date(2026, 11, 20)


def account(balance: int = 100, floor: int = 0) -> AccountRow:
    return AccountRow(1, balance, floor, 1, Counters(TODAY))


def test_an_entry_out_of_balance_is_never_kept() -> None:
    writes = Writes()
    with pytest.raises(AssertionError, match="7/1 is out of balance by 1"):
        writes.entry(7, 1, "hold", DAY, AT, [(1, -5), (2, 6)])
    assert writes.entries == []


def test_entries_keep_their_legs() -> None:
    writes = Writes()
    writes.entry(7, 1, "hold", DAY, AT, [(1, -5), (2, 5)])
    writes.entry(7, 2, "settle", DAY, AT, [(2, -5), (3, 5)])
    assert writes.postings == [(7, 1, 1, -5), (7, 1, 2, 5), (7, 2, 2, -5), (7, 2, 3, 5)]
    assert [row[:3] for row in writes.entries] == [(7, 1, "hold"), (7, 2, "settle")]


def test_usage_is_summed_by_scope_and_day() -> None:
    writes = Writes()
    for orders, face in ((1, 5000), (1, 3000), (-1, -5000)):
        writes.count_usage(scopes_of(3), DAY, orders, face)
    writes.count_usage(scopes_of(None), "2026-11-21", 1, 10)
    assert dict(writes.usage) == {("platform", 0, DAY): [1, 3000], ("tier", 3, DAY): [1, 3000], ("platform", 0, "2026-11-21"): [1, 10]}


def test_several_changes_of_one_order_become_one(world: World) -> None:
    number = int(number_of(world.recharge("A")))
    writes = Writes()
    with world.database.write() as connection:
        first = orders_by_id(world.database, connection, [number], lock=True)[number]
        second = first._replace(state="unknown", due_at=AT)
        third = second._replace(state="failed", due_at=None, failure="rejected")
        writes.change_order(first, second)
        writes.change_order(second, third)
        writes.put_down(world.database, connection, [], world.ids.next)
    assert world.rows("SELECT state, due_at, failure FROM orders WHERE id = ?", number) == [("failed", None, "rejected")]


def test_an_order_that_somebody_moved_meanwhile_stops_the_batch(world: World) -> None:
    number = int(number_of(world.recharge("A")))
    with world.database.read() as connection:
        stale = orders_by_id(world.database, connection, [number])[number]
    world.send(world.recharge("A", "10.00"))
    with world.database.write() as connection:
        world.database.change(connection, "UPDATE orders SET state = 'sending' WHERE id = ?", [number])
    writes = Writes()
    writes.entry(number, 2, "release", DAY, AT, [(1, 5), (2, -5)])
    writes.change_order(stale, stale._replace(state="failed"))
    with pytest.raises(RetryTransaction), world.database.write() as connection:
        writes.put_down(world.database, connection, [], world.ids.next)
    assert world.one("SELECT COUNT(*) FROM entry WHERE order_id = ? AND step = 2", number) == 0


def test_an_account_that_somebody_moved_meanwhile_stops_the_batch(world: World) -> None:
    number = world.one("SELECT a.id FROM account a JOIN party p ON p.id = a.owner_id WHERE p.code = 'A' AND a.kind = 'deposit'")
    with world.database.read() as connection:
        stale = world.database.find(connection, locked_accounts(world.database, [number], TODAY))[number]
    world.recharge("A")
    stale.move(-1000)
    with pytest.raises(RetryTransaction), world.database.write() as connection:
        Writes().put_down(world.database, connection, [stale], world.ids.next)
    assert world.balance("A") == 95100


def test_an_account_that_did_not_change_is_not_written(world: World) -> None:
    number = world.one("SELECT a.id FROM account a JOIN party p ON p.id = a.owner_id WHERE p.code = 'A' AND a.kind = 'deposit'")
    version = world.one("SELECT version FROM account WHERE id = ?", number)
    with world.database.write() as connection:
        found = world.database.find(connection, locked_accounts(world.database, [number], TODAY))
        Writes().put_down(world.database, connection, found.values(), world.ids.next)
    assert world.one("SELECT version FROM account WHERE id = ?", number) == version


def test_the_database_itself_holds_the_floor(world: World) -> None:
    from sqlalchemy.exc import DBAPIError

    for change in ("balance_minor = -1", "floor_minor = balance_minor + 1"):
        with pytest.raises(DBAPIError), world.database.write() as connection:
            world.database.change(connection, f"UPDATE account SET {change} WHERE kind = 'deposit' AND balance_minor = 100000")


def test_what_an_account_can_pay() -> None:
    assert account(100).can_pay(100)
    assert not account(100).can_pay(101)
    assert account(0, floor=-50).can_pay(50)
    assert not account(0, floor=-50).can_pay(51)
    moved = account(100)
    moved.move(-30)
    assert (moved.balance_minor, moved.changed) == (70, True)


def test_stored_days_and_moments_whichever_driver_read_them() -> None:
    assert day_of(DAY) == day_of(TODAY) == TODAY
    assert day_of(None) is None
    assert moment_or_none(AT) == moment_or_none(MORNING.replace(tzinfo=None)) == MORNING
    assert moment_or_none(None) is None


def test_statements_follow_the_row_types() -> None:
    assert insert_of("answer", Row).startswith("INSERT INTO answer (id, attempt_id, order_id,")
    assert insert_of("answer", Row).count("?") == len(Row._fields)
    assert select_of(Row, "a").startswith("a.id, a.attempt_id, ")


def test_totals_are_read_again_after_a_second_and_no_sooner(world: World) -> None:
    totals, put = (
        UsageTotals(world.database),
        "INSERT INTO usage_total (scope, scope_id, period, orders, face_minor) VALUES (?, ?, ?, ?, ?)",
    )

    def seen() -> tuple[int, int, int, int]:
        with world.database.read() as connection:
            totals.refresh(connection, world.clock.now(), TODAY)
        found = totals.counters(PLATFORM, TODAY)
        return found.day_count, found.day_minor, found.month_count, found.month_minor

    assert seen() == (0, 0, 0, 0)
    with world.database.write() as connection:
        world.database.change_many(connection, put, [("platform", 0, DAY, 2, 800), ("platform", 0, "2026-11", 9, 9900)])
    world.clock.pass_time(milliseconds=999)
    assert seen() == (0, 0, 0, 0)
    world.clock.pass_time(milliseconds=1)
    assert seen() == (2, 800, 9, 9900)
    assert totals.counters(("tier", 3), TODAY).day_count == 0


def test_a_clock_set_back_makes_the_totals_stale_too(world: World) -> None:
    totals = UsageTotals(world.database)
    with world.database.read() as connection:
        totals.refresh(connection, world.clock.now(), TODAY)
        before = totals._read_at
        world.clock.pass_time(hours=-1)
        totals.refresh(connection, world.clock.now(), TODAY)
    assert totals._read_at != before
