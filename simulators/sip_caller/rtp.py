"""Sound in packets (RFC 3550) and keys as telephone events (RFC 4733)."""

import secrets
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

SAMPLES = 160
"""Samples of a packet: 20 ms at 8,000 Hz, one octet each in A-law."""
SILENCE = b"\xd5" * SAMPLES
KEYS = "0123456789*#ABCD"
_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")
_VOLUME, _END, _MARKER = 10, 0x80, 0x80
# Asterisk hears no key shorter than 80 ms, and no two with less than 45 ms between.
_TONE_PACKETS, _GAP_PACKETS = 4, 2


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet as received."""

    payload_type: int
    sequence: int
    timestamp: int
    payload: bytes

    @classmethod
    def read(cls, data: bytes) -> "Packet | None":
        """A packet, or None for anything that is no RTP of version 2."""
        if len(data) < _HEADER.size or data[0] >> 6 != 2:
            return None
        flags, kind, sequence, timestamp, _ = _HEADER.unpack_from(data)
        start = _HEADER.size + 4 * (flags & 0x0F)
        return cls(kind & 0x7F, sequence, timestamp, data[start:])


@dataclass
class Sender:
    """Numbers packets of one stream. Each call of `tick` is 20 ms: sound, or the next piece of a key that is being pressed."""

    audio_type: int
    event_type: int
    source: int = field(default_factory=lambda: secrets.randbits(32))
    sequence: int = field(default_factory=lambda: secrets.randbits(15))
    timestamp: int = field(default_factory=lambda: secrets.randbits(30))
    _keys: list[Iterator[bytes | None]] = field(default_factory=list)

    def press(self, key: str) -> None:
        """Press a key after those that are waiting."""
        self._keys.append(self._pieces(KEYS.index(key)))

    @property
    def busy(self) -> bool:
        """Whether keys are still being sent."""
        return bool(self._keys)

    def tick(self) -> list[bytes]:
        """What goes out now: one packet, or the three that end a key."""
        while self._keys:
            piece = next(self._keys[0], b"")
            if piece is None:
                break
            if piece:
                return [piece] if not self._is_end(piece) else [piece, self._again(piece), self._again(piece)]
            self._keys.pop(0)
        packet = self._packet(self.audio_type, SILENCE, self.timestamp)
        self.timestamp += SAMPLES
        return [packet]

    def _pieces(self, event: int) -> Iterator[bytes | None]:
        """Telephone event packets share the time stamp of the key's beginning; then, for the gap, sound."""
        began = self.timestamp
        for number in range(1, _TONE_PACKETS + 1):
            payload = _EVENT.pack(event, _VOLUME, number * SAMPLES)
            self.timestamp += SAMPLES
            yield self._packet(self.event_type, payload, began, marked=number == 1)
        yield self._packet(self.event_type, _EVENT.pack(event, _VOLUME | _END, _TONE_PACKETS * SAMPLES), began)
        for _ in range(_GAP_PACKETS):
            yield None

    def _is_end(self, packet: bytes) -> bool:
        return bool(packet[_HEADER.size + 1] & _END)

    def _again(self, packet: bytes) -> bytes:
        """The end of a key is sent three times, each packet with a number of its own (RFC 4733, 2.5.1.4)."""
        number = self.sequence & 0xFFFF
        self.sequence += 1
        return packet[:2] + struct.pack("!H", number) + packet[4:]

    def _packet(self, kind: int, payload: bytes, timestamp: int, *, marked: bool = False) -> bytes:
        head = _HEADER.pack(0x80, kind | (_MARKER if marked else 0), self.sequence & 0xFFFF, timestamp & 0xFFFFFFFF, self.source)
        self.sequence += 1
        return head + payload
