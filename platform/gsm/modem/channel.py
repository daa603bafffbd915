"""One modem's line: a reader thread, one command in flight, events handed on, and what came too late kept apart."""

import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gsm.modem.lines import PROMPT, Sort, Splitter, is_final, sort

KEPT_LATE = 100
ESCAPE, END_OF_MESSAGE = b"\x1b", b"\x1a"
_ERROR_CODE = re.compile(r"\+CM[ES] ERROR: ?(.*)$")


class Port(Protocol):
    """What a channel needs of a serial port."""

    def read(self) -> bytes:
        """What has come; empty after a short while without anything. Raises OSError when the port is gone."""
        ...

    def write(self, octets: bytes) -> None:
        """Send all octets. Raises OSError; one with `written` 0 says that nothing had left."""
        ...

    def close(self) -> None:
        """Give the port back; a reader that waits in `read` comes out of it."""
        ...


class ModemError(Exception):
    """A command that brought no answer one can use."""


class PortGone(ModemError):
    """The port is closed or unplugged. `written`: whether any octet of this command may have reached the modem."""

    def __init__(self, why: str, written: bool) -> None:
        super().__init__(why)
        self.written = written


class NoAnswer(ModemError):
    """The command was written and no final result came in time."""


class NoPrompt(ModemError):
    """The modem did not ask for the data of a command; they were not given to it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A command's lines between command and final result, the final result, and whether the data behind its prompt were given."""

    final: str
    lines: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    given: bool = False

    @property
    def ok(self) -> bool:
        """Whether the modem carried the command out."""
        return self.final == "OK"

    @property
    def error(self) -> int | None:
        """The number of a +CME ERROR or +CMS ERROR; None for OK, a bare ERROR or a worded one."""
        found = _ERROR_CODE.match(self.final)
        return int(found[1]) if found and found[1].strip().isdigit() else None

    @property
    def is_cms(self) -> bool:
        """Whether the message service refused."""
        return self.final.startswith("+CMS ERROR")


@dataclass(frozen=True, slots=True)
class Event:
    """An unsolicited line, with the line that belongs to it where there is one."""

    line: str
    body: str = ""


@dataclass
class _Flight:
    """The command in flight."""

    text: str
    wanted: re.Pattern[str] | None
    takes_body: bool
    must_tell: bool
    lines: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    prompted: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)
    final: str = ""
    given: bool = False


