"""Long messages: texts cut into parts on the way out, parts put together on the way in (3GPP TS 23.040, 9.2.3.24.1)."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from gsm import alphabet, text, udh

PART_SEPTETS = 153
PART_OCTETS = 134
MOST_PARTS = 255
EXPIRY_SECONDS = 600.0


class TooLong(ValueError):
    """A text that 255 parts do not hold."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One message of a text: header (empty for a single one), data as the coding says."""

    header: bytes
    data: bytes
    coding: int


def split(message: str, reference: int) -> tuple[Piece, ...]:
    """A text as 1 to 255 messages; never cuts an escape sequence or a surrogate pair. `reference` modulo 256 names the parts.

    Raises TooLong.
    """
    data, coding = text.encode(message)
    if text.fits_one(data, coding):
        return (Piece(b"", data, coding),)
    if coding == text.GSM7:
        chunks = _fill(alphabet.units(message), PART_SEPTETS)
    else:
        chunks = _fill((character.encode("utf-16-be") for character in data.decode("utf-16-be")), PART_OCTETS)
    if len(chunks) > MOST_PARTS:
        raise TooLong(f"{len(chunks)} parts")
    headers = (udh.build((udh.part_element(udh.Part(reference % 256, len(chunks), number)),)) for number in range(1, len(chunks) + 1))
    return tuple(Piece(header, chunk, coding) for header, chunk in zip(headers, chunks, strict=True))


def _fill(units: Iterable[bytes], room: int) -> list[bytes]:
    chunks: list[bytes] = []
    current = bytearray()
    for unit in units:
        if len(current) + len(unit) > room:
            chunks.append(bytes(current))
            current.clear()
        current += unit
    return [*chunks, bytes(current)]


Key = tuple[str, str, int, int]
"""Sender, recipient, reference, count."""


@dataclass(slots=True)
class _Set:
    began: float
    parts: dict[int, bytes] = field(default_factory=dict)
    done: bool = False


class Reassembler:
    """Parts that wait for the others of their message, at most ten minutes and at most so many sets.

    A whole message stays until `finish` says that it was taken: where the last part is answered with a temporary error, the network
    brings only that part again. Held in memory: a message whose parts came to different processes, or around a restart, is lost;
    orders fit one message.
    """

    def __init__(self, most_sets: int = 10_000, most_of_a_sender: int = 20) -> None:
        self._sets: OrderedDict[Key, _Set] = OrderedDict()
        self._of_sender: dict[str, int] = {}
        self._most, self._most_of_a_sender = most_sets, most_of_a_sender

    def __len__(self) -> int:
        return len(self._sets)

    def add(self, key: Key, number: int, data: bytes, now: float) -> bytes | None:
        """Keep one part; the whole message once it is complete, None before that and for a repeated part of one that was taken."""
        self.expire(now)
        kept = self._sets.get(key)
        if kept is not None and kept.parts.get(number, data) != data:
            # The phone has come round to the same reference with another message.
            self._drop(key)
            kept = None
        if kept is None:
            kept = self._begin(key, now)
        kept.parts[number] = data
        if kept.done or len(kept.parts) < key[3]:
            return None
        return b"".join(kept.parts[index] for index in range(1, key[3] + 1))

    def finish(self, key: Key) -> None:
        """The whole message was taken; its parts stay until they expire, so that repeated ones are recognised."""
        kept = self._sets.get(key)
        if kept is not None:
            kept.done = True

    def expire(self, now: float) -> None:
        """Drop sets that began more than ten minutes ago."""
        while self._sets:
            key, kept = next(iter(self._sets.items()))
            if now - kept.began < EXPIRY_SECONDS:
                return
            self._drop(key)

    def _begin(self, key: Key, now: float) -> _Set:
        if self._of_sender.get(key[0], 0) >= self._most_of_a_sender:
            self._drop(next(other for other in self._sets if other[0] == key[0]))
        if len(self._sets) >= self._most:
            self._drop(next(iter(self._sets)))
        self._of_sender[key[0]] = self._of_sender.get(key[0], 0) + 1
        self._sets[key] = _Set(now)
        return self._sets[key]

    def _drop(self, key: Key) -> None:
        del self._sets[key]
        self._of_sender[key[0]] -= 1
        if not self._of_sender[key[0]]:
            del self._of_sender[key[0]]
