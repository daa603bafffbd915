"""F48 of settlement (62 digits of totals) and of batch upload (a count and items of 40 digits)."""

from dataclasses import dataclass
from enum import IntEnum

from pos.codec.errors import FrameError

_FIELD = 48
_SIDE, _ITEM = 31, 40
_MOST_ITEMS = 8
_MOST_MINOR, _MOST_COUNT = 10**12 - 1, 999


class Flag(IntEnum):
    """What the host found (digits 31 and 62)."""

    BALANCED = 1
    NOT_BALANCED = 2
    ERROR = 3


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of a batch: recharges on the debit side, cancels on the credit side. Fen."""

    debit_minor: int = 0
    debit_count: int = 0
    credit_minor: int = 0
    credit_count: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One transaction as the terminal has it."""

    trace: int
    number: str
    amount_minor: int


def read_totals(digits: str) -> Totals:
    """What a terminal has counted. Raises FrameError, also where it counted foreign cards: nobody has any."""
    if len(digits) != 2 * _SIDE:
        raise FrameError(_FIELD, 0, "not 62 digits")
    if digits[_SIDE:-1].strip("0"):
        raise FrameError(_FIELD, _SIDE, "foreign cards")
    return Totals(int(digits[:12]), int(digits[12:15]), int(digits[15:27]), int(digits[27:30]))


def write_totals(totals: Totals, flag: Flag) -> str:
    """The field of an answer. What does not fit is written as the largest that does: it was found different anyway."""
    debit, credit = min(totals.debit_minor, _MOST_MINOR), min(totals.credit_minor, _MOST_MINOR)
    counts = min(totals.debit_count, _MOST_COUNT), min(totals.credit_count, _MOST_COUNT)
    home = f"{debit:012d}{counts[0]:03d}{credit:012d}{counts[1]:03d}{int(flag)}"
    return home + "0" * (_SIDE - 1) + str(int(Flag.BALANCED))


def read_items(digits: str) -> list[Item]:
    """The items of one upload. Raises FrameError."""
    count = int(digits[:2] or "0")
    if not 1 <= count <= _MOST_ITEMS or len(digits) != 2 + count * _ITEM:
        raise FrameError(_FIELD, 0, "a count that does not fit its items")
    return [_item(digits[begin : begin + _ITEM]) for begin in range(2, len(digits), _ITEM)]


def _item(digits: str) -> Item:
    return Item(int(digits[2:8]), digits[8:28].lstrip("0"), int(digits[28:]))
