"""Digits two to an octet, first digit in the high nibble, the rest filled with F."""

from typing import overload

from stk_sms.packet.errors import PacketError


@overload
def pack(digits: str, octets: int = 0) -> bytes: ...
@overload
def pack(digits: None, octets: int = 0) -> None: ...
def pack(digits: str | None, octets: int = 0) -> bytes | None:
    """The octets of digits, at least so many; None stays None. Raises ValueError for anything but digits."""
    if digits is None:
        return None
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError("only digits can be packed")
    even = digits + "F" * (len(digits) % 2)
    return bytes.fromhex(even.ljust(2 * octets, "F"))


def unpack(field: str, value: bytes, position: int) -> str:
    """The digits in a field that begins at an octet. Raises PacketError."""
    text = value.hex()
    digits = text.rstrip("f")
    if digits.isdigit():
        return digits
    if not digits:
        raise PacketError(field, position, "empty")
    place = next(place for place, digit in enumerate(digits) if not digit.isdigit())
    # The digit itself is not shown: it may be a password's.
    raise PacketError(field, position + place // 2, "not a digit")
