"""Our own requests on a connection: so many may be unanswered, each is answered in time or not at all, and who asks for many waits once."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stk_sms.smpp.codec import Pdu, encode
from stk_sms.smpp.pdus import RESPONSE, Body, GenericNack
from stk_sms.smpp.status import Status, name_of
from stk_sms.smpp.wire import Unencodable

_LAST_SEQUENCE = 0x7FFFFFFF


class SessionEnded(Exception):
    """The connection is gone. `sent`: whether the request may have reached the peer."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


class NotBound(Exception):
    """There is no connection to send by."""


class NoResponse(Exception):
    """The peer did not answer in time, or not readably: what became of the request is unknown."""


class ErrorStatus(Exception):
    """The peer answered with an error status."""

    def __init__(self, status: int) -> None:
        super().__init__(name_of(status))
        self.status = status


Told = Pdu | ErrorStatus | NoResponse | SessionEnded | Unencodable
"""What became of a request: the peer's good answer, or why there is none."""


class _Group:
    """Requests made together: what became of each, and who waits until all of them are through."""

    def __init__(self, bodies: Sequence[Body]) -> None:
        self.bodies = bodies
        self.told: list[Told] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._found: dict[int, Told] = {}

    def settle(self, index: int, told: Told) -> None:
        """One of them is through."""
        self._found[index] = told
        if len(self._found) == len(self.bodies) and not self.done.done():
            self.told = [self._found[index] for index in range(len(self.bodies))]
            self.done.set_result(None)


@dataclass(slots=True)
class _Sent:
    command: int
    group: _Group
    index: int
    deadline: float


class Asking:
    """Requests that wait for room in the window, and those that wait for their answers. `write` takes octets to the peer soon."""

    def __init__(self, window: int, seconds: float, now: Callable[[], float], write: Callable[[bytes], None]) -> None:
        self._window, self._seconds, self._now, self._write = window, seconds, now, write
        self._queued: deque[tuple[_Group, int]] = deque()
        self._sent: dict[int, _Sent] = {}
        self._ended: str | None = None
        self.sequence = 0

    def next(self) -> int:
        """The next sequence number."""
        self.sequence = self.sequence % _LAST_SEQUENCE + 1
        return self.sequence

    async def all(self, bodies: Sequence[Body], *, at_once: bool = False) -> list[Told]:
        """What became of each request; they go out as the window has room, or whatever it has."""
        if not bodies:
            return []
        group = _Group(bodies)
        if at_once:
            for index in range(len(bodies)):
                self._send(group, index)
        else:
            self._queued.extend((group, index) for index in range(len(bodies)))
            self.fill()
        try:
            await group.done
        finally:
            if not group.told:
                self._forget(group)
        return group.told

    def fill(self) -> None:
        """Send what waits, as far as the window has room."""
        while self._queued and len(self._sent) < self._window:
            self._send(*self._queued.popleft())

    def hear(self, pdu: Pdu) -> None:
        """An answer came. A late one of a request given up, or one to nothing, is of no use."""
        one = self._sent.pop(pdu.sequence, None)
        if one is None:
            return
        if isinstance(pdu.body, GenericNack):
            one.group.settle(one.index, ErrorStatus(pdu.status or Status.RUNKNOWNERR))
        elif pdu.body.command != one.command | RESPONSE:
            one.group.settle(one.index, NoResponse("the answer is to something else"))
        else:
            one.group.settle(one.index, ErrorStatus(pdu.status) if pdu.status else pdu)

    def unreadable(self, sequence: int) -> None:
        """An answer came that cannot be read."""
        self._give_up(sequence, NoResponse("the answer cannot be read"))

    def expire(self) -> None:
        """Give up what was not answered in time."""
        now = self._now()
        for sequence in [sequence for sequence, one in self._sent.items() if one.deadline <= now]:
            self._give_up(sequence, NoResponse("no answer in time"))
        self.fill()

    def end(self, reason: str) -> None:
        """The connection is gone: whoever waits is told."""
        self._ended = reason
        for sequence in list(self._sent):
            self._give_up(sequence, SessionEnded(reason, sent=True))
        self.fill()

    def _send(self, group: _Group, index: int) -> None:
        body = group.bodies[index]
        if self._ended is not None:
            group.settle(index, SessionEnded(self._ended, sent=False))
            return
        sequence = self.next()
        try:
            octets = encode(Pdu(body, sequence))
        except Unencodable as error:
            group.settle(index, error)
            return
        self._sent[sequence] = _Sent(body.command, group, index, self._now() + self._seconds)
        self._write(octets)

    def _give_up(self, sequence: int, why: NoResponse | SessionEnded) -> None:
        one = self._sent.pop(sequence, None)
        if one is not None:
            one.group.settle(one.index, why)

    def _forget(self, group: _Group) -> None:
        """Nobody waits for these any more."""
        self._queued = deque(each for each in self._queued if each[0] is not group)
        for sequence in [sequence for sequence, one in self._sent.items() if one.group is group]:
            del self._sent[sequence]
        self.fill()
