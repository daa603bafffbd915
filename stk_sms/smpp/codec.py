"""PDUs to octets and back, and a stream of octets cut into PDUs (SMPP 3.4, 3.2). Pure; the layout is read off the bodies."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import groupby
from operator import attrgetter
from struct import Struct
from typing import Any, get_type_hints

from stk_sms.smpp.pdus import BODIES, RESPONSE, UNANSWERED, Body
from stk_sms.smpp.status import Status
from stk_sms.smpp.wire import Integer, MalformedPdu, Octets, Wire

HEADER_OCTETS = 16
_HEADER = Struct(">4I")
_LENGTH = Struct(">I")
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


_Step = tuple[Wire, str, int]
"""One kind of field, its name, and how many fields it is: those of one octet that follow each other are read and written at once."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a body lies on the wire; `values` gives all its fields in their order."""

    body: type[Body]
    steps: tuple[_Step, ...]
    values: Callable[[Body], Sequence[Any]]


def _layout(body: type[Body]) -> _Layout:
    hints = get_type_hints(body, include_extras=True)
    wires = [(hints[item.name].__metadata__[0], item.name) for item in fields(body)]
    names = [name for _, name in wires]
    # Of one name it would give the value itself; of none it cannot be made.
    values = attrgetter(*names) if len(names) > 1 else lambda told: tuple(getattr(told, name) for name in names)
    return _Layout(body, tuple(_steps(wires)), values)


def _steps(wires: Sequence[tuple[Wire, str]]) -> Iterator[_Step]:
    for octet, run in groupby(wires, key=lambda each: each[0] == Integer()):
        found = list(run)
        if octet and len(found) > 1:
            names = tuple(name for _, name in found)
            yield Octets(names), names[0], len(names)
        else:
            yield from ((wire, name, 1) for wire, name in found)


_BY_COMMAND = {body.command: _layout(body) for body in BODIES}
_ANSWERS = {body: _BY_COMMAND[body.command | RESPONSE].body for body in BODIES if not body.command & RESPONSE and body not in UNANSWERED}


def answer_to(command: int) -> Body | None:
    """An empty answer to a command id; None for unknown ones, responses, and those that have no answer."""
    known = _BY_COMMAND.get(command)
    answer = _ANSWERS.get(known.body) if known else None
    return answer() if answer else None


def encode(pdu: Pdu) -> bytes:
    """All octets of a PDU. Raises Unencodable."""
    body = pdu.body
    # A response that tells an error has no body (4.4.2), except where it names what the error is about.
    bare = pdu.status and body.command & RESPONSE and body == type(body)()
    octets = b"" if bare else _octets(body)
    return _HEADER.pack(HEADER_OCTETS + len(octets), body.command, pdu.status, pdu.sequence) + octets


def _octets(body: Body) -> bytes:
    layout = _BY_COMMAND[body.command]
    values, at = layout.values(body), 0
    pieces = []
    for wire, name, count in layout.steps:
        pieces.append(wire.pack(values[at] if count == 1 else values[at : at + count], name))
        at += count
    return b"".join(pieces)


def header_of(frame: bytes) -> Header:
    """The header of a frame. Raises MalformedPdu."""
    if len(frame) < HEADER_OCTETS:
        raise MalformedPdu("header", 0, f"{len(frame)} octets")
    return Header(*_HEADER.unpack_from(frame))


def decode(frame: bytes) -> Pdu:
    """The PDU in one frame, which must be used up. Raises MalformedPdu."""
    if len(frame) < HEADER_OCTETS:
        raise MalformedPdu("header", 0, f"{len(frame)} octets")
    length, command, status, sequence = _HEADER.unpack_from(frame)
    if length != len(frame):
        raise MalformedPdu("command_length", 0, f"{length} is told, {len(frame)} octets are there")
    layout = _BY_COMMAND.get(command)
    if layout is None:
        raise MalformedPdu("command_id", 4, f"0x{command:08X} is not known", Status.RINVCMDID)
    if command & RESPONSE and length == HEADER_OCTETS:
        return Pdu(layout.body(), sequence, status)
    return Pdu(layout.body(*_values(frame, layout.steps)), sequence, status)


def _values(frame: bytes, steps: Sequence[_Step]) -> list[Any]:
    values: list[Any] = []
    position = HEADER_OCTETS
    for wire, name, count in steps:
        value, position = wire.unpack(frame, position, name)
        if count == 1:
            values.append(value)
        else:
            values.extend(value)
    if position != len(frame):
        raise MalformedPdu("body", position, f"{len(frame) - position} octets too many")
    return values


class FrameReader:
    """Cuts a stream into frames; holds at most one unfinished frame, so a peer cannot fill the memory."""

    def __init__(self, most_octets: int = MOST_OCTETS) -> None:
        self.most_octets = most_octets
        self._kept = b""

    def feed(self, octets: bytes) -> list[bytes]:
        """Whole frames as far as they have come. Raises BadFrame; the stream cannot be read on after that."""
        kept = self._kept + octets if self._kept else octets
        frames: list[bytes] = []
        position, over = 0, len(kept)
        while over - position >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(kept, position)
            if not HEADER_OCTETS <= length <= self.most_octets:
                raise BadFrame("command_length", 0, f"{length} is not between {HEADER_OCTETS} and {self.most_octets}")
            if over - position < length:
                break
            frames.append(kept[position : position + length])
            position += length
        self._kept = kept[position:]
        return frames
