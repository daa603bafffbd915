"""The letters of GSM: the 7-bit alphabet with its extension, septets packed into octets, and UCS2 (3GPP TS 23.038)."""

from collections.abc import Iterable, Iterator
from typing import Final

_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = {0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€"}
_CODES: Final[dict[str, tuple[int, ...]]] = {
    **{letter: (code,) for code, letter in enumerate(_BASIC) if letter != "\x1b"},
    **{letter: (0x1B, code) for code, letter in _EXTENDED.items()},
}


def fits_seven_bits(text: str) -> bool:
    """Whether every letter is in the GSM alphabet or its extension."""
    return all(letter in _CODES for letter in text)


def letters_to_septets(text: str) -> list[tuple[int, ...]]:
    """The codes of each letter, one or two; a letter outside the alphabet becomes a question mark."""
    return [_CODES.get(letter, (0x3F,)) for letter in text]


def to_septets(text: str) -> bytes:
    """The codes of a text, one octet a septet."""
    return bytes(code for codes in letters_to_septets(text) for code in codes)


def from_septets(septets: Iterable[int]) -> str:
    """The text of septets; an unknown extension shows as a space, as the standard says."""
    return "".join(_shown(septets))


def _shown(septets: Iterable[int]) -> Iterator[str]:
    escaped = False
    for code in septets:
        if escaped:
            yield _EXTENDED.get(code, " ")
        elif code != 0x1B:
            yield _BASIC[code & 0x7F]
        escaped = code == 0x1B and not escaped


def pack(septets: bytes, fill_bits: int = 0) -> bytes:
    """Septets as they lie in the air, low bits first, after `fill_bits` empty bits."""
    whole = sum(code << (7 * place) for place, code in enumerate(septets)) << fill_bits
    return whole.to_bytes((7 * len(septets) + fill_bits + 7) // 8, "little")


def unpack(octets: bytes, count: int, fill_bits: int = 0) -> bytes:
    """`count` septets out of packed octets."""
    whole = int.from_bytes(octets, "little") >> fill_bits
    return bytes(whole >> (7 * place) & 0x7F for place in range(count))


def to_ucs2(text: str) -> bytes:
    """UCS2 octets, surrogate pairs for letters beyond the first plane."""
    return text.encode("utf-16-be", "surrogatepass")


def from_ucs2(octets: bytes) -> str:
    """The text of UCS2 octets; half a letter shows as U+FFFD."""
    return octets.decode("utf-16-be", "replace")


def ucs2_units(text: str) -> list[bytes]:
    """The octets of each letter, two or four, so that a message is not cut inside a letter."""
    return [to_ucs2(letter) for letter in text]
