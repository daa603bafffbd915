"""Sound for browsers."""

import io
import struct
import wave

from simulators.telephone.wave import header, samples, silence

# ITU-T G.711, table 1a: decoder output values, in steps of a 13-bit scale, eight to ours.
KNOWN = {0xD5: 8, 0x55: -8, 0xD4: 24, 0x54: -24, 0xAA: 32256, 0x2A: -32256, 0x80: 5504, 0x00: -5504, 0xC5: 264}


def test_known_values() -> None:
    for octet, value in KNOWN.items():
        assert struct.unpack("<h", samples(bytes([octet])))[0] == value, hex(octet)


def test_every_octet_is_another_sample() -> None:
    told = struct.unpack("<256h", samples(bytes(range(256))))
    assert len(set(told)) == 256
    assert sorted(told) == sorted(-value for value in told)


def test_the_head_is_understood() -> None:
    with wave.open(io.BytesIO(header() + silence()), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
    assert len(silence()) == 320
