"""Digits two to an octet, filled on the left or on the right; track data with D for its separator."""

from pos.codec.errors import FrameError

_TRACK = str.maketrans("=", "D")


def pack(digits: str, field: int, *, right: bool = False) -> bytes:
    """Digits (or track data) as BCD; an odd one is filled with 0 behind it, or before it where they stand on the right."""
    if not digits.isascii() or digits.strip("0123456789D="):
        raise FrameError(field, 0, "not digits")
    plain = digits.translate(_TRACK)
    if len(plain) % 2:
        plain = "0" + plain if right else plain + "0"
    return bytes.fromhex(plain)


def unpack(octets: bytes, count: int, field: int, position: int, *, right: bool = False, track: bool = False) -> str:
    """So many digits out of BCD octets. What fills an octet up is not looked at: terminals fill with 0 or F."""
    text = octets.hex().upper()
    digits = text[len(text) - count :] if right else text[:count]
    if track:
        digits = digits.replace("D", "=")
    if digits.strip("0123456789=" if track else "0123456789"):
        raise FrameError(field, position, "not digits")
    return digits
