"""How a phone shows what a message holds: the 7-bit alphabet, UCS2, binary as hexadecimal; and how it writes what a person types."""

from typing import Final

_SEVEN: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_MORE: Final = dict(zip(b"\x0a\x14()/<=>@e", "\f^{}\\[~]|€", strict=True))


def shown(octets: bytes, coding: int) -> str:
    """What the screen shows."""
    if coding == 8:
        return octets.decode("utf-16-be", "replace")
    if coding in (2, 4) or coding & 0xF4 == 0xF4:
        return octets.hex()
    if coding in (1, 3):
        return octets.decode("latin-1")
    text, escaped = "", False
    for octet in octets:
        if escaped:
            text, escaped = text + _MORE.get(octet, " "), False
        elif octet == 0x1B:
            escaped = True
        else:
            text += _SEVEN[octet] if octet < 128 else "\ufffd"
    return text


def typed(text: str) -> tuple[bytes, int]:
    """Octets and coding of what a person types."""
    codes = {letter: bytes([code]) for code, letter in enumerate(_SEVEN)} | {letter: bytes([0x1B, code]) for code, letter in _MORE.items()}
    if all(letter in codes and letter != "\x1b" for letter in text):
        return b"".join(codes[letter] for letter in text), 0
    return text.encode("utf-16-be", "replace"), 8


def without_header(octets: bytes, esm_class: int) -> tuple[bytes, bytes]:
    """The user data header, with its length octet, and what follows it."""
    if not esm_class & 0x40 or not octets or octets[0] >= len(octets):
        return b"", octets
    return octets[: octets[0] + 1], octets[octets[0] + 1 :]
