"""From a slot's ttys to the one that answers and also speaks by itself; dongles have three or four."""

import re
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gsm.modem.channel import Channel, Event, ModemError, Port
from gsm.modem.startup import greet

PROVOKED_SECONDS = 12.0
# The end of /dev/serial/by-path names: the interface of the device, and the port of the interface.
_PORT_OF = re.compile(r"(:\d+\.\d+)?-port\d+$")

PortOpener = Callable[[str], Port]


def slots_of(pattern: str) -> dict[str, list[str]]:
    """Slots by name with the ttys each has now, of a pattern such as /dev/serial/by-path/*."""
    folder, _, names = pattern.rpartition("/")
    found: dict[str, list[str]] = {}
    for path in sorted(Path(folder or ".").glob(names)):
        # A link whose device is gone is no tty.
        if path.exists() and not path.name.startswith("."):
            found.setdefault(_PORT_OF.sub("", path.name), []).append(str(path))
    return found


@dataclass
class _Candidate:
    """One tty under trial."""

    path: str
    spoke: threading.Event = field(default_factory=threading.Event)
    forward: Callable[[Event], None] | None = None
    channel: Channel | None = None

    def heard(self, event: Event) -> None:
        self.spoke.set()
        if self.forward is not None:
            self.forward(event)

    def open(self, opener: PortOpener) -> None:
        self.channel = Channel(opener(self.path), self.heard, Path(self.path).name)


class CannotOpen(Exception):
    """None of the ttys can be opened: held by another process, or gone."""


def open_best(paths: Sequence[str], opener: PortOpener, on_event: Callable[[Event], None], seconds: float = 1.0) -> Channel | None:
    """The channel of the tty to use, None when none answers. Raises CannotOpen.

    Where several answer, the radio is switched off and on: the one on which that is heard unasked is taken.
    """
    candidates = _opened(paths, opener)
    if not candidates:
        raise CannotOpen(", ".join(Path(path).name for path in paths))
    answering = [one for one in candidates if one.channel is not None and greet(one.channel, seconds=seconds)]
    best = answering[0] if len(answering) == 1 else _speaking(answering)
    for one in candidates:
        if one is not best and one.channel is not None:
            one.channel.close()
    if best is None or best.channel is None:
        return None
    best.forward = on_event
    return best.channel


def _opened(paths: Iterable[str], opener: PortOpener) -> list[_Candidate]:
    found = []
    for path in paths:
        one = _Candidate(path)
        try:
            one.open(opener)
        except (OSError, ValueError):
            continue
        found.append(one)
    return found


def _speaking(candidates: Sequence[_Candidate]) -> _Candidate | None:
    if not candidates:
        return None
    first = candidates[0]
    assert first.channel is not None
    for one in candidates:
        one.spoke.clear()
    try:
        for command in ("AT+CREG=1", "AT+CFUN=4", "AT+CFUN=1"):
            first.channel.ask(command, seconds=PROVOKED_SECONDS)
    except ModemError:
        return first
    until = time.monotonic() + PROVOKED_SECONDS
    while time.monotonic() < until:
        speaking = next((one for one in candidates if one.spoke.wait(0.05)), None)
        if speaking is not None:
            return speaking
    return first
