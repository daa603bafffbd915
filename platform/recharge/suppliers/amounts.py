"""Amounts in suppliers' units: what they are called, and orders refused that a supplier's unit cannot express."""

import re
from enum import StrEnum

from recharge.domain.money import format_amount
from recharge.suppliers.http import CannotSay

_DECIMAL = re.compile(r"-?[0-9]{1,13}(?:\.[0-9]{1,6})?")


class Unit(StrEnum):
    """WHOLE: whole units of the currency (50). MINOR: its smallest unit (5000). DECIMAL: units with a fraction (50.00)."""

    WHOLE = "whole"
    MINOR = "minor"
    DECIMAL = "decimal"


def written(amount_minor: int, unit: Unit, minor_digits: int) -> str:
    """An amount as the supplier writes it. Raises CannotSay when its unit is too coarse: then nothing may be sent."""
    if unit is Unit.MINOR:
        return str(amount_minor)
    if unit is Unit.DECIMAL:
        return format_amount(amount_minor, minor_digits)
    units, rest = divmod(amount_minor, 10**minor_digits)
    if rest:
        raise CannotSay("the supplier takes whole units only")
    return str(units)


def minor_of(text: str, unit: Unit, minor_digits: int) -> int | None:
    """Minor units of what a supplier wrote; None for anything that is no amount, or finer than the currency."""
    plain = text.strip()
    if not _DECIMAL.fullmatch(plain):
        return None
    digits = 0 if unit is Unit.MINOR else minor_digits
    whole, _, fraction = plain.lstrip("-").partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > digits:
        return None
    minor = int(whole + fraction.ljust(digits, "0"))
    return -minor if plain.startswith("-") else minor
