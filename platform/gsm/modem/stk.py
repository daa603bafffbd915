"""The SIM toolkit through a modem, in the forms of four makes behind one interface.

What a card wishes: 3GPP TS 11.14 (51.014). `+CUSAT...` is TS 27.007, 12; `+STIN` Wavecom's (and SIMCom's), `^STIN` Huawei's, `+QSTKURC`
Quectel's.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Protocol

from gsm import alphabet, septets

_MENU_SELECTION, _ITEM, _TEXT_STRING, _RESULT, _DEVICES, _DETAILS, _ALPHA, _ITEMS = 0xD3, 0x10, 0x0D, 0x03, 0x02, 0x01, 0x05, 0x0F
_KEYPAD_TO_SIM, _MODEM_TO_SIM = b"\x01\x81", b"\x82\x81"
_ENDED_BY_USER = 0x10
_QUOTED = re.compile(r'"([^"]*)"', re.DOTALL)


class Wish(Enum):
    """What the card wants. SMS goes on by itself, END is the end of the session."""

    MENU = "menu"
    TEXT = "text"
    INPUT = "input"
    ITEM = "item"
    SMS = "sms"
    END = "end"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a user would see. `index` and `raw` are what the answer has to repeat."""

    wish: Wish
    text: str = ""
    items: Mapping[int, str] = field(default_factory=dict)
    index: int = 0
    raw: bytes = b""

    def item(self, step: str) -> str:
        """The item's number for a step: its label, or its place written `#2`. "" where there is none."""
        if step.startswith("#"):
            return step[1:]
        found = [number for number, label in self.items.items() if label.strip() == step]
        return str(found[0]) if len(found) == 1 else ""


class StkDialect(Protocol):
    """One make's way. Texts go out as they are: numbers, amounts and PINs are digits."""

    switch_on: str

    def read(self, line: str) -> Shown | None:
        """What an unsolicited line says, None for one that is nothing of the toolkit's."""
        ...

    def question(self, shown: Shown) -> tuple[str, str] | None:
        """The command that asks for the details, and the pattern of its lines; None where all was told already."""
        ...

    def detailed(self, shown: Shown, lines: Sequence[str]) -> Shown:
        """With the details."""
        ...

    def choose(self, item: str) -> str:
        """Choose from the main menu."""
        ...

    def answer(self, shown: Shown, text: str) -> str:
        """Give an input, choose an item, confirm a text."""
        ...

    def cancel(self, shown: Shown) -> str:
        """End the session."""
        ...


_SHORT = {0: Wish.MENU, 1: Wish.TEXT, 3: Wish.INPUT, 6: Wish.ITEM, 9: Wish.SMS, 99: Wish.END, 98: Wish.END}
_NUMBERS = {Wish.MENU: 0, Wish.TEXT: 1, Wish.INPUT: 3, Wish.ITEM: 6}
_STANDARD = {0x25: Wish.MENU, 0x21: Wish.TEXT, 0x23: Wish.INPUT, 0x22: Wish.INPUT, 0x24: Wish.ITEM, 0x13: Wish.SMS, 254: Wish.END}


def _items(lines: Sequence[str], pattern: str) -> dict[int, str]:
    found = (re.match(pattern, line, re.DOTALL) for line in lines)
    return {int(match[1]): match[2] for match in found if match}


def _first_quoted(lines: Sequence[str]) -> str:
    found = _QUOTED.search(lines[0]) if lines else None
    return found[1] if found else ""


