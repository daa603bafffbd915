"""PDUs to octets and back, and a stream of octets cut into PDUs (SMPP 3.4, 3.2). Pure; the layout is read off the bodies."""

from dataclasses import dataclass, fields
from typing import Any, get_type_hints

from stk_sms.smpp.pdus import BODIES, RESPONSE, UNANSWERED, Body
from stk_sms.smpp.status import Status
from stk_sms.smpp.wire import MalformedPdu, Wire

HEADER_OCTETS = 16
MOST_OCTETS = 70_000
"""message_payload alone may have 65,535."""


class BadFrame(MalformedPdu):
    """A length that no PDU of ours has: where the next PDU begins is lost, so the connection must go."""


@dataclass(frozen=True, slots=True)
class Header:
    """The sixteen octets before every body."""

    length: int
    command: int
    status: int
    sequence: int

    @property
    def is_response(self) -> bool:
        """Whether this answers a request."""
        return bool(self.command & RESPONSE)


@dataclass(frozen=True, slots=True)
class Pdu:
    """One PDU: its body, its sequence number and, for responses, its status."""

    body: Body
    sequence: int
    status: int = Status.ROK


def _layout(body: type[Body]) -> tuple[tuple[str, Wire], ...]:
    hints = get_type_hints(body, include_extras=True)
    return tuple((item.name, hints[item.name].__metadata__[0]) for item in fields(body))


_BY_COMMAND = {body.command: (body, _layout(body)) for body in BODIES}
_ANSWERS = {body: _BY_COMMAND[body.command | RESPONSE][0] for body in BODIES if not body.command & RESPONSE and body not in UNANSWERED}


def answer_to(command: int) -> Body | None:
    """An empty answer to a command id; None for unknown ones, responses, and those that have no answer."""
    known = _BY_COMMAND.get(command)
    answer = _ANSWERS.get(known[0]) if known else None
    return answer() if answer else None


def encode(pdu: Pdu) -> bytes:
    """All octets of a PDU. Raises Unencodable."""
    layout = _BY_COMMAND[pdu.body.command][1]
    # A response that tells an error has no body (4.4.2), except where it names what the error is about.
    bare = pdu.status and pdu.body.command & RESPONSE and pdu.body == type(pdu.body)()
    body = b"" if bare else b"".join(wire.pack(getattr(pdu.body, name), name) for name, wire in layout)
    numbers = (HEADER_OCTETS + len(body), pdu.body.command, pdu.status, pdu.sequence)
    return b"".join(number.to_bytes(4, "big") for number in numbers) + body


def header_of(frame: bytes) -> Header:
    """The header of a frame. Raises MalformedPdu."""
    if len(frame) < HEADER_OCTETS:
        raise MalformedPdu("header", 0, f"{len(frame)} octets")
    return Header(*(int.from_bytes(frame[at : at + 4], "big") for at in range(0, HEADER_OCTETS, 4)))


def decode(frame: bytes) -> Pdu:
    """The PDU in one frame, which must be used up. Raises MalformedPdu."""
    header = header_of(frame)
    if header.length != len(frame):
        raise MalformedPdu("command_length", 0, f"{header.length} is told, {len(frame)} octets are there")
    known = _BY_COMMAND.get(header.command)
    if known is None:
        raise MalformedPdu("command_id", 4, f"0x{header.command:08X} is not known", Status.RINVCMDID)
    body, layout = known
    if header.is_response and len(frame) == HEADER_OCTETS:
        return Pdu(body(), header.sequence, header.status)
    return Pdu(body(**_values(frame, layout)), header.sequence, header.status)


def _values(frame: bytes, layout: tuple[tuple[str, Wire], ...]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    position = HEADER_OCTETS
    for name, wire in layout:
        values[name], position = wire.unpack(frame, position, name)
    if position != len(frame):
        raise MalformedPdu("body", position, f"{len(frame) - position} octets too many")
    return values


class FrameReader:
    """Cuts a stream into frames; holds at most one unfinished frame, so a peer cannot fill the memory."""

    def __init__(self, most_octets: int = MOST_OCTETS) -> None:
        self.most_octets = most_octets
        self._kept = bytearray()

    def feed(self, octets: bytes) -> list[bytes]:
        """Whole frames as far as they have come. Raises BadFrame; the stream cannot be read on after that."""
        self._kept += octets
        frames: list[bytes] = []
        position = 0
        while len(self._kept) - position >= 4:
            length = int.from_bytes(self._kept[position : position + 4], "big")
            if not HEADER_OCTETS <= length <= self.most_octets:
                raise BadFrame("command_length", 0, f"{length} is not between {HEADER_OCTETS} and {self.most_octets}")
            if len(self._kept) - position < length:
                break
            frames.append(bytes(self._kept[position : position + length]))
            position += length
        del self._kept[:position]
        return frames
