"""One SMPP connection, either side: a window of requests, answers in time, link checks, batches of the peer's requests, an orderly end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import cast

from stk_sms.smpp.asking import Asking, Told
from stk_sms.smpp.codec import FrameReader, Pdu, answer_to, decode, encode, header_of
from stk_sms.smpp.pdus import (
    RESPONSE,
    UNANSWERED,
    Body,
    DataSm,
    DeliverSm,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Unbind,
    UnbindResp,
)
from stk_sms.smpp.status import Status
from stk_sms.smpp.timers import Timers
from stk_sms.smpp.wire import MalformedPdu

_log = logging.getLogger(__name__)
_READ_OCTETS = 65_536
_MOST_MALFORMED = 10

Answers = Sequence[tuple[int, Body] | None]
"""One for each request of a batch: status and body; None where the PDU has no answer."""
Answer = Callable[[list[Pdu]], Awaitable[Answers]]
"""Takes a batch of the peer's requests; they are answered together when it has returned."""


@dataclass(frozen=True, slots=True)
class SessionRules:
    """Times in seconds. `window`: our requests that may be unanswered; `most_waiting`: the peer's that may.

    The peer's requests are carried out in batches of at most `most_batch`, `most_batches` of them at a time: while one waits for the
    database the other is worked on. One of less than `worth_a_batch` is not begun beside another, for each costs something by itself.
    """

    window: int = 10
    response_seconds: float = 10.0
    enquire_seconds: float = 30.0
    missed_most: int = 2
    bind_seconds: float = 10.0
    most_waiting: int = 1000
    most_batch: int = 200
    most_batches: int = 2
    worth_a_batch: int = 16


class State(Enum):
    """What the connection is bound as (SMPP 3.4, 2.2)."""

    OPEN = auto()
    BOUND_TX = auto()
    BOUND_RX = auto()
    BOUND_TRX = auto()
    CLOSED = auto()

    @property
    def bound(self) -> bool:
        """Whether messages can pass."""
        return self in (State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX)


