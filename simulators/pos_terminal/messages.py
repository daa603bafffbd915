"""A message and the frame it travels in: length, TPDU, the dial-up block of a concentrator, header, and the fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import iso8583

from simulators.pos_terminal import specification

_TPDU_OCTETS, _HEADER_OCTETS, _LENGTH_OCTETS = 5, 6, 2
_LRI: Final = b"LRI"
_LRI_OCTETS = 33
_MAC_OCTETS = 8
NO_MAC: Final = "00" * _MAC_OCTETS
HEADER: Final = "603100310000"
"""Magnetic stripe application, version 31, terminal in its normal state, nothing asked of it."""


class BadMessage(ValueError):
    """Octets that are no message of the dialect, or fields that cannot be packed."""


@dataclass(frozen=True)
class Message:
    """A message type of four digits and the fields by number, each as digits, text or hexadecimal."""

    type: str
    fields: Mapping[int, str] = field(default_factory=dict)

    def get(self, number: int) -> str:
        """A field, "" where it is missing."""
        return self.fields.get(number, "")

    def having(self, **told: str) -> "Message":
        """The message with some fields changed, named f11 and so on."""
        return replace(self, fields={**self.fields, **{int(name[1:]): value for name, value in told.items()}})

    @property
    def answer_type(self) -> str:
        """The type of the answer to it."""
        return f"{int(self.type) + 10:04d}"


def pack(message: Message) -> bytes:
    """From the message type to the last field. Raises BadMessage."""
    told = {"t": message.type} | {str(number): value for number, value in message.fields.items()}
    try:
        octets, _ = iso8583.encode(told, specification.of(message.type))
    except (iso8583.EncodeError, KeyError) as error:
        raise BadMessage(f"cannot be packed: {_where(error)}") from error
    return bytes(octets)


def unpack(octets: bytes) -> Message:
    """The other way. Raises BadMessage."""
    try:
        told, _ = iso8583.decode(octets, specification.of(octets[:2].hex()))
        return Message(told.pop("t"), {int(name): value for name, value in told.items() if name.isdigit() and name != "1"})
    except (iso8583.DecodeError, KeyError) as error:
        raise BadMessage(f"not a message: {_where(error)}") from error


def _where(error: Exception) -> str:
    # The codec's own error carries the whole message; which field it was is enough.
    if isinstance(error, (iso8583.EncodeError, iso8583.DecodeError)):
        return f"{error.msg}, field {error.field}"
    return f"unknown field {error}"


def signed_part(octets: bytes) -> bytes:
    """What the MAC of a packed message with field 64 is made over: message type to field 63."""
    return octets[:-_MAC_OCTETS]


@dataclass(frozen=True)
class Frame:
    """What stands around a message on the line. `line` is the dial-up block of a concentrator, or nothing."""

    body: bytes
    tpdu: bytes = bytes.fromhex("6000030000")
    header: str = HEADER
    line: bytes = b""

    def octets(self) -> bytes:
        """The whole frame, its length before it."""
        inside = self.tpdu + self.line + bytes.fromhex(self.header) + self.body
        return len(inside).to_bytes(_LENGTH_OCTETS, "big") + inside

    @property
    def wish(self) -> str:
        """What the host asks of the terminal: the header's sixth digit."""
        return self.header[5]


def read_frame(inside: bytes) -> Frame:
    """A frame without its length. Raises BadMessage."""
    tpdu, rest, line = inside[:_TPDU_OCTETS], inside[_TPDU_OCTETS:], b""
    if rest.startswith(_LRI):
        line, rest = rest[:_LRI_OCTETS], rest[_LRI_OCTETS:]
    if len(rest) <= _HEADER_OCTETS:
        raise BadMessage("too short for a frame")
    return Frame(rest[_HEADER_OCTETS:], tpdu, rest[:_HEADER_OCTETS].hex(), line)


def dial_up(caller: str, called: str) -> bytes:
    """The block a concentrator puts before the header of a call: who rang, whom, and its own twelve octets."""
    numbers = (bytes.fromhex(number.ljust(16, "F")) for number in (caller, called))
    return _LRI + b"\x00\x1c" + b"".join(numbers) + bytes.fromhex("580009490006000000220030")
