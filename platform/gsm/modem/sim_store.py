"""The messages a SIM card keeps: listed, read, deleted only after they were kept elsewhere; and messages sent (3GPP TS 27.005)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gsm import pdu, udh
from gsm.modem.channel import Answer, Channel
from gsm.text import decode, is_ucs2

ALL_STATES = 4
FULL_PERCENT = 80
STORE_FULL = 322
_MESSAGE_SENT = r"\+CMGS: ?\d+"


@dataclass(frozen=True, slots=True)
class Stored:
    """A message on the card. What cannot be read is kept as it lies, with no sender."""

    index: int
    line: str
    message: pdu.Message | None

    @property
    def sender(self) -> str:
        """Whom it is from."""
        return str(self.message.sender) if isinstance(self.message, pdu.Deliver) else ""

    @property
    def sent_at(self) -> datetime | None:
        """The centre's time."""
        return self.message.sent_at if isinstance(self.message, pdu.Deliver) else None

    @property
    def part(self) -> udh.Part | None:
        """Which part of a long message it is; None for a whole one, and for a header that does not hold together."""
        try:
            return udh.part_of(self.message.header) if isinstance(self.message, pdu.Deliver) else None
        except udh.BadHeader:
            return None


def read_all(channel: Channel) -> list[Stored]:
    """Every message on the card. Raises ModemError."""
    answer = channel.ask(f"AT+CMGL={ALL_STATES}", r"\+CMGL: ?\d+", 15.0, takes_body=True)
    found = []
    for head, body in zip(answer.lines, answer.bodies, strict=True):
        index = re.search(r"\d+", head)
        if index and body:
            found.append(Stored(int(index[0]), body, _message(body)))
    return found


def delete(channel: Channel, index: int) -> bool:
    """Take one off the card. Raises ModemError."""
    return channel.ask(f"AT+CMGD={index}", seconds=10.0).ok


def sweep(channel: Channel, keep: Callable[[list[Stored]], Sequence[Stored]]) -> int:
    """Read all, hand all to `keep`, which gives back those that are safe elsewhere, and delete these; how many. Raises ModemError."""
    stored = read_all(channel)
    kept = keep(stored) if stored else ()
    for message in kept:
        delete(channel, message.index)
    return len(kept)


def fullness(channel: Channel) -> int:
    """Used places in percent, 0 where the modem does not tell. Raises ModemError."""
    answer = channel.ask("AT+CPMS?", r"\+CPMS:", seconds=10.0)
    found = re.search(r'"SM", ?(\d+), ?(\d+)', answer.lines[0]) if answer.lines else None
    return int(found[1]) * 100 // max(int(found[2]), 1) if found else 0


def send_pdu(channel: Channel, message: pdu.Submit, seconds: float = 60.0) -> Answer:
    """Hand one message over (AT+CMGS). Raises ModemError: NoPrompt before the message was given, NoAnswer and PortGone after."""
    line, octets = pdu.encode(message)
    return channel.ask(f"AT+CMGS={octets}", _MESSAGE_SENT, seconds, data=line.encode("ascii"))


def read_text(message: pdu.Deliver) -> str:
    """The text of a message, NULs some centres pad with taken off."""
    return decode(message.data, message.coding).rstrip("\0") if is_ucs2(message.coding) else message.text


def _message(line: str) -> pdu.Message | None:
    try:
        return pdu.decode(line)
    except pdu.BadPdu:
        return None
