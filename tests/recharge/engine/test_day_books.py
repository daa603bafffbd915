"""The books as the day's close reads them: attempts by reference, what moved, what is open, what was sold, who moved money by hand."""

from datetime import date, timedelta

import pytest

from recharge.domain import requests as ask
from recharge.domain.outcomes import OutcomeState
from recharge.engine.day_books import DayBooks
from tests.support.books import number_of, sold, take_back
from tests.support.world import MORNING, World

DAY = date(2026, 11, 20)
SPAN = (MORNING - timedelta(hours=10), MORNING + timedelta(hours=14))


def books_of(world: World) -> DayBooks:
    return DayBooks(world.database, world.parts.calendar, world.clock)


def test_attempts_come_by_reference_with_what_was_booked(world: World) -> None:
    first = sold(world)
    failed = world.recharge("A", "30.00", "13800138001")
    world.hear(world.send(failed), OutcomeState.FAILED)
    world.deposit("B", "100.00")
    doubt = world.recharge("B", "10.00")
    world.hear(world.send(doubt), OutcomeState.UNKNOWN)
    found = list(books_of(world).attempts("CARRIER", *SPAN))
    assert [item.order_id for item in found] == [int(number_of(reply)) for reply in (first, failed, doubt)]
    assert [item.reference for item in found] == sorted(item.reference for item in found)
    assert [(item.state, item.booked_minor) for item in found] == [("succeeded", 4800), ("failed", None), ("unknown", None)]
    assert (found[0].number, found[0].face_minor, found[0].kind, found[0].order_state) == ("13800138000", 5000, "recharge", "succeeded")


def test_a_reversal_is_an_attempt_of_its_own(world: World) -> None:
    reply = sold(world)
    world.ask("A", ask.Reverse(number_of(reply)))
    take_back(world, reply)
    submit, reverse = books_of(world).attempts("CARRIER", *SPAN)
    assert (reverse.action, reverse.target, reverse.booked_minor) == ("reverse", submit.reference, -4800)
    assert submit.order_state == "reversed"


def test_the_span_is_half_open_and_chunked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recharge.engine.day_books._CHUNK", 2)
    for number in range(5):
        sold(world, number=f"1380013800{number}")
        world.clock.pass_time(minutes=1)
    books = books_of(world)
    assert len(list(books.attempts("CARRIER", MORNING, MORNING + timedelta(minutes=4)))) == 4
    assert len(list(books.attempts("CARRIER", MORNING + timedelta(minutes=4), MORNING + timedelta(hours=1)))) == 1


def test_single_attempts_and_links_that_are_not_there(world: World) -> None:
    sold(world)
    books = books_of(world)
    one = next(books.attempts("CARRIER", *SPAN))
    assert books.attempts_by_reference("CARRIER", [one.reference, 5]) == {one.reference: one}
    assert books.attempts_by_reference("CARRIER", []) == {}
    assert books.link_codes() == ["CARRIER"]
    with pytest.raises(LookupError):
        list(books.attempts("NOBODY", *SPAN))


def test_what_moved_and_what_stood_before(world: World) -> None:
    sold(world)
    books = books_of(world)
    accounts = {item.account_id: item for item in books.accounts()}
    moved = {(accounts[item.account_id].kind, accounts[item.account_id].owner_code, item.entry_kind): item for item in books.movements(DAY)}
    held = moved["deposit", "A", "hold"]
    assert (held.entries, held.in_minor, held.out_minor) == (1, 0, 4900)
    assert moved["stock", "CARRIER", "settle"].in_minor == 4800
    before, after = books.balances_before(DAY), books.balances_before(DAY + timedelta(days=1))
    total: dict[int, int] = {}
    for item in books.movements(DAY):
        total[item.account_id] = total.get(item.account_id, 0) + item.in_minor - item.out_minor
    assert {key: after[key] - before.get(key, 0) for key in total} == total
    assert sum(after.values()) == 0


def test_what_was_sold(world: World) -> None:
    sold(world)
    sold(world, number="13800138001")
    world.deposit("B", "100.00")
    gone = sold(world, "B", "30.00")
    world.ask("B", ask.Reverse(number_of(gone)))
    take_back(world, gone)
    found = [(item.party_code, item.carrier_code, item.face_minor, item.entry_kind, item.orders, item.delivered_minor, item.price_minor)
             for item in books_of(world).sales(DAY)]  # fmt: skip
    assert ("A", "CMCC", 5000, "settle", 2, 10000, 9800) in found
    assert ("B", "CMCC", 3000, "reversal", 1, 3000, 2940) in found


def test_orders_without_an_end(world: World) -> None:
    sold(world)
    waiting = world.recharge("A", "10.00")
    world.deposit("B", "100.00")
    doubt = world.recharge("B", "10.00")
    world.hear(world.send(doubt), OutcomeState.UNKNOWN)
    found = books_of(world).open_orders(DAY)
    assert {(item.order_id, item.state, item.business_date) for item in found} == {
        (int(number_of(waiting)), "held", DAY),
        (int(number_of(doubt)), "unknown", DAY),
    }
    assert books_of(world).open_orders(DAY - timedelta(days=1)) == []


def test_money_moved_by_hand_and_parties(world: World) -> None:
    world.ask("FIN1", ask.ProposeAdjustment("A", 500, "bank fee returned"))
    found = books_of(world).moved_by_hand(*SPAN)
    assert [(item.kind, item.party_code, item.amount_minor, item.maker, item.checker) for item in found] == [
        ("adjustment", "A", 500, "FIN1", None)
    ]
    parties = {item.code: item for item in books_of(world).parties()}
    assert (parties["A"].kind, parties["A"].tier_code, parties["A"].blocked) == ("point", "POINT", False)


def test_promises_hold_and_a_day_is_sealed_once(world: World) -> None:
    sold(world)
    books = books_of(world)
    assert books.breaches() == []
    head = books.seal(DAY)
    assert len(head) == 32
    assert books.seal(DAY) == head
    for off in (1, -1):
        with world.database.write() as connection:
            world.database.change(connection, f"UPDATE posting SET amount_minor = amount_minor + {off} WHERE step = 1 AND amount_minor > 0")
        assert bool(books.breaches()) is (off == 1)


def test_what_was_taken_for_an_order_and_given_back(world: World) -> None:
    kept, failed, back = sold(world), world.recharge("A", "30.00", "13800138001"), sold(world, number="13800138002")
    world.hear(world.send(failed), OutcomeState.FAILED)
    world.ask("A", ask.Reverse(number_of(back)))
    take_back(world, back)
    part = world.recharge("A", "100.00", "13800138003")
    world.hear(world.send(part), OutcomeState.SUCCESS, delivered_minor=5000)
    orders = [int(number_of(reply)) for reply in (kept, failed, back, part)]
    found = books_of(world).charges([*orders, 5])
    assert [found[order][1:] for order in orders] == [
        ("succeeded", 4900, 4900, 0),
        ("failed", 2940, 0, 0),
        ("reversed", 4900, 4900, 4900),
        ("succeeded", 9800, 4900, 0),
    ]
    assert 5 not in found
    assert books_of(world).charges([]) == {}
