"""Field 62 of the parameter download: a version, whether more is to come, then tag of 2, length of 3 and value, in GBK."""

from collections.abc import Mapping
from typing import Final

_NAMES: Final[Mapping[str, str]] = {"01": "addresses", "02": "timeout", "03": "tries", "04": "amounts", "05": "header", "06": "telephone"}
_HEAD = 5
_TAG, _LENGTH = 2, 3
VERSION, NO_VERSION = "version", "0000"


class BadParameters(ValueError):
    """Field 62 does not keep to its form."""


def asked(block: int, version: str = NO_VERSION) -> str:
    """Field 62 of the request, in hexadecimal: the version the terminal has, and the block it wants."""
    return f"{version:0>4}{block:02d}".encode("ascii").hex()


def unpack(field_62: str) -> tuple[dict[str, str], bool]:
    """Values by name (unknown ones by tag), and whether there is another block. Raises BadParameters."""
    octets = bytes.fromhex(field_62)
    head, rest = octets[:_HEAD], octets[_HEAD:]
    if len(head) < _HEAD or not head.isdigit():
        raise BadParameters("no version")
    values = {VERSION: head[:4].decode("ascii")}
    while rest:
        tag, length = rest[:_TAG], rest[_TAG : _TAG + _LENGTH]
        end = _TAG + _LENGTH + int(length) if length.isdigit() else len(rest) + 1
        if not tag.isdigit() or len(length) < _LENGTH or end > len(rest):
            raise BadParameters("no value where one should be")
        name = tag.decode("ascii")
        values[_NAMES.get(name, name)] = rest[_TAG + _LENGTH : end].decode("gbk", "replace")
        rest = rest[end:]
    return values, head[4:] == b"1"
