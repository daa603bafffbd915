"""Bookings between our own accounts: two people, one evidence, and the separate reader agrees."""

import pytest

from recharge.domain import requests as ask
from recharge.domain.errors import RefusalCode
from recharge.domain.outcomes import OutcomeState
from recharge.domain.replies import Reply
from recharge.engine.story import tell
from tests.recharge.engine.operations.test_cases import decide
from tests.support.books import check_books, code_of, messages, order_of, posted, sold
from tests.support.world import World


def booking(debited: str, credited: str, amount_minor: int = 500, evidence: str = "case 17 refund") -> ask.Booking:
    return ask.Booking(debited, credited, amount_minor, "carrier never charged it", evidence)


def booked(world: World, operation: ask.Booking) -> Reply:
    """Proposed by one of finance, approved by the other."""
    made = world.ask("FIN1", operation)
    assert made.done, made
    return decide(world, made.case_number)


def by_rule(world: World, operation: ask.Booking) -> Reply:
    return world.ask("SETTLE", operation, password=None)


def test_a_party_gets_money_from_the_adjustment_account(world: World) -> None:
    reply = booked(world, booking("adjustment", "deposit:A"))
    assert (order_of(reply).kind, reply.balance_minor, world.balance("A")) == ("booking", 100500, 100500)
    assert messages(world, reply) == [("adjusted", "agent")]
    check_books(world)


def test_a_party_pays_only_what_it_has(world: World) -> None:
    made = world.ask("FIN1", booking("deposit:A", "adjustment", 100001))
    assert code_of(decide(world, made.case_number)) is RefusalCode.INSUFFICIENT_BALANCE
    world.deposit("A", "0.01")
    assert decide(world, made.case_number).balance_minor == 0
    check_books(world)


def test_house_accounts_and_stock_move_without_a_party(world: World) -> None:
    stock = booked(world, booking("stock:CARRIER", "adjustment", 4800))
    assert order_of(stock).party_code == "ROOT"
    assert stock.balance_minor is None
    booked(world, booking("adjustment", "bank", 30, "bank fee 1"))
    assert posted(world)["stock"] == -4800
    assert posted(world)["adjustment"] == 4770
    check_books(world)
    assert "日结记账" in tell(world.database, order_of(stock).order_number, "zh_CN", 2, world.parts.calendar.zone)


def test_one_evidence_books_once_whoever_proposes_it(world: World) -> None:
    cases = [world.ask(who, booking("adjustment", "deposit:A")).case_number for who in ("FIN1", "FIN2")]
    assert decide(world, cases[0], "FIN2").done
    assert code_of(decide(world, cases[1], "FIN1")) is RefusalCode.EVIDENCE_USED
    assert code_of(world.ask("FIN1", booking("adjustment", "deposit:B"))) is RefusalCode.EVIDENCE_USED
    assert world.balance("A") == 100500


def test_nobody_decides_his_own(world: World) -> None:
    case = world.ask("FIN1", booking("adjustment", "deposit:A")).case_number
    assert code_of(decide(world, case, "FIN1")) is RefusalCode.SAME_PERSON


@pytest.mark.parametrize(
    ("debited", "credited", "code"),
    [
        ("hold", "deposit:A", RefusalCode.BAD_REQUEST),
        ("bank", "bank", RefusalCode.BAD_REQUEST),
        ("stock:NOBODY", "bank", RefusalCode.BAD_REQUEST),
        ("bank:NOBODY", "bank", RefusalCode.BAD_REQUEST),
        ("deposit:NOBODY", "bank", RefusalCode.UNKNOWN_PARTY),
    ],
)
def test_accounts_that_are_not_there(world: World, debited: str, credited: str, code: RefusalCode) -> None:
    assert code_of(world.ask("FIN1", booking(debited, credited))) is code


@pytest.mark.parametrize("amount", [0, -1])
def test_an_amount_is_positive(world: World, amount: int) -> None:
    assert code_of(world.ask("FIN1", booking("adjustment", "deposit:A", amount))) is RefusalCode.BAD_AMOUNT


@pytest.mark.parametrize("evidence", ["", "  ", "e" * 81])
def test_evidence_is_there_and_short(world: World, evidence: str) -> None:
    assert code_of(world.ask("FIN1", booking("adjustment", "deposit:A", evidence=evidence))) is RefusalCode.BAD_REQUEST


def test_settlement_books_commission_by_rule_and_nothing_else(world: World) -> None:
    assert by_rule(world, booking("revenue", "commission:D1", 250, "commission d1")).done
    assert code_of(by_rule(world, booking("revenue", "commission:D1", 250, "commission d1"))) is RefusalCode.EVIDENCE_USED
    assert by_rule(world, booking("commission:D1", "revenue", 50, "claw-back d1")).done
    for pair in (("adjustment", "deposit:A"), ("commission:D1", "bank"), ("bank", "commission:D1")):
        assert code_of(by_rule(world, booking(*pair, 1, "x"))) is RefusalCode.NOT_ALLOWED
    assert posted(world)["commission"] == 200
    check_books(world)


def test_commission_is_paid_out_as_far_as_it_has_been_rolled_up(world: World) -> None:
    from recharge.books.rollup import roll_up

    by_rule(world, booking("revenue", "commission:D1", 250, "commission d1"))
    made = world.ask("FIN1", booking("commission:D1", "bank", 250, "payment item 1"))
    assert code_of(decide(world, made.case_number)) is RefusalCode.INSUFFICIENT_BALANCE
    roll_up(world.database)
    assert decide(world, made.case_number).done
    assert posted(world)["commission"] == 0
    check_books(world)


@pytest.mark.parametrize("who", ["OPS1", "AUD1", "ADM1"])
def test_only_finance_and_settlement_book(world: World, who: str) -> None:
    assert code_of(world.ask(who, booking("adjustment", "deposit:A"))) is RefusalCode.NOT_ALLOWED


def test_a_booking_beside_sales(world: World) -> None:
    sold(world)
    reply = world.recharge("A", "30.00")
    world.hear(world.send(reply), OutcomeState.UNKNOWN)
    booked(world, booking("deposit:A", "adjustment", 4900))
    check_books(world)
