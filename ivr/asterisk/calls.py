"""Calls over the manager's connection (AsyncAGI): events sorted to their calls, commands queued to them, lost ones picked up."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from itertools import count
from typing import Any
from urllib.parse import unquote

from asterisk.ami import Action, Event

from ivr.asterisk.link import Down, Link, Refused
from ivr.line import Answer, HungUp, Line, LineLost

_log = logging.getLogger(__name__)
CONTEXT, CUT_OFF = "kongchong", "T"
# Beyond what a command may take by itself: Asterisk looks at its queue ten times a second, and may be busy.
_GRACE_SECONDS = 20.0
# Where callers are being told that they cannot be served.
_LEAVING = (CUT_OFF, "sorry", "busy")
Carry = Callable[[Line], None]


class AsyncLine(Line):
    """One call. Events arrive from the link's thread, commands are given by the call's own."""

    def __init__(self, link: Link, channel: str, call_id: str, caller: str) -> None:
        super().__init__()
        self._link, self.channel, self._call_id, self._caller = link, channel, call_id, caller
        self._state = threading.Lock()
        self._waiting: dict[str, Future[Answer]] = {}
        self._numbers = count(1)
        self._keys = ""
        self._gone: Exception | None = None

    @property
    def call_id(self) -> str:
        """Asterisk's Uniqueid."""
        return self._call_id

    @property
    def caller(self) -> str:
        """The caller's number as the network shows it."""
        return self._caller

    def send(self, commands: Sequence[str], seconds: float) -> "Future[list[Answer]]":
        """Queue commands; all of them at once cost one look of Asterisk at its queue."""
        futures, actions = [], []
        with self._state:
            if self._gone is not None:
                raise self._gone
            for command in commands:
                number = str(next(self._numbers))
                future = self._waiting[number] = Future()
                futures.append(future)
                actions.append(Action("AGI", {"Channel": self.channel, "Command": command, "CommandID": number}))
        try:
            self._link.send_actions(actions)
        except Down as error:
            raise LineLost(str(error)) from error
        return _Together(futures, seconds + _GRACE_SECONDS)

    def give_back(self) -> None:
        """The dialplan goes on behind AGI()."""
        try:
            self._link.send_action(Action("AGI", {"Channel": self.channel, "Command": "ASYNCAGI BREAK", "CommandID": "0"}))
        except Down:
            _log.info("call %s: gone with the connection", self.call_id)

    def typed_ahead(self) -> str:
        """Keys pressed and not used yet. Asterisk drops those between two commands; its events tell all of them."""
        with self._state:
            return self._keys

    def forget_keys(self, number: int | None = None) -> None:
        """Drop the first keys, or all."""
        with self._state:
            self._keys = "" if number is None else self._keys[number:]

    def on_key(self, key: str) -> None:
        """A key was pressed."""
        with self._state:
            self._keys += key

    def on_answer(self, number: str, text: str) -> None:
        """A command was carried out."""
        with self._state:
            future = self._waiting.pop(number, None)
        if future is None:
            return
        try:
            answer = Answer.read(text)
        except LineLost as error:
            future.set_exception(error)
            return
        if answer.result == -1 and answer.status == 200:
            # The end of the call is told by an event of its own, right behind.
            self.end(HungUp())
            future.set_exception(HungUp())
        else:
            future.set_result(answer)

    def end(self, why: Exception) -> None:
        """The call is over for us; whoever waits for an answer is told."""
        with self._state:
            self._gone = self._gone or why
            waiting, self._waiting = list(self._waiting.values()), {}
        for future in waiting:
            future.set_exception(why)


class _Together(Future[list[Answer]]):
    """The answers to commands that were queued together."""

    def __init__(self, parts: "Sequence[Future[Answer]]", seconds: float) -> None:
        super().__init__()
        self._parts, self._until = parts, time.monotonic() + seconds

    def result(self, timeout: float | None = None) -> list[Answer]:
        """All answers. Raises HungUp, LineLost."""
        try:
            return [part.result(max(0.0, self._until - time.monotonic())) for part in self._parts]
        except FutureTimeout:
            raise LineLost("no answer in time") from None


