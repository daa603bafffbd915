"""How modems of four makes speak of what a card wishes: 27.007's raw form, Wavecom's, Huawei's and Quectel's.

Wavecom's forms are those of its AT commands guide (chapter SIM Toolkit), Huawei's those of its modules' AT interface
(^STSF, ^STGI, ^STGR), Quectel's those seen in public clients of its modules (+QSTKURC, +QSTKGI, +QSTKRSP).
"""

from typing import TYPE_CHECKING, Final, Protocol

from simulators.modem_farm import alphabet

if TYPE_CHECKING:
    from simulators.modem_farm.toolkit import Toolkit, Wish

# 3GPP TS 11.14, 13.4, and what Wavecom and Huawei call the same.
_TYPES: Final = {"menu": 0x25, "text": 0x21, "input": 0x23, "item": 0x24, "sms": 0x13}
SHORT: Final = {"menu": 0, "text": 1, "input": 3, "item": 6, "sms": 9}
SHORT_END: Final = 99
_DIGITS_ONLY, _HIDDEN = 0x00, 0x04


class Dialect(Protocol):
    """What a modem says unasked when the card wishes something, and when the session is over."""

    def announce(self, toolkit: "Toolkit", wish: "Wish") -> list[str]: ...

    def ended(self) -> list[str]: ...


class Raw:
    """27.007: the card's own octets, in hexadecimal."""

    def announce(self, toolkit: "Toolkit", wish: "Wish") -> list[str]:
        """+CUSATP with the proactive command; what the modem does by itself is not shown."""
        return [] if wish.kind == "sms" else [f'+CUSATP: "{proactive(wish).hex().upper()}"']

    def ended(self) -> list[str]:
        """The session is over."""
        return ["+CUSATEND"]


class Wavecom:
    """+STIN with a number of its own for each kind of wish."""

    def announce(self, toolkit: "Toolkit", wish: "Wish") -> list[str]:
        """The kind."""
        return [f"+STIN: {SHORT[wish.kind]}"]

    def ended(self) -> list[str]:
        """The end has a number too."""
        return [f"+STIN: {SHORT_END}"]


class Huawei:
    """^STIN with the kind, the wish's index, and whether it timed out."""

    def announce(self, toolkit: "Toolkit", wish: "Wish") -> list[str]:
        """The kind and the index that the client gives back."""
        return [f"^STIN: {SHORT[wish.kind]},{toolkit.index},0"]

    def ended(self) -> list[str]:
        """The end."""
        return [f"^STIN: {SHORT_END},0,0"]


class Quectel:
    """+QSTKURC with the standard's number of the wish, in decimal."""

    def announce(self, toolkit: "Toolkit", wish: "Wish") -> list[str]:
        """The kind."""
        return [f"+QSTKURC: {_TYPES[wish.kind]}"]

    def ended(self) -> list[str]:
        """254 is the end of a session."""
        return ["+QSTKURC: 254"]


DIALECTS: Final[dict[str, Dialect]] = {"generic": Raw(), "wavecom": Wavecom(), "huawei": Huawei(), "quectel": Quectel()}


def decimal(kind: str) -> int:
    """The standard's number of a kind of wish."""
    return _TYPES[kind]


def element(tag: int, value: bytes) -> bytes:
    """A TLV; its length takes two octets from 128 on."""
    length = bytes([len(value)]) if len(value) < 0x80 else bytes([0x81, len(value)])
    return bytes([tag]) + length + value


def elements(octets: bytes) -> dict[int, bytes]:
    """The TLVs of a list, by tag without its comprehension bit; the first of each. Raises ValueError."""
    found: dict[int, bytes] = {}
    while octets:
        if len(octets) < 2:
            raise ValueError("TLV")
        start = 3 if octets[1] == 0x81 else 2
        length = octets[start - 1 : start]
        if not length or len(octets) < start + length[0]:
            raise ValueError("TLV")
        found.setdefault(octets[0] & 0x7F, octets[start : start + length[0]])
        octets = octets[start + length[0] :]
    return found


def _text(text: str) -> bytes:
    return b"\x04" + text.encode("ascii") if text.isascii() else b"\x08" + alphabet.to_ucs2(text)


def _label(text: str) -> bytes:
    return text.encode("ascii") if text.isascii() else b"\x80" + alphabet.to_ucs2(text)


def proactive(wish: "Wish") -> bytes:
    """The BER-TLV of a proactive command."""
    qualifier = {"input": _HIDDEN if wish.hidden else _DIGITS_ONLY, "text": 0x80}.get(wish.kind, 0)
    body = element(0x81, bytes([1, _TYPES[wish.kind], qualifier])) + element(0x82, b"\x81\x82")
    if wish.kind in ("menu", "item"):
        body += element(0x85, _label(wish.title))
        body += b"".join(element(0x8F, bytes([number]) + _label(label)) for number, label in wish.items.items())
    else:
        body += element(0x8D, _text(wish.title))
    if wish.kind == "input":
        body += element(0x91, bytes([wish.least, wish.most]))
    return element(0xD0, body)