class Wavecom:
    """+STIN: kind; +STGI asks, +STGR answers."""

    switch_on = "AT+STSF=1"

    def read(self, line: str) -> Shown | None:
        found = re.match(r"\+STIN: ?(\d+)", line)
        return Shown(_SHORT.get(int(found[1]), Wish.OTHER)) if found else None

    def question(self, shown: Shown) -> tuple[str, str] | None:
        return (f"AT+STGI={_NUMBERS[shown.wish]}", r"\+STGI:") if shown.wish in _NUMBERS else None

    def detailed(self, shown: Shown, lines: Sequence[str]) -> Shown:
        return replace(shown, text=_first_quoted(lines), items=_items(lines[1:], r'\+STGI: ?(\d+),\d+,"([^"]*)"'))

    def choose(self, item: str) -> str:
        return f"AT+STGR=0,1,{item}"

    def answer(self, shown: Shown, text: str) -> str:
        if shown.wish is Wish.TEXT:
            return "AT+STGR=1,1"
        written = f'"{text}"' if shown.wish is Wish.INPUT else text
        return f"AT+STGR={_NUMBERS[shown.wish]},1,{written}"

    def cancel(self, shown: Shown) -> str:
        return f"AT+STGR={_NUMBERS.get(shown.wish, 1)},0"


class Huawei:
    """^STIN: kind, index, time-out; the answer repeats kind and index."""

    switch_on = "AT^STSF=1"

    def read(self, line: str) -> Shown | None:
        found = re.match(r"\^STIN: ?(\d+), ?(\d+)", line)
        return Shown(_SHORT.get(int(found[1]), Wish.OTHER), index=int(found[2])) if found else None

    def question(self, shown: Shown) -> tuple[str, str] | None:
        return (f"AT^STGI={_NUMBERS[shown.wish]},{shown.index}", r"\^STGI:") if shown.wish in _NUMBERS else None

    def detailed(self, shown: Shown, lines: Sequence[str]) -> Shown:
        return replace(shown, text=_first_quoted(lines), items=_items(lines[1:], r'\^STGI: ?(\d+),\d+,"([^"]*)"'))

    def choose(self, item: str) -> str:
        return f"AT^STGR=0,0,1,{item}"

    def answer(self, shown: Shown, text: str) -> str:
        start = f"AT^STGR={_NUMBERS[shown.wish]},{shown.index},1"
        if shown.wish is Wish.TEXT:
            return start
        return f'{start},0,"{text}"' if shown.wish is Wish.INPUT else f"{start},{text}"

    def cancel(self, shown: Shown) -> str:
        return f"AT^STGR={_NUMBERS.get(shown.wish, 1)},{shown.index},0"


class Quectel:
    """+QSTKURC with the standard's own number; 253 chooses from the menu, 254 ends."""

    switch_on = "AT+QSTK=2"

    def read(self, line: str) -> Shown | None:
        found = re.match(r"\+QSTK(?:URC)?: ?(\d+)", line)
        return Shown(_STANDARD.get(int(found[1]), Wish.OTHER), index=int(found[1])) if found else None

    def question(self, shown: Shown) -> tuple[str, str] | None:
        asked = shown.wish in {Wish.MENU, Wish.TEXT, Wish.INPUT, Wish.ITEM}
        return (f"AT+QSTKGI={shown.index}", r"\+QSTKGI:") if asked else None

    def detailed(self, shown: Shown, lines: Sequence[str]) -> Shown:
        return replace(shown, text=_first_quoted(lines), items=_items(lines[1:], r'\+QSTKGI: ?\d+,(\d+),"([^"]*)"'))

    def choose(self, item: str) -> str:
        return f"AT+QSTKRSP=253,0,{item}"

    def answer(self, shown: Shown, text: str) -> str:
        if shown.wish is Wish.TEXT:
            return f"AT+QSTKRSP={shown.index},0"
        written = f'"{text}"' if shown.wish is Wish.INPUT else text
        return f"AT+QSTKRSP={shown.index},0,{written}"

    def cancel(self, shown: Shown) -> str:
        return "AT+QSTKRSP=254"


