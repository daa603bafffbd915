"""Short messages as text mode writes and reads them, in the character set the client chose (27.005, 3.1)."""

from datetime import datetime
from typing import TYPE_CHECKING

from simulators.modem_farm import alphabet
from simulators.modem_farm.answers import cms
from simulators.modem_farm.pdu import EIGHT_BITS, UCS2, Deliver, Report

if TYPE_CHECKING:
    from simulators.modem_farm.modem import Modem


def moment(at: datetime) -> str:
    """A time as modems write it, its zone in quarters of an hour."""
    offset = at.utcoffset()
    quarters = int(offset.total_seconds()) // 900 if offset else 0
    return f"{at:%y/%m/%d,%H:%M:%S}{quarters:+03d}"


def written(letters: str, text: str) -> str:
    """A text in a character set: UCS2 and HEX in hexadecimal, GSM as the alphabet's own codes, else as it is."""
    if letters == "UCS2":
        return alphabet.to_ucs2(text).hex().upper()
    if letters == "HEX":
        return alphabet.to_septets(text).hex().upper()
    return alphabet.to_septets(text).decode("latin-1") if letters == "GSM" else text


def read_letters(modem: "Modem", text: bytes) -> str:
    """What the client typed. Raises Failed."""
    try:
        if modem.profile.letters == "UCS2":
            return alphabet.from_ucs2(bytes.fromhex(text.decode("ascii")))
        if modem.profile.letters == "HEX":
            return alphabet.from_septets(bytes.fromhex(text.decode("ascii")))
    except ValueError as problem:
        raise cms(305) from problem
    return alphabet.from_septets(text) if modem.profile.letters == "GSM" else text.decode("latin-1")


def text_lines(modem: "Modem", message: Deliver | Report) -> list[str]:
    """The head of a message, from its number on, and its text on the next line where it has one."""
    if isinstance(message, Report):
        times = f'"{moment(message.sent_at)}","{moment(message.done_at)}"'
        return [f'6,{message.reference},"{message.recipient}",{_kind(message.recipient)},{times},{message.status}']
    letters = modem.profile.letters
    sender = written("UCS2", message.sender) if letters == "UCS2" else message.sender
    head = f'"{sender}",,"{moment(message.at)}"'
    if modem.profile.text_headers:
        length = len(message.part.content)
        head += f',{_kind(message.sender)},4,{message.protocol},{message.part.coding},"{message.smsc}",{_kind(message.smsc)},{length}'
    hexadecimal = message.part.coding in (UCS2, EIGHT_BITS) and letters != "UCS2"
    shown = message.part.content.hex().upper() if hexadecimal else written(letters, message.part.text)
    return [head, shown]


def _kind(number: str) -> int:
    return 145 if number.startswith("+") else 129 if number.isdigit() else 208
