"""Amounts as carriers and banks write them, in whole minor units and exactly: 1329.10, 1,329.10, 132910."""

import re
from decimal import Decimal

_PLAIN = re.compile(r"[+-]?(?:[0-9]{1,13}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(?:\.[0-9]{1,2})?")
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")


def from_major(text: str, digits: int = 2) -> int:
    """Minor units of an amount written in yuan; thousands may be parted by commas. Raises ValueError for anything else."""
    if not _PLAIN.fullmatch(text):
        raise ValueError("no amount")
    minor = Decimal(text.replace(",", "")).scaleb(digits)
    if minor != minor.to_integral_value():
        raise ValueError("finer than a minor unit")
    return int(minor)


def from_minor(text: str) -> int:
    """Minor units of an amount written in fen. Raises ValueError."""
    if not _WHOLE.fullmatch(text):
        raise ValueError("no amount in minor units")
    return int(text)


def to_major(amount_minor: int, digits: int = 2) -> str:
    """An amount in minor units as banks read it: 1329.10, without grouping."""
    if not digits:
        return str(amount_minor)
    sign, whole = "-" if amount_minor < 0 else "", abs(amount_minor)
    return f"{sign}{whole // 10**digits}.{whole % 10**digits:0{digits}d}"