class Standard:
    """TS 27.007: the card's own octets, in hexadecimal."""

    switch_on = "AT+CUSATA=1"

    def read(self, line: str) -> Shown | None:
        if line.startswith("+CUSATEND"):
            return Shown(Wish.END)
        found = re.match(r'\+CUSATP: ?"?((?:[0-9A-Fa-f]{2})+)"?', line)
        return proactive(bytes.fromhex(found[1])) if found else None

    def question(self, shown: Shown) -> tuple[str, str] | None:
        return None

    def detailed(self, shown: Shown, lines: Sequence[str]) -> Shown:
        return shown

    def choose(self, item: str) -> str:
        inside = element(_DEVICES | 0x80, _KEYPAD_TO_SIM) + element(_ITEM | 0x80, bytes([int(item)]))
        return f'AT+CUSATE="{element(_MENU_SELECTION, inside).hex().upper()}"'

    def answer(self, shown: Shown, text: str) -> str:
        more = b""
        if shown.wish is Wish.INPUT:
            more = element(_TEXT_STRING | 0x80, b"\x04" + text.encode("ascii"))
        elif shown.wish is Wish.ITEM:
            more = element(_ITEM | 0x80, bytes([int(text)]))
        return self._response(shown, 0x00, more)

    def cancel(self, shown: Shown) -> str:
        return self._response(shown, _ENDED_BY_USER, b"")

    @staticmethod
    def _response(shown: Shown, result: int, more: bytes) -> str:
        told = element(_DETAILS | 0x80, shown.raw or b"\x01\x21\x00") + element(_DEVICES | 0x80, _MODEM_TO_SIM)
        return f'AT+CUSATT="{(told + element(_RESULT | 0x80, bytes([result])) + more).hex().upper()}"'


DIALECTS: dict[str, StkDialect] = {
    "3gpp": Standard(),
    "wavecom": Wavecom(),
    "simcom": Wavecom(),
    "huawei": Huawei(),
    "quectel": Quectel(),
}


def element(tag: int, value: bytes) -> bytes:
    """A TLV; a length of 128 to 255 takes two octets (TS 101 220)."""
    return bytes([tag]) + (bytes([len(value)]) if len(value) < 0x80 else bytes([0x81, len(value)])) + value


def elements(octets: bytes) -> list[tuple[int, bytes]]:
    """TLVs in order, tags without their comprehension bit; what is cut off is left out."""
    found = []
    position = 0
    while position + 2 <= len(octets):
        tag, length = octets[position] & 0x7F, octets[position + 1]
        position += 2
        if length == 0x81 and position < len(octets):
            length = octets[position]
            position += 1
        if position + length > len(octets):
            break
        found.append((tag, octets[position : position + length]))
        position += length
    return found


def proactive(octets: bytes) -> Shown:
    """A proactive command (TS 11.14, 6.6): what the card wants, the text, the items."""
    outer = elements(octets)
    inside = elements(outer[0][1]) if outer and outer[0][0] == 0x50 else []
    details = next((value for tag, value in inside if tag == _DETAILS and len(value) == 3), b"")
    text = next((_string(value) for tag, value in inside if tag == _TEXT_STRING), "")
    title = next((_label(value) for tag, value in inside if tag == _ALPHA), "")
    items = {value[0]: _label(value[1:]) for tag, value in inside if tag == _ITEMS and value}
    wish = _STANDARD.get(details[1], Wish.OTHER) if details else Wish.OTHER
    return Shown(wish, text or title, items, raw=details)


def _string(value: bytes) -> str:
    """A text string (12.15): its first octet is a data coding scheme."""
    scheme, octets = value[:1], value[1:]
    if scheme == b"\x08":
        return octets.decode("utf-16-be", "replace")
    return alphabet.decode(septets.unpack_text(octets)) if scheme == b"\x00" else octets.decode("latin-1")


def _label(value: bytes) -> str:
    """An alpha identifier (TS 11.11, annex B): GSM letters one an octet, or UCS2 behind 0x80."""
    return value[1:].decode("utf-16-be", "replace") if value[:1] == b"\x80" else alphabet.decode(value)
