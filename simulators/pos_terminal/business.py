"""Field 48 of a sale: `CZ`, a version of two digits, then tag, length and value, closed by `#`; lengths count octets in GBK."""

from collections.abc import Mapping
from typing import Final

_HEAD: Final = b"CZ01"
_TAIL: Final = b"#"
_LONGEST = 99
NUMBER, CARRIER, PRODUCT, ORDER, SERIAL, BALANCE, TEXT, MARK, PROVINCE, AMOUNTS, STATE = (f"{tag:02d}" for tag in range(1, 12))
ANY_CARRIER: Final = "00"


class BadBusiness(ValueError):
    """Field 48 does not keep to its form."""


def pack(values: Mapping[str, str]) -> str:
    """Values by tag, as field 48 in hexadecimal; empty ones are left out. Raises BadBusiness."""
    found = b"".join(_packed(tag, value) for tag, value in values.items() if value)
    return (_HEAD + found + _TAIL).hex()


def _packed(tag: str, value: str) -> bytes:
    octets = value.encode("gbk")
    if len(octets) > _LONGEST:
        raise BadBusiness(f"tag {tag} is too long")
    return f"{tag}{len(octets):02d}".encode("ascii") + octets


def unpack(field_48: str) -> dict[str, str]:
    """Values by tag of a field 48 in hexadecimal. Raises BadBusiness."""
    octets = bytes.fromhex(field_48)
    if octets[:2] != _HEAD[:2] or octets[-1:] != _TAIL:
        raise BadBusiness("neither begins nor ends as it should")
    values, place, end = {}, len(_HEAD), len(octets) - 1
    while place < end:
        tag, length = octets[place : place + 2], octets[place + 2 : place + 4]
        if not (tag.isdigit() and length.isdigit()) or (stop := place + 4 + int(length)) > end:
            raise BadBusiness(f"no value at {place}")
        values[tag.decode("ascii")] = octets[place + 4 : stop].decode("gbk", "replace")
        place = stop
    return values