class Channel:
    """Talks to one modem. `on_event` is called from the reader thread and must be quick; `ask` may be called from one thread at a time.

    `misses` counts the commands in a row that brought no answer, `noise` the lines that no modem would write.

    After a command without an answer the line is out of step: the late answer must not be read as the next command's. The next command
    then has to be one whose answer cannot be mistaken (`in_step`), until it was answered.
    """

    def __init__(self, port: Port, on_event: Callable[[Event], None], name: str = "") -> None:
        self._port, self._on_event, self.name = port, on_event, name
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._flight: _Flight | None = None
        self._head: str | None = None
        self.late: deque[str] = deque(maxlen=KEPT_LATE)
        self.late_count = 0
        self.owed = self.misses = self.noise = 0
        self.gone = threading.Event()
        self._splitter = Splitter()
        self._reader = threading.Thread(target=self._read, name=f"modem-{name}", daemon=True)
        self._reader.start()

    def ask(
        self,
        command: str,
        wanted: str | None = None,
        seconds: float = 5.0,
        *,
        data: bytes | None = None,
        takes_body: bool = False,
        must_tell: bool = False,
    ) -> Answer:
        """Carry one command out.

        `wanted` is a pattern of the lines that answer it; with `takes_body` other lines belong to the answer as well; with `must_tell`
        a final result without a wanted line is somebody else's. `data` is written after the prompt, without END_OF_MESSAGE.
        Raises PortGone, NoAnswer, NoPrompt.
        """
        with self._asking:
            flight = _Flight(command, re.compile(wanted) if wanted else None, takes_body, must_tell)
            until = time.monotonic() + seconds
            with self._lock:
                self._flight = flight
            try:
                self._write(command.encode("latin-1") + b"\r", first=True)
                if data is not None:
                    self._give(flight, data, until)
                self._await(flight.done, until)
            finally:
                with self._lock:
                    self._flight = None
        self.misses = 0
        return Answer(flight.final, tuple(flight.lines), tuple(flight.bodies), flight.given)

    def in_step(self, seconds: float = 3.0) -> bool:
        """Bring commands and answers together again after one was missed, by a question whose answer cannot be another's (AT+CGSN)."""
        try:
            self._write(ESCAPE + b"\r", first=True)
            answer = self.ask("AT+CGSN", r"\d{14,16}$", seconds, must_tell=True)
        except ModemError:
            return False
        if answer.ok:
            self.owed = 0
        return answer.ok

    def close(self) -> None:
        """Give the port back and end the reader."""
        self.gone.set()
        self._port.close()
        if threading.current_thread() is not self._reader:
            self._reader.join()

    def _give(self, flight: _Flight, data: bytes, until: float) -> None:
        while not flight.prompted.wait(0.05):
            if flight.done.is_set():
                return
            if self.gone.is_set():
                raise PortGone("the port is gone before the data", written=False)
            if time.monotonic() > until:
                # Nothing of the data was written: an escape ends a prompt that may still come.
                self.owed += 1
                self._write(ESCAPE, first=True)
                raise NoPrompt(_verb(flight.text))
        flight.given = True
        self._write(data + END_OF_MESSAGE, first=False)

    def _await(self, done: threading.Event, until: float) -> None:
        while not done.wait(min(max(until - time.monotonic(), 0.0), 0.25)):
            if self.gone.is_set():
                raise PortGone("the port is gone", written=True)
            if time.monotonic() >= until:
                self.owed += 1
                self.misses += 1
                raise NoAnswer

    def _write(self, octets: bytes, *, first: bool) -> None:
        if self.gone.is_set():
            raise PortGone("the port is gone", written=not first)
        try:
            self._port.write(octets)
        except OSError as error:
            self.gone.set()
            # Without a port's word on how much had left, it may have been all; the first octets alone are nothing to a modem, but a
            # command whose end is missing may be ended by the next one.
            raise PortGone(str(error), written=not first or getattr(error, "written", len(octets)) > 0) from None

    def _read(self) -> None:
        while not self.gone.is_set():
            try:
                octets = self._port.read()
            except (OSError, TypeError):
                # pyserial itself trips over a port that is closed while it reads.
                break
            if octets:
                flight = self._flight
                waits = flight is not None and not flight.prompted.is_set()
                for line in self._splitter.feed(octets, prompt_wanted=waits):
                    self._take(line)
        self.gone.set()

    def _take(self, line: str) -> None:
        event = None
        with self._lock:
            if self._head is not None:
                event, self._head = Event(self._head, line), None
            else:
                event = self._sorted(line)
        if event is not None:
            self._on_event(event)

    def _sorted(self, line: str) -> Event | None:
        flight = self._flight if self._flight is not None and not self._flight.done.is_set() else None
        if flight is not None and line in {PROMPT, flight.text}:
            if line == PROMPT:
                flight.prompted.set()
            return None
        kind = sort(line, flight.wanted if flight else None, flight is not None, bool(flight and flight.takes_body))
        if kind is Sort.EVENT_HEAD:
            self._head = line
            return None
        if kind is Sort.EVENT:
            return Event(line)
        if kind is Sort.LATE or flight is None:
            return self._too_late(line)
        self._answered(flight, kind, line)
        return None

    def _answered(self, flight: _Flight, kind: Sort, line: str) -> None:
        if kind is Sort.WANTED:
            flight.lines.append(line)
            flight.bodies.append("")
        elif kind is Sort.BODY:
            if flight.bodies:
                flight.bodies[-1] = line
            else:
                self._too_late(line)
        elif flight.must_tell and not flight.lines and self.owed:
            self._too_late(line)
        else:
            flight.final = line
            flight.done.set()

    def _too_late(self, line: str) -> Event | None:
        self.late_count += 1
        self.noise += not line.isprintable() or not line.isascii()
        self.late.append(re.sub(r"\d", "#", line)[:80])
        # A result without a command is the network's delayed word about a USSD string.
        return Event(line) if is_final(line) else None


def _verb(command: str) -> str:
    """A command without its values, for people: values carry PINs."""
    return re.split(r"[=\"]", command)[0]
