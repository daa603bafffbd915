"""The GSM 7-bit default alphabet with its extension table, one septet an octet (3GPP TS 23.038, 6.2.1)."""

ESCAPE = 0x1B
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = {0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€"}
_UNREADABLE = "\ufffd"

_CODES = {character: bytes([code]) for code, character in enumerate(_BASIC) if code != ESCAPE}
_CODES |= {character: bytes([ESCAPE, code]) for code, character in _EXTENSION.items()}
_CHARACTERS = frozenset(_CODES)


class NotInAlphabet(ValueError):
    """A character the alphabet does not have."""

    def __init__(self, character: str, position: int) -> None:
        super().__init__(f"U+{ord(character):04X} at {position} is not in the GSM alphabet")
        self.character, self.position = character, position


def units(text: str) -> list[bytes]:
    """The septets of each character, one octet each (two for the extension table). Raises NotInAlphabet."""
    try:
        return [_CODES[character] for character in text]
    except KeyError:
        position = next(index for index, character in enumerate(text) if character not in _CODES)
        raise NotInAlphabet(text[position], position) from None


def encode(text: str) -> bytes:
    """One septet an octet. Raises NotInAlphabet."""
    return b"".join(units(text))


def covers(text: str) -> bool:
    """Whether every character is in the alphabet."""
    return _CHARACTERS.issuperset(text)


def decode(septets: bytes) -> str:
    """The text of septets, one an octet; bit 8 and unknown escapes become U+FFFD, so nothing is refused."""
    found: list[str] = []
    rest = iter(septets)
    for code in rest:
        if code == ESCAPE:
            found.append(_extended(next(rest, None)))
        else:
            found.append(_BASIC[code] if code < 128 else _UNREADABLE)
    return "".join(found)


def _extended(code: int | None) -> str:
    if code is None or code == ESCAPE or code > 127:
        return _UNREADABLE
    # A phone that lacks an extension shows the basic table's character (6.2.1.1).
    return _EXTENSION.get(code, _BASIC[code])
