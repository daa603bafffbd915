"""The dialect as a table: each field's kind, alignment and longest length, and where a message type has a field of its own.

Source: UnionPay's terminal specification as published frames and terminals show it (docs/pos.md, "Packing").
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a field's value is written. DIGITS and TRACK are BCD, TEXT is ASCII, OCTETS are as they are."""

    DIGITS = "digits"
    TRACK = "track"
    TEXT = "text"
    OCTETS = "octets"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `length` is exact where `prefix` is 0, else the most; it counts digits of BCD and octets of the rest.

    `prefix` is the number of octets of the BCD length before the value. `right` puts digits to the right, filled on the left.
    """

    kind: Kind
    length: int
    prefix: int = 0
    right: bool = False


def _digits(length: int, *, right: bool = False) -> Field:
    return Field(Kind.DIGITS, length, 0, right)


def _text(length: int) -> Field:
    return Field(Kind.TEXT, length)


MAC_FIELD = 64
FIELDS: Mapping[int, Field] = {
    2: Field(Kind.DIGITS, 19, 1),
    3: _digits(6),
    4: _digits(12),
    11: _digits(6),
    12: _digits(6),
    13: _digits(4),
    14: _digits(4),
    15: _digits(4),
    22: _digits(3),
    23: _digits(3, right=True),
    25: _digits(2),
    26: _digits(2),
    32: Field(Kind.DIGITS, 11, 1),
    35: Field(Kind.TRACK, 37, 1),
    36: Field(Kind.TRACK, 104, 2),
    37: _text(12),
    38: _text(6),
    39: _text(2),
    41: _text(8),
    42: _text(15),
    44: Field(Kind.OCTETS, 25, 1),
    48: Field(Kind.OCTETS, 512, 2),
    49: _text(3),
    52: Field(Kind.OCTETS, 8),
    53: _digits(16),
    54: Field(Kind.OCTETS, 120, 2),
    55: Field(Kind.OCTETS, 512, 2),
    60: Field(Kind.DIGITS, 29, 2),
    61: Field(Kind.DIGITS, 29, 2),
    62: Field(Kind.OCTETS, 512, 2),
    63: Field(Kind.OCTETS, 163, 2),
    64: Field(Kind.OCTETS, 8),
}
_TOTALS = {48: Field(Kind.DIGITS, 322, 2)}
# Field 48 is BCD in settlement and batch upload, octets everywhere else.
BY_TYPE: Mapping[str, Mapping[int, Field]] = {mti: {**FIELDS, **_TOTALS} for mti in ("0320", "0330", "0500", "0510")}


def fields_of(mti: str) -> Mapping[int, Field]:
    """The table of a message type."""
    return BY_TYPE.get(mti, FIELDS)
