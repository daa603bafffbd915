"""What stands around a message: length, TPDU, the block of a dial-up concentrator, and the header with its requirement."""

from dataclasses import dataclass, replace
from enum import IntEnum

from pos.codec import bcd
from pos.codec.errors import FrameError

LENGTH_OCTETS = 2
_TPDU, _HEADER = 5, 6
_SHORTEST = _TPDU + _HEADER + 10
_LRI = b"\x4c\x52\x49\x00"
_LRI_HEAD, _NUMBER = 5, 8
_REQUIREMENT = 5


class Requirement(IntEnum):
    """What the host wants of a terminal, in the sixth digit of the header (处理要求)."""

    NONE = 0
    PARAMETERS = 1
    STATUS = 2
    SIGN_IN = 3


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: 5 octets of TPDU, the header's 12 digits, the message's octets, and the caller's number where a concentrator told it."""

    tpdu: bytes
    header: str
    body: bytes
    line: str = ""

    def answer(self, body: bytes, requirement: Requirement = Requirement.NONE) -> "Frame":
        """The frame of an answer: addresses change places, so that a concentrator finds the line; no block of its own."""
        header = self.header[:_REQUIREMENT] + str(int(requirement)) + self.header[_REQUIREMENT + 1 :]
        return replace(self, tpdu=self.tpdu[:1] + self.tpdu[3:5] + self.tpdu[1:3], header=header, body=body, line="")


def parse(octets: bytes) -> Frame:
    """A frame without its length. Raises FrameError."""
    if len(octets) < _SHORTEST:
        raise FrameError(0, len(octets), "too short for a frame")
    begin, line = _TPDU, ""
    if octets[_TPDU : _TPDU + len(_LRI)] == _LRI:
        begin, line = _after_block(octets)
    header = octets[begin : begin + _HEADER]
    if len(header) < _HEADER:
        raise FrameError(0, begin, "cut off in the header")
    return Frame(octets[:_TPDU], bcd.unpack(header, 2 * _HEADER, 0, begin), octets[begin + _HEADER :], line)


def write(frame: Frame) -> bytes:
    """The frame with its length before it."""
    octets = frame.tpdu + bcd.pack(frame.header, 0) + frame.body
    return len(octets).to_bytes(LENGTH_OCTETS, "big") + octets


def _after_block(octets: bytes) -> tuple[int, str]:
    """Where the header begins behind a concentrator's block, and the caller's number in it."""
    length_at = _TPDU + len(_LRI)
    end = length_at + 1 + octets[length_at]
    number = octets[length_at + 1 : length_at + 1 + _NUMBER]
    if end > len(octets) or octets[length_at] < _NUMBER:
        raise FrameError(0, length_at, "a concentrator's block that is cut off")
    return end, number.hex().rstrip("f").lstrip("0")
