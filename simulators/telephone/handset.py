"""One telephone with several lines: what it is doing, what was heard in words, and the sound for whoever listens."""

import asyncio
import csv
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from simulators.sip_caller.call import Call, NotHeard, Refused, is_key
from simulators.sip_caller.ears import Library
from simulators.telephone import wave

IDLE, DIALLING, TALKING, REFUSED, ENDED = "idle", "dialling", "talking", "refused", "ended"
_MOST_SOUND = 500
_PACKET_SECONDS = 0.02
_NOT_YET = (OSError, TimeoutError, NotHeard)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that can be chosen: its number, and whose it is."""

    number: str
    name: str


class Words:
    """What prompts say, from the table that was built with them."""

    def __init__(self, table: Path) -> None:
        with table.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            self._texts: dict[str, dict[str, str]] = {row["name"]: dict(row) for row in rows}

    def of(self, language: str, name: str) -> str:
        """A prompt's text; its name where the table does not know it."""
        return self._texts.get(name, {}).get(language) or name


class Handset:
    """At most one call at a time. Everything happens on one asyncio loop."""

    def __init__(self, port: int, prompts: Path, lines: list[Line], state: Path | None = None) -> None:
        self._port, self._prompts, self._state_file = port, prompts, state
        self.lines = lines
        self.state = IDLE
        self.number = ""
        self._library: Library | None = None
        self._words: Words | None = None
        self._call: Call | None = None
        self._dialling: asyncio.Task[None] | None = None
        self._listeners: set[asyncio.Queue[bytes]] = set()

    @property
    def exchange(self) -> str:
        """What is said of the exchange while it is not there; empty when nothing is."""
        if self._state_file is None or not self._state_file.exists():
            return ""
        return self._state_file.read_text(encoding="utf-8").strip()

    def heard(self) -> list[str]:
        """What was heard in this call, in words, each prompt once and in order."""
        if self._call is None or self._words is None:
            return []
        words = self._words
        return [words.of(item.language, item.name) for item in self._call.heard]

    def dial(self, number: str) -> None:
        """Call from a line, instead of any call there is. Raises KeyError for a line there is not."""
        if number not in {line.number for line in self.lines}:
            raise KeyError(number)
        self.hang_up()
        self.number, self.state = number, DIALLING
        self._dialling = asyncio.get_running_loop().create_task(self._dial(number))

    def press(self, key: str) -> None:
        """Press a key; outside of a call nothing happens. Raises ValueError for anything that is no key."""
        if not is_key(key):
            raise ValueError(key)
        if self._call is not None and self.state == TALKING:
            self._pressing = asyncio.get_running_loop().create_task(self._call.press(key))

    def hang_up(self) -> None:
        """Put the receiver down."""
        if self._dialling is not None:
            self._dialling.cancel()
        if self._call is not None and self.state == TALKING:
            self._call.put_down()
        self.state = IDLE if self.state == DIALLING else ENDED if self._call else self.state

    async def sound(self) -> AsyncIterator[bytes]:
        """What is heard from now on, as a WAV stream; silence between calls keeps it running."""
        queue: asyncio.Queue[bytes] = asyncio.Queue(_MOST_SOUND)
        self._listeners.add(queue)
        try:
            yield wave.header()
            while True:
                try:
                    yield wave.samples(await asyncio.wait_for(queue.get(), 5 * _PACKET_SECONDS))
                except TimeoutError:
                    yield wave.silence() * 5
        finally:
            self._listeners.discard(queue)

    async def _dial(self, number: str) -> None:
        try:
            library = self._ready()
            self._call = Call(library, on_sound=self._spread)
            await self._call.dial(self._port, number)
            self.state = TALKING
            await self._call.wait_for_end()
            self.state = ENDED
        except (Refused, *_NOT_YET):
            self.state = REFUSED
        finally:
            if self._call is not None:
                self._call.close()

    def _ready(self) -> Library:
        """The prompts may be built while we are up already."""
        if self._library is None:
            self._library, self._words = Library(self._prompts), Words(self._prompts / "prompts.tsv")
        return self._library

    def _spread(self, sound: bytes) -> None:
        for queue in self._listeners:
            with suppress(asyncio.QueueFull):
                queue.put_nowait(sound)


def lines_of(told: Mapping[str, str]) -> list[Line]:
    """Lines from numbers and names."""
    return [Line(number, name) for number, name in told.items()]
