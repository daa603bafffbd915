"""Posting rules: the legs of every entry. Positive is credit (we owe more), negative is debit; each entry sums to zero."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from recharge.domain.money import in_proportion

Leg = tuple[int, int]
"""(account id, minor units)"""


@dataclass(frozen=True, slots=True)
class House:
    """The platform's own accounts, appended to and never locked per order."""

    hold: int
    revenue: int
    bank: int
    adjustment: int


class Sale(NamedTuple):
    """What the books need to know of a recharge or bill payment."""

    deposit_account: int
    face_minor: int
    price_minor: int
    split: tuple[Leg, ...]


class Delivery(NamedTuple):
    """What the supplier did: the stock account it came from, the face value delivered, what was charged for it."""

    stock_account: int
    delivered_minor: int
    charged_minor: int


def hold(sale: Sale, house: House) -> list[Leg]:
    """Set the price aside: out of the deposit, into the hold."""
    return [(sale.deposit_account, -sale.price_minor), (house.hold, sale.price_minor)]


def release(sale: Sale, house: House) -> list[Leg]:
    """The whole price back to the deposit."""
    return [(house.hold, -sale.price_minor), (sale.deposit_account, sale.price_minor)]


def settle(sale: Sale, delivery: Delivery, house: House) -> list[Leg]:
    """The hold ends as the supplier's charge, the uplines' commissions and what is left for the platform.

    A partial delivery sells in proportion: the rest of the price goes back to the deposit, commissions shrink (rounded down).
    """
    price, split = sale.price_minor, sale.split
    if delivery.delivered_minor < sale.face_minor:
        price = min(price, in_proportion(price, delivery.delivered_minor, sale.face_minor))
        split = tuple((account, share * delivery.delivered_minor // sale.face_minor) for account, share in split)
    legs = [(house.hold, -sale.price_minor), (delivery.stock_account, delivery.charged_minor), *split]
    legs.append((house.revenue, price - delivery.charged_minor - sum(share for _, share in split)))
    legs.append((sale.deposit_account, sale.price_minor - price))
    return merged(legs)


def negated(legs: Iterable[Leg]) -> list[Leg]:
    """The entry that undoes these legs."""
    return merged((account, -amount) for account, amount in legs)


def between(debited: int, credited: int, amount_minor: int) -> list[Leg]:
    """A plain move of money from one account to another: transfer, deposit, commission move, adjustment."""
    return [(debited, -amount_minor), (credited, amount_minor)]


def merged(legs: Iterable[Leg]) -> list[Leg]:
    """One leg an account, zero legs left out, in the order of first mention."""
    sums: dict[int, int] = {}
    for account, amount in legs:
        sums[account] = sums.get(account, 0) + amount
    return [(account, amount) for account, amount in sums.items() if amount]