class Calls:
    """All calls of one connection; `carry` is run in a thread for each."""

    def __init__(self, owner: str, carry: Carry) -> None:
        self._owner, self._carry = owner, carry
        self._state = threading.Lock()
        self._lines: dict[str, AsyncLine] = {}
        self._threads: set[threading.Thread] = set()
        self._link: Link | None = None
        self._handlers: dict[str, Callable[[Any], None]] = {
            "AsyncAGIStart": self._begun,
            "AsyncAGIExec": self._answered,
            "AsyncAGIEnd": self._ended,
            "Hangup": self._ended,
            "DTMFEnd": self._keyed,
            "Status": self._found,
        }

    @property
    def number(self) -> int:
        """How many calls there are."""
        with self._state:
            return len(self._threads)

    def on_event(self, event: Event) -> None:
        """An event, from the link's thread."""
        handler = self._handlers.get(event.name)
        if handler is not None:
            handler(event.keys)

    def on_up(self, link: Link) -> None:
        """Ask for calls that stand in our part of the dialplan and that nobody speaks to any more."""
        self._link = link
        link.send_action(Action("Status", {"Variables": "IVR_OWNER"}))

    def on_fall(self) -> None:
        """With the connection we lose all calls: what was asked of them meanwhile nobody would hear."""
        with self._state:
            lines, self._lines = list(self._lines.values()), {}
        for line in lines:
            line.end(LineLost("the connection ended"))

    def wait(self, seconds: float) -> bool:
        """Whether all calls have ended within so many seconds."""
        until = time.monotonic() + seconds
        with self._state:
            threads = list(self._threads)
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        return self.number == 0

    def _begun(self, keys: dict[str, Any]) -> None:
        link = self._link
        if link is None or keys.get("ChanVariable", {}).get("IVR_OWNER") != self._owner:
            return
        told = dict(line.split(": ", 1) for line in unquote(keys["Env"]).splitlines() if ": " in line)
        line = AsyncLine(link, keys["Channel"], keys["Uniqueid"], told.get("agi_callerid", ""))
        thread = threading.Thread(target=self._run, args=(line,), name=f"call-{line.call_id}", daemon=True)
        with self._state:
            self._lines[line.call_id] = line
            self._threads.add(thread)
        thread.start()

    def _run(self, line: AsyncLine) -> None:
        try:
            self._carry(line)
        finally:
            with self._state:
                self._lines.pop(line.call_id, None)
                self._threads.discard(threading.current_thread())

    def _line(self, keys: dict[str, Any]) -> AsyncLine | None:
        with self._state:
            return self._lines.get(keys.get("Uniqueid", ""))

    def _answered(self, keys: dict[str, Any]) -> None:
        line = self._line(keys)
        if line is not None:
            line.on_answer(keys.get("CommandId", ""), unquote(keys.get("Result", "")))

    def _keyed(self, keys: dict[str, Any]) -> None:
        line = self._line(keys)
        if line is not None and keys.get("Direction") == "Received":
            line.on_key(keys.get("Digit", ""))

    def _ended(self, keys: dict[str, Any]) -> None:
        line = self._line(keys)
        if line is not None:
            line.end(HungUp())

    def _found(self, keys: dict[str, Any]) -> None:
        """A call that stands in the dialplan, ours by its owner's name, with nobody to speak to it: it hears that we were cut off."""
        ours = keys.get("Context") == CONTEXT and self._owner in str(keys.get("Variable", keys.get("ChanVariable", "")))
        waits = keys.get("Exten") not in _LEAVING and self._line(keys) is None
        if not ours or not waits or self._link is None:
            return
        where = {"Channel": keys["Channel"], "Context": CONTEXT, "Exten": CUT_OFF, "Priority": "1"}
        try:
            self._link.send_action(Action("Redirect", where))
        except (Down, Refused):
            _log.info("a lost call could not be told")
