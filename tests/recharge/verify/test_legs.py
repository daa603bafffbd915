"""The checker's own legs, against amounts worked out on paper, and against the engine's rules for orders made by chance."""

import json
import random
from dataclasses import replace

import pytest

from recharge.domain import posting_rules
from recharge.domain.posting_rules import Delivery, House, Sale
from recharge.verify.legs import Accounts, expected, held_now
from recharge.verify.lives import Life

HOLD, REVENUE, BANK, ADJUSTMENT, STOCK, DEPOSIT, COMMISSION, OTHER, OWN_BANK = 1, 2, 3, 4, 5, 330, 331, 440, 550
ACCOUNTS = Accounts(
    {
        ("hold", 0): HOLD,
        ("revenue", 0): REVENUE,
        ("bank", 0): BANK,
        ("bank", 55): OWN_BANK,
        ("adjustment", 0): ADJUSTMENT,
        ("stock", 1): STOCK,
        ("deposit", 33): DEPOSIT,
        ("commission", 33): COMMISSION,
        ("deposit", 44): OTHER,
    }
)


def life(kind: str = "recharge", state: str = "succeeded", face: int = 5000, price: int = 4900) -> Life:
    order = Life(
        7, kind, state, 33, 9, "13800138000", face, price, "[[221, 50], [222, 25]]", "2026-11-21", "2026-11-21 02:00:00.000000",
        None, None, None, 1, 1, face, 4750, None,
    )  # fmt: skip
    return replace(order, delivered_minor=None, cost_minor=None, link_id=None) if state in {"held", "failed"} else order


def test_a_hold() -> None:
    assert expected(life(state="held"), ACCOUNTS) == {1: [{DEPOSIT: -4900, HOLD: 4900}]}


def test_a_release() -> None:
    assert expected(life(state="failed"), ACCOUNTS)[2] == [{DEPOSIT: 4900, HOLD: -4900}]


def test_a_settlement() -> None:
    """The worked example of docs/books.md."""
    assert expected(life(), ACCOUNTS)[2] == [{HOLD: -4900, STOCK: 4750, 221: 50, 222: 25, REVENUE: 75}]


def test_a_settlement_in_part() -> None:
    """Half of it delivered and 23.75 charged: half the price stays, shares are rounded down, the rest goes back."""
    half = replace(life(), delivered_minor=2500, cost_minor=2375)
    assert expected(half, ACCOUNTS)[2] == [{HOLD: -4900, STOCK: 2375, 221: 25, 222: 12, REVENUE: 38, DEPOSIT: 2450}]


def test_a_price_that_does_not_divide_is_rounded_up() -> None:
    third = replace(life(face=3000, price=2999), delivered_minor=1000, cost_minor=900, split="[]")
    assert expected(third, ACCOUNTS)[2] == [{HOLD: -2999, STOCK: 900, REVENUE: 100, DEPOSIT: 1999}]


def test_a_reversal_undoes_hold_and_settlement() -> None:
    legs = expected(life(state="reversed"), ACCOUNTS)
    assert legs[3] == [{DEPOSIT: 4900, STOCK: -4750, 221: -50, 222: -25, REVENUE: -75}]


def test_a_sale_at_a_loss_has_a_negative_revenue() -> None:
    assert expected(replace(life(), cost_minor=4950), ACCOUNTS)[2][0][REVENUE] == -125


@pytest.mark.parametrize(
    ("kind", "legs"),
    [
        ("deposit", {BANK: -5000, DEPOSIT: 5000}),
        ("transfer", {DEPOSIT: -5000, OTHER: 5000}),
        ("commission_move", {COMMISSION: -5000, DEPOSIT: 5000}),
        ("adjustment", {ADJUSTMENT: -5000, DEPOSIT: 5000}),
        ("stock_purchase", {STOCK: -5000, BANK: 5000}),
    ],
)
def test_orders_that_end_at_once(kind: str, legs: dict[int, int]) -> None:
    order = replace(life(kind), related_id=44 if kind == "transfer" else None)
    assert expected(order, ACCOUNTS) == {2: [legs]}


def test_an_order_names_the_bank_account_that_has_one_of_its_own() -> None:
    for kind, legs in (("deposit", {OWN_BANK: -5000, DEPOSIT: 5000}), ("stock_purchase", {STOCK: -5000, OWN_BANK: 5000})):
        assert expected(replace(life(kind), related_id=55), ACCOUNTS) == {2: [legs]}


def test_an_adjustment_may_take_away() -> None:
    assert expected(life("adjustment", face=-300), ACCOUNTS) == {2: [{ADJUSTMENT: 300, DEPOSIT: -300}]}


def test_a_transfer_taken_back() -> None:
    order = replace(life("transfer", "reversed"), related_id=44)
    assert expected(order, ACCOUNTS)[3] == [{DEPOSIT: 5000, OTHER: -5000}]


def test_an_unknown_kind_has_no_right_legs() -> None:
    assert expected(life("gift"), ACCOUNTS) == {2: []}


@pytest.mark.parametrize(("state", "held"), [("held", 4900), ("sending", 4900), ("unknown", 4900), ("succeeded", 0), ("failed", 0)])
def test_only_open_orders_keep_money_held(state: str, held: int) -> None:
    assert held_now(life(state=state)) == held


def test_both_sets_of_rules_agree_on_orders_made_by_chance() -> None:
    """Two independent derivations; a difference is a mistake in one of them."""
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    house = House(HOLD, REVENUE, BANK, ADJUSTMENT)
    for _ in range(2000):
        face = chance.randint(1, 50_000)
        price, delivered = chance.randint(1, face), chance.randint(1, face)
        split = tuple((account, chance.randint(1, 500)) for account in (221, 222, 223)[: chance.randint(0, 3)])
        charged = chance.randint(0, face)
        sale = Sale(DEPOSIT, face, price, split)
        order = replace(life(face=face, price=price), delivered_minor=delivered, cost_minor=charged, split=json.dumps(split))
        theirs = dict(posting_rules.settle(sale, Delivery(STOCK, delivered, charged), house))
        assert expected(order, ACCOUNTS)[2] == [theirs], f"seed {seed}: {order}"
        assert sum(theirs.values()) == 0
