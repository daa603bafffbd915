"""Knows which prompt it hears by comparing the sound with the prompts' own files, packet by packet. Needs A-law from end to end."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from simulators.sip_caller.rtp import SAMPLES

_ENOUGH = 0.8
"""The share of a prompt's packets after which it counts as heard whole, should its last ones get lost."""


@dataclass(slots=True)
class Heard:
    """One prompt that was played: its name without the language, how many packets of it came, and whether it came to its end."""

    name: str
    language: str
    packets: int = 0
    whole: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    language: str
    name: str
    position: int
    length: int


class Library:
    """All prompts of a folder with a folder a language, by what a packet of them sounds like."""

    def __init__(self, folder: Path) -> None:
        files = {file: _packets(file.read_bytes()) for file in sorted(folder.rglob("*.alaw"))}
        seen = Counter(packet for packets in files.values() for packet in set(packets))
        self.places: dict[bytes, _Place] = {}
        for file, packets in files.items():
            language, _, name = file.relative_to(folder).with_suffix("").as_posix().partition("/")
            for position, packet in enumerate(packets):
                # What two prompts share, silence above all, tells neither.
                if seen[packet] == 1 and packet not in self.places:
                    self.places[packet] = _Place(language, name, position, len(packets))


class Ears:
    """Listens to one call."""

    def __init__(self, library: Library) -> None:
        self._places: Mapping[bytes, _Place] = library.places
        self._last: _Place | None = None
        self.heard: list[Heard] = []

    def listen(self, payload: bytes) -> bool:
        """One packet of sound; whether something new is known by it."""
        place = self._places.get(payload)
        if place is None:
            return False
        if self._begins(place):
            self.heard.append(Heard(place.name, place.language))
        told = self.heard[-1]
        told.packets += 1
        self._last = place
        told.whole = told.whole or place.position == place.length - 1 or told.packets >= _ENOUGH * place.length
        return True

    def _begins(self, place: _Place) -> bool:
        """Whether a prompt starts: another one than before, or the same again."""
        last = self._last
        return last is None or (place.language, place.name) != (last.language, last.name) or place.position < last.position


def _packets(sound: bytes) -> list[bytes]:
    return [sound[start : start + SAMPLES] for start in range(0, len(sound), SAMPLES)]
