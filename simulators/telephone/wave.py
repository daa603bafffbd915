"""Sound as browsers take it: A-law (ITU-T G.711) turned into 16-bit samples, in a WAV stream without end."""

import struct

from simulators.sip_caller.rtp import SAMPLES

_RATE = 8000
_ENDLESS = 0x7FFFFFFF


def header() -> bytes:
    """The head of a WAV stream: one channel, 16 bits, 8,000 Hz, of unknown length."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, _RATE, 2 * _RATE, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", _ENDLESS, b"WAVE") + form + struct.pack("<4sI", b"data", _ENDLESS - 36)


def samples(sound: bytes) -> bytes:
    """A-law octets as samples, low octet first."""
    return b"".join(_TABLE[octet] for octet in sound)


def silence() -> bytes:
    """20 ms of it."""
    return bytes(2 * SAMPLES)


def _linear(octet: int) -> int:
    """One octet as a sample: sign, three bits of segment, four of step; even bits are inverted on the line."""
    told = octet ^ 0x55
    segment, step = told >> 4 & 7, told & 0x0F
    size = (2 * step + 1) << 3 if segment == 0 else (2 * step + 33) << (segment + 2)
    return size if told & 0x80 else -size


_TABLE = [struct.pack("<h", _linear(octet)) for octet in range(256)]
