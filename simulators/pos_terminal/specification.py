"""How the dialect packs each field, as data for pyiso8583: the direct-POS form of ISO 8583, BCD with UnionPay's paddings."""

from collections.abc import Mapping
from typing import Any, Final

Field = Mapping[str, Any]


def _digits(length: int, pad: str = "right_pad") -> Field:
    """Numeric of a fixed length; an odd one is filled up with a zero on one side."""
    return {"data_enc": "b", "len_enc": "bcd", "len_type": 0, "max_len": length, "len_count": "nibbles", pad: "0", "desc": ""}


def _counted_digits(octets: int, length: int) -> Field:
    """Numeric with its count of digits before it, left aligned."""
    return {"data_enc": "b", "len_enc": "bcd", "len_type": octets, "max_len": length, "len_count": "nibbles", "right_pad": "0", "desc": ""}


def _characters(length: int) -> Field:
    return {"data_enc": "ascii", "len_enc": "bcd", "len_type": 0, "max_len": length, "desc": ""}


def _counted_text(octets: int, length: int) -> Field:
    """Text in the letters terminals print, counted in octets."""
    return {"data_enc": "gb18030", "len_enc": "bcd", "len_type": octets, "max_len": length, "desc": ""}


def _octets(length: int) -> Field:
    return {"data_enc": "b", "len_enc": "bcd", "len_type": 0, "max_len": length, "desc": ""}


def _counted_octets(octets: int, length: int) -> Field:
    return {"data_enc": "b", "len_enc": "bcd", "len_type": octets, "max_len": length, "desc": ""}


_KNOWN: Final[Mapping[int, Field]] = {
    2: _counted_digits(1, 19),
    3: _digits(6),
    4: _digits(12),
    11: _digits(6),
    12: _digits(6),
    13: _digits(4),
    14: _digits(4),
    15: _digits(4),
    22: _digits(3),
    23: _digits(3, "left_pad"),
    25: _digits(2),
    26: _digits(2),
    32: _counted_digits(1, 11),
    35: _counted_digits(1, 37),
    36: _counted_digits(2, 104),
    37: _characters(12),
    38: _characters(6),
    39: _characters(2),
    41: _characters(8),
    42: _characters(15),
    44: _counted_text(1, 25),
    48: _counted_octets(2, 999),
    49: _characters(3),
    52: _octets(8),
    53: _digits(16),
    54: _counted_text(2, 20),
    55: _counted_octets(2, 255),
    60: _counted_digits(2, 40),
    61: _counted_digits(2, 40),
    62: _counted_octets(2, 999),
    63: _counted_text(2, 163),
    64: _octets(8),
}
_ENVELOPE: Final[Mapping[str, Field]] = {"h": _octets(0), "t": _octets(2), "p": _octets(8), "1": _octets(8)}

USUAL: Final[Mapping[str, Field]] = {**_ENVELOPE, **{str(number): field for number, field in _KNOWN.items()}}
"""Field 48 is text of the business, kept as octets: which letters it holds is for whoever reads it."""
SETTLING: Final[Mapping[str, Field]] = {**USUAL, "48": _counted_digits(2, 322)}
"""In settlement and batch upload field 48 is digits."""
_SETTLING_TYPES: Final = frozenset({"0500", "0510", "0320", "0330"})


def of(message_type: str) -> Mapping[str, Field]:
    """The specification for messages of a type."""
    return SETTLING if message_type in _SETTLING_TYPES else USUAL
