"""Whole minor units, and the one rounding rule for shares of them."""

import re
from decimal import Decimal

BASIS_POINTS = 10_000
_AMOUNT = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,2})?")


class BadAmount(ValueError):
    """A text that is not an amount of money."""


def share_of(amount_minor: int, basis_points: int) -> int:
    """The share of an amount in basis points (1/100 of a per cent), rounded down to a whole minor unit.

    Rounding down leaves the remainder with the platform, where the posting rules put it in a leg of its own.
    """
    return amount_minor * basis_points // BASIS_POINTS


def in_proportion(amount_minor: int, part: int, whole: int) -> int:
    """`amount_minor` x part / whole, rounded up, so that a partly delivered recharge is never sold under its price."""
    return -(-amount_minor * part // whole)


def parse_amount(text: str, minor_digits: int = 2) -> int:
    """Minor units from what a person typed ("50", "50.00", full-width digits too).

    Raises BadAmount for anything else, also for more decimals than the currency has.
    """
    plain = text.strip().translate(_FULL_WIDTH)
    if not _AMOUNT.fullmatch(plain):
        raise BadAmount(text)
    scaled = Decimal(plain).scaleb(minor_digits)
    if scaled != scaled.to_integral_value():
        raise BadAmount(text)
    return int(scaled)


def format_amount(amount_minor: int, minor_digits: int = 2) -> str:
    """Minor units as people read them: 5000 -> "50.00", -1 -> "-0.01"."""
    if minor_digits == 0:
        return str(amount_minor)
    sign = "-" if amount_minor < 0 else ""
    units, fraction = divmod(abs(amount_minor), 10**minor_digits)
    return f"{sign}{units}.{fraction:0{minor_digits}d}"


_FULL_WIDTH = {ord("０") + digit: ord("0") + digit for digit in range(10)} | {ord("．"): ord(".")}
