"""Deposits, the separate reader and an order's story from the terminal."""

import re

import pytest

from recharge.bootstrap import open_database
from recharge.settings import load_settings
from tests.recharge.cli.conftest import Terminal


def number_in(told: str) -> str:
    found = re.search(r"[0-9]{15,}", told)
    assert found is not None
    return found.group()


def test_a_deposit_is_credited_once(province: Terminal) -> None:
    told = province.done("deposit", "P1004", "12.34", "--evidence", "bank line 7")
    assert told.startswith("12.34 deposited")
    again = province.done("deposit", "P1004", "12.34", "--evidence", "bank line 7")
    assert "before" in again
    assert number_in(again) == number_in(told)
    assert next(row[3] for row in province.lines("party", "list") if row[0] == "P1004") == "112.34"


def test_a_deposit_to_a_bank_account_of_its_own(province: Terminal) -> None:
    province.done("bank", "add", "ICBC", "工商银行")
    province.done("deposit", "P1004", "1.00", "--evidence", "line 8", "--bank", "ICBC")
    province.refused("deposit", "P1004", "1.00", "--evidence", "line 9", "--bank", "BCA")
    assert "does not hold" not in province.done("verify")


def test_the_same_evidence_for_something_else_is_refused(province: Terminal) -> None:
    province.done("deposit", "P1004", "12.34", "--evidence", "bank line 7")
    province.refused("deposit", "P1004", "99.00", "--evidence", "bank line 7")
    province.refused("deposit", "NOWHERE", "1.00", "--evidence", "bank line 8")
    assert next(row[3] for row in province.lines("party", "list") if row[0] == "P1004") == "112.34"


def test_good_books_are_said_to_be_good(province: Terminal) -> None:
    assert province.done("verify").count("\n") == 16
    assert "follows from the postings" in province.done("rebuild", "--check")
    assert "whole" in province.done("verify", "--chain")


def test_a_changed_balance_is_found_and_named(province: Terminal) -> None:
    database = open_database(load_settings())
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE account SET balance_minor = balance_minor + 1 WHERE kind = 'deposit' AND balance_minor = 500000")
    database.close()
    told = province.type("verify")
    assert told.exit_code == 1
    assert "I2" in told.output
    told = province.type("rebuild", "--check")
    assert told.exit_code == 1
    assert "500001" in told.output


def test_rebuilding_only_ever_compares(province: Terminal) -> None:
    province.refused("rebuild")


def test_an_order_tells_its_story(province: Terminal) -> None:
    number = number_in(province.done("deposit", "P1004", "12.34", "--evidence", "bank line 7"))
    told = province.done("why", number)
    assert number in told
    assert "12.34" in told


@pytest.mark.parametrize("number", ["1", "abc", "9" * 30])
def test_a_story_of_no_order_is_refused_in_one_sentence(province: Terminal, number: str) -> None:
    assert "Error" in province.refused("why", number)


def test_a_purchase_has_a_story_too(province: Terminal) -> None:
    number = number_in(province.done("stock", "buy", "PROVINCE", "1000.00", "--evidence", "invoice 7"))
    assert "1000.00" in province.done("why", number)