class Session:
    """Speaks over one connection until it ends; `run` is its life."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer, rules: SessionRules, timers: Timers
    ) -> None:
        self._reader, self._writer, self._answer, self._rules, self._timers = reader, writer, answer, rules, timers
        self.state = State.OPEN
        self.ended = ""
        self._frames = FrameReader()
        self._asking = Asking(rules.window, rules.response_seconds, timers.now, self._write_soon)
        self._waiting: list[Pdu] = []
        self._busy = 0
        self._batches: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._leaving = False
        self._heard = self._began = timers.now()
        self._enquiries = 0
        self._malformed = 0
        self._out: list[bytes] = []
        self._over = asyncio.Event()

    async def run(self) -> str:
        """Until the connection ends; why it did."""
        lives = [asyncio.create_task(life) for life in (self._read(), self._keep(), self._over.wait())]
        try:
            await asyncio.wait(lives, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.drop("cancelled")
            for life in lives:
                life.cancel()
            await asyncio.gather(*lives, return_exceptions=True)
            await self._close()
        return self.ended

    def drop(self, reason: str) -> None:
        """End at once; whoever waits for an answer is told."""
        if self.state is State.CLOSED:
            return
        self.state, self.ended = State.CLOSED, reason
        self._asking.end(reason)
        self._over.set()
        self._idle.set()

    async def request(self, body: Body) -> Pdu:
        """Send a request once the window has room, and wait for its answer. Raises ErrorStatus, NoResponse, SessionEnded."""
        return _good(*await self._asking.all([body]))

    async def request_all(self, bodies: Sequence[Body]) -> list[Told]:
        """Send requests as the window has room, and wait until all are through: for each its answer, or why there is none."""
        return await self._asking.all(bodies)

    async def unbind(self) -> None:
        """Leave in order: answer what came in, say so, wait for the answer, close."""
        self._leaving = True
        # What does not get done by now comes again, when the network has had no answer to it.
        with suppress(TimeoutError):
            async with asyncio.timeout(self._rules.response_seconds):
                await self._idle.wait()
        await self._asking.all([Unbind()], at_once=True)
        self.drop("unbound by us")

    def tell(self, body: Body) -> None:
        """Send a request that has no answer."""
        self._send(Pdu(body, self._asking.next()))
        self._flush()

    async def _read(self) -> None:
        try:
            while octets := await self._reader.read(_READ_OCTETS):
                self._heard, self._enquiries = self._timers.now(), 0
                for frame in self._frames.feed(octets):
                    self._take(frame)
                self._asking.fill()
                self._flush()
                self._begin()
                await self._writer.drain()
        except (OSError, MalformedPdu) as error:
            self.drop(f"{type(error).__name__}: {error}")
        self.drop("closed by the peer")

    def _take(self, frame: bytes) -> None:
        try:
            pdu = decode(frame)
        except MalformedPdu as error:
            self._refuse(frame, error)
            return
        if pdu.body.command & RESPONSE:
            self._asking.hear(pdu)
        elif isinstance(pdu.body, EnquireLink):
            self._send(Pdu(EnquireLinkResp(), pdu.sequence))
        elif isinstance(pdu.body, Unbind):
            self._send(Pdu(UnbindResp(), pdu.sequence))
            self._flush()
            self.drop("unbound by the peer")
        else:
            self._queue(pdu)

    def _queue(self, pdu: Pdu) -> None:
        answerable = not isinstance(pdu.body, UNANSWERED)
        if answerable and (self._leaving or len(self._waiting) + self._busy >= self._rules.most_waiting):
            self._send(Pdu(answer_to(pdu.body.command) or GenericNack(), pdu.sequence, later(pdu.body)))
        else:
            self._waiting.append(pdu)
            self._idle.clear()

    def _refuse(self, frame: bytes, error: MalformedPdu) -> None:
        header = header_of(frame)
        _log.warning("unreadable PDU 0x%08X: %s at %d", header.command, error.field, error.position)
        self._malformed += 1
        if header.is_response:
            self._asking.unreadable(header.sequence)
        else:
            self._send(Pdu(answer_to(header.command) or GenericNack(), header.sequence, error.status))
        if self._malformed >= _MOST_MALFORMED:
            self._flush()
            self.drop("too much that cannot be read")

    def _begin(self) -> None:
        """Carry out what waits, unless so much is under way that it may as well gather."""
        while self._waiting and self.state is not State.CLOSED and (size := self._size()):
            batch, self._waiting = self._waiting[:size], self._waiting[size:]
            self._busy += len(batch)
            # A batch that has begun is carried through, even where the connection ends meanwhile: its replies must still go out.
            self._batches.add(asyncio.create_task(self._work(batch)))

    def _size(self) -> int:
        """How many of those that wait are begun now, shared among the batches that may be under way; 0 for none."""
        free, waiting, worth = self._rules.most_batches - len(self._batches), len(self._waiting), self._rules.worth_a_batch
        if free < 1 or (self._batches and waiting < worth):
            return 0
        return min(max(-(-waiting // free), worth), self._rules.most_batch)

    async def _work(self, batch: list[Pdu]) -> None:
        answers = await self._carry(batch)
        if answers is None or len(answers) != len(batch):
            answers = [(later(pdu.body), answer) if (answer := answer_to(pdu.body.command)) else None for pdu in batch]
        for pdu, told in zip(batch, answers, strict=True):
            if told is not None:
                self._send(Pdu(told[1], pdu.sequence, told[0]))
        self._flush()
        self._busy -= len(batch)
        self._batches.discard(cast("asyncio.Task[None]", asyncio.current_task()))
        self._begin()
        if not self._busy:
            self._idle.set()

    async def _carry(self, batch: list[Pdu]) -> Answers | None:
        try:
            return await self._answer(batch)
        except Exception:  # whatever fails behind the link, the peer keeps its messages and the link stays
            _log.exception("a batch of %d was not taken", len(batch))
            return None

    async def _keep(self) -> None:
        while True:
            await self._timers.sleep(1.0)
            now = self._timers.now()
            self._asking.expire()
            if not self.state.bound:
                if now - self._began >= self._rules.bind_seconds:
                    self.drop("not bound in time")
            elif now - self._heard >= self._rules.enquire_seconds * (self._enquiries + 1):
                self._enquire()

    def _enquire(self) -> None:
        if self._enquiries >= self._rules.missed_most:
            self.drop(f"silent for {self._enquiries} link checks")
            return
        self._enquiries += 1
        self.tell(EnquireLink())

    def _send(self, pdu: Pdu) -> None:
        self._out.append(encode(pdu))

    def _write_soon(self, octets: bytes) -> None:
        """What is asked within one turn of the loop goes out as one."""
        if not self._out:
            asyncio.get_running_loop().call_soon(self._flush)
        self._out.append(octets)

    def _flush(self) -> None:
        if self._out and self.state is not State.CLOSED:
            self._writer.write(b"".join(self._out))
        self._out.clear()

    async def _close(self) -> None:
        self._writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(1.0):
                await self._writer.wait_closed()


def _good(told: Told) -> Pdu:
    if isinstance(told, Exception):
        raise told
    return told


def later(body: Body) -> Status:
    """How a request is told to come again: a message to us stays at the network, one for the network at its application."""
    return Status.RX_T_APPN if isinstance(body, DeliverSm | DataSm) else Status.RMSGQFUL
