"""Money at several banks, each in an account of its own: every way in and out names its bank, and the separate reader agrees."""

from datetime import date

import pytest

from recharge.domain import requests as ask
from recharge.domain.errors import RefusalCode
from recharge.domain.requests import Booking, Deposit, body_hash
from recharge.engine.administration import SHELL, AdministrationCode, AdministrationError
from recharge.engine.day_books import DayBooks
from recharge.engine.story import tell
from tests.support.books import check_books, code_of, number_of
from tests.support.world import World

OWN = "SELECT COALESCE(SUM(p.amount_minor), 0) FROM account a JOIN posting p ON p.account_id = a.id WHERE a.kind = 'bank' AND a.owner_id"


@pytest.fixture
def banked(world: World) -> World:
    """The province with an account of its own for ICBC; point A has 1,000.00 that stand in the shared one."""
    world.office.banks.register(SHELL, "icbc", "工商银行")
    return world


def stands(world: World) -> tuple[int, int]:
    """What stands in the shared account, and in ICBC's own."""
    return int(world.one(f"{OWN} = 0")), int(world.one(f"{OWN} <> 0"))


def settle(world: World, evidence: str, bank: str = "ICBC") -> ask.Deposit:
    return Deposit("A", 5000, evidence, bank)


def test_a_deposit_names_its_bank(banked: World) -> None:
    reply = banked.ask("SETTLE", settle(banked, "line 1"), password=None)
    assert reply.done
    assert stands(banked) == (-100000, -5000)
    assert banked.balance("A") == 105000
    check_books(banked)
    for language, words in (("zh_CN", "银行账户ICBC"), ("en", "bank account ICBC"), ("id", "rekening bank ICBC")):
        assert words in tell(banked.database, number_of(reply), language, 2, banked.parts.calendar.zone)


def test_a_person_deposits_to_it_with_a_second_one(banked: World) -> None:
    made = banked.ask("FIN1", settle(banked, "receipt 1"))
    assert banked.ask("FIN2", ask.DecideCase(made.case_number, approve=True)).done
    assert stands(banked) == (-100000, -5000)
    check_books(banked)


def test_nobody_deposits_to_a_bank_that_is_not_there(banked: World) -> None:
    assert code_of(banked.ask("SETTLE", settle(banked, "line 1", "BCA"), password=None)) is RefusalCode.BAD_REQUEST
    assert banked.balance("A") == 100000


def test_two_people_book_over_what_stood_in_the_shared_account(banked: World) -> None:
    made = banked.ask("FIN1", Booking("bank:ICBC", "bank", 100000, "期初", "opening ICBC"))
    assert banked.ask("FIN2", ask.DecideCase(made.case_number, approve=True)).done
    assert stands(banked) == (0, -100000)
    check_books(banked)
    refused = banked.ask("FIN1", Booking("bank:BCA", "bank", 1, "x", "opening BCA"))
    assert code_of(refused) is RefusalCode.BAD_REQUEST


def test_stock_is_paid_from_it(banked: World) -> None:
    banked.office.stock.buy(SHELL, "CARRIER", 4800, "invoice 1", date(2026, 11, 20), "icbc")
    banked.office.stock.buy(SHELL, "CARRIER", 100, "invoice 2", date(2026, 11, 20))
    assert stands(banked) == (-100000 + 100, 4800)
    check_books(banked)
    with pytest.raises(AdministrationError) as error:
        banked.office.stock.buy(SHELL, "CARRIER", 4800, "invoice 3", date(2026, 11, 20), "BCA")
    assert error.value.code is AdministrationCode.UNKNOWN_OBJECT


def test_the_close_sees_whose_account_it_is(banked: World) -> None:
    books = DayBooks(banked.database, banked.parts.calendar, banked.clock)
    assert {(fact.owner_code, fact.owner_name) for fact in books.accounts() if fact.kind == "bank"} == {
        (None, None),
        ("ICBC", "工商银行"),
    }


def test_a_code_is_given_once(banked: World) -> None:
    with pytest.raises(AdministrationError) as error:
        banked.office.banks.register(SHELL, "ICBC", "again")
    assert error.value.code is AdministrationCode.TAKEN
    assert [row.code for row in banked.office.banks.all()] == ["ICBC"]


def test_what_was_asked_before_banks_had_names_is_still_the_same_body() -> None:
    digest = "4e534aeab818a3f8928cf2abb3d154a5"
    assert body_hash(Deposit("A", 5000, "line 1")).hex() == digest
    assert body_hash(Deposit("A", 5000, "line 1", "ICBC")).hex() != digest
