"""The centre's own SMPP 3.4: just the PDUs that it speaks, packed and read by hand."""

import struct
from dataclasses import dataclass, field
from typing import Final

BIND_RECEIVER: Final = 0x01
BIND_TRANSMITTER: Final = 0x02
SUBMIT_SM: Final = 0x04
DELIVER_SM: Final = 0x05
UNBIND: Final = 0x06
BIND_TRANSCEIVER: Final = 0x09
ENQUIRE_LINK: Final = 0x15
NACK: Final = 0x80000000
RESPONSE: Final = 0x80000000
PAYLOAD: Final = 0x0424
RECEIPTED_ID: Final = 0x001E
MESSAGE_STATE: Final = 0x0427
USSD_OPERATION: Final = 0x0501
SESSION_INFO: Final = 0x1383
BINDS: Final = (BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER)
_HEADER: Final = struct.Struct(">IIII")
_LARGEST: Final = 100_000


class Unreadable(Exception):
    """Octets that the centre cannot read as a PDU."""


@dataclass(frozen=True)
class Head:
    """Command, status, sequence and the octets behind them."""

    command: int
    status: int
    sequence: int
    body: bytes


@dataclass
class Short:
    """What submit_sm and deliver_sm carry, as far as the centre cares."""

    source: str = ""
    target: str = ""
    service: str = ""
    esm_class: int = 0
    protocol: int = 0
    registered: int = 0
    coding: int = 0
    octets: bytes = b""
    options: dict[int, bytes] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """The user data, wherever it was put."""
        return self.octets or self.options.get(PAYLOAD, b"")


def pack(command: int, sequence: int, body: bytes = b"", status: int = 0) -> bytes:
    """One PDU's octets."""
    return _HEADER.pack(16 + len(body), command, status, sequence) + body


def cut(stream: bytearray) -> list[Head]:
    """Takes whole PDUs off a stream. Raises Unreadable for impossible lengths."""
    found = []
    while len(stream) >= 16:
        length, command, status, sequence = _HEADER.unpack_from(stream)
        if not 16 <= length <= _LARGEST:
            raise Unreadable(f"length {length}")
        if len(stream) < length:
            break
        found.append(Head(command, status, sequence, bytes(stream[16:length])))
        del stream[:length]
    return found


def strings(body: bytes, count: int) -> list[str]:
    """The first strings of a body. Raises Unreadable."""
    pieces = body.split(b"\0", count)
    if len(pieces) <= count:
        raise Unreadable("a string without an end")
    return [piece.decode("latin-1") for piece in pieces[:count]]


def write_short(short: Short) -> bytes:
    """The body of a deliver_sm."""
    kind = b"\x01\x01" if short.source.isdigit() else b"\x00\x00"
    octets = short.octets if len(short.octets) < 255 else b""
    options = dict(short.options) if octets == short.octets else {**short.options, PAYLOAD: short.octets}
    head = _text(short.service) + kind + _text(short.source) + b"\x01\x01" + _text(short.target)
    flags = bytes([short.esm_class, short.protocol, 0, 0, 0, short.registered, 0, short.coding, 0, len(octets)])
    return head + flags + octets + b"".join(struct.pack(">HH", tag, len(value)) + value for tag, value in options.items())


def _text(value: str) -> bytes:
    return value.encode("latin-1") + b"\0"


def read_short(body: bytes) -> Short:
    """The body of a submit_sm. Raises Unreadable."""
    try:
        service, rest = _until_zero(body)
        source, rest = _until_zero(rest[2:])
        target, rest = _until_zero(rest[2:])
        esm_class, protocol, _priority = rest[0], rest[1], rest[2]
        _schedule, rest = _until_zero(rest[3:])
        _validity, rest = _until_zero(rest)
        registered, _replace, coding, _default, length = rest[:5]
        octets, options = rest[5 : 5 + length], _options(rest[5 + length :])
    except (IndexError, ValueError, struct.error) as error:
        raise Unreadable(str(error)) from error
    if len(octets) != length:
        raise Unreadable("shorter than it says")
    return Short(source, target, service, esm_class, protocol, registered, coding, octets, options)


def _until_zero(octets: bytes) -> tuple[str, bytes]:
    end = octets.index(b"\0")
    return octets[:end].decode("latin-1"), octets[end + 1 :]


def _options(octets: bytes) -> dict[int, bytes]:
    found = {}
    while octets:
        tag, length = struct.unpack_from(">HH", octets)
        if len(octets) < 4 + length:
            raise Unreadable("an option is cut off")
        found[tag] = octets[4 : 4 + length]
        octets = octets[4 + length :]
    return found
