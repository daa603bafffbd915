"""One SMPP connection, either side: a window of requests, answers in time, link checks, batches of the peer's requests, an orderly end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto

from stk_sms.smpp.codec import FrameReader, Header, Pdu, answer_to, decode, encode, header_of
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
from stk_sms.smpp.status import Status, name_of
from stk_sms.smpp.timers import Timers
from stk_sms.smpp.wire import MalformedPdu

_log = logging.getLogger(__name__)
_READ_OCTETS = 65_536
_LAST_SEQUENCE = 0x7FFFFFFF
_MOST_MALFORMED = 10

Answers = Sequence[tuple[int, Body] | None]
"""One for each request of a batch: status and body; None where the PDU has no answer."""
Answer = Callable[[list[Pdu]], Awaitable[Answers]]
"""Takes a batch of the peer's requests; they are answered together when it has returned."""


@dataclass(frozen=True, slots=True)
class SessionRules:
    """Times in seconds. `window`: our requests that may be unanswered; `most_waiting`: the peer's that may."""

    window: int = 10
    response_seconds: float = 10.0
    enquire_seconds: float = 30.0
    missed_most: int = 2
    bind_seconds: float = 10.0
    most_waiting: int = 1000
    most_batch: int = 200


class SessionEnded(Exception):
    """The connection is gone. `sent`: whether the request may have reached the peer."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


class NoResponse(Exception):
    """The peer did not answer in time, or not readably: what became of the request is unknown."""


class ErrorStatus(Exception):
    """The peer answered with an error status."""

    def __init__(self, status: int) -> None:
        super().__init__(name_of(status))
        self.status = status


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


@dataclass(slots=True)
class _Sent:
    command: int
    answer: asyncio.Future[Pdu]
    deadline: float


class Session:
    """Speaks over one connection until it ends; `run` is its life."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer, rules: SessionRules, timers: Timers
    ) -> None:
        self._reader, self._writer, self._answer, self._rules, self._timers = reader, writer, answer, rules, timers
        self.state = State.OPEN
        self.ended = ""
        self._frames = FrameReader()
        self._sequence = 0
        self._sent: dict[int, _Sent] = {}
        self._window = asyncio.Semaphore(rules.window)
        self._waiting: list[Pdu] = []
        self._busy = 0
        self._arrived, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._leaving = False
        self._heard = self._began = timers.now()
        self._enquiries = 0
        self._malformed = 0
        self._out: list[bytes] = []
        self._over = asyncio.Event()
        self._carried: asyncio.Future[Answers | None] | None = None

    async def run(self) -> str:
        """Until the connection ends; why it did."""
        lives = [asyncio.create_task(life) for life in (self._read(), self._work(), self._keep(), self._over.wait())]
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
        for one in self._sent.values():
            if not one.answer.done():
                one.answer.set_exception(SessionEnded(reason, sent=True))
        self._sent.clear()
        self._over.set()

    async def request(self, body: Body) -> Pdu:
        """Send a request once the window has room, and wait for its answer. Raises ErrorStatus, NoResponse, SessionEnded."""
        async with self._window:
            return await self._ask(body)

    async def unbind(self) -> None:
        """Leave in order: answer what came in, say so, wait for the answer, close."""
        self._leaving = True
        # What does not get done by now comes again, when the network has had no answer to it.
        with suppress(TimeoutError):
            async with asyncio.timeout(self._rules.response_seconds):
                await self._idle.wait()
        with suppress(ErrorStatus, NoResponse, SessionEnded):
            await self._ask(Unbind())
        self.drop("unbound by us")

    def tell(self, body: Body) -> None:
        """Send a request that has no answer."""
        self._send(Pdu(body, self._next()))
        self._flush()

    async def _ask(self, body: Body) -> Pdu:
        if self.state is State.CLOSED:
            raise SessionEnded(self.ended, sent=False)
        sequence = self._next()
        octets = encode(Pdu(body, sequence))
        answer: asyncio.Future[Pdu] = asyncio.get_running_loop().create_future()
        one = _Sent(body.command, answer, self._timers.now() + self._rules.response_seconds)
        self._sent[sequence] = one
        self._write_soon(octets)
        try:
            response = await one.answer
        finally:
            self._sent.pop(sequence, None)
        if response.status:
            raise ErrorStatus(response.status)
        return response

    def _next(self) -> int:
        self._sequence = self._sequence % _LAST_SEQUENCE + 1
        return self._sequence

    async def _read(self) -> None:
        try:
            while octets := await self._reader.read(_READ_OCTETS):
                self._heard, self._enquiries = self._timers.now(), 0
                for frame in self._frames.feed(octets):
                    self._take(frame)
                self._flush()
                if self._waiting:
                    self._arrived.set()
                await self._writer.drain()
        except (OSError, MalformedPdu) as error:
            self.drop(f"{type(error).__name__}: {error}")
        self.drop("closed by the peer")

    def _take(self, frame: bytes) -> None:
        header = header_of(frame)
        try:
            pdu = decode(frame)
        except MalformedPdu as error:
            self._refuse(header, error)
            return
        if header.is_response:
            self._hear(pdu)
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

    def _refuse(self, header: Header, error: MalformedPdu) -> None:
        _log.warning("unreadable PDU 0x%08X: %s at %d", header.command, error.field, error.position)
        self._malformed += 1
        if header.is_response:
            one = self._sent.get(header.sequence)
            if one is not None and not one.answer.done():
                one.answer.set_exception(NoResponse("the answer cannot be read"))
        else:
            self._send(Pdu(answer_to(header.command) or GenericNack(), header.sequence, error.status))
        if self._malformed >= _MOST_MALFORMED:
            self._flush()
            self.drop("too much that cannot be read")

    def _hear(self, pdu: Pdu) -> None:
        one = self._sent.get(pdu.sequence)
        # A late answer of a request given up, or an answer to nothing: both are of no use.
        if one is None or one.answer.done():
            return
        if isinstance(pdu.body, GenericNack):
            one.answer.set_result(Pdu(pdu.body, pdu.sequence, pdu.status or Status.RUNKNOWNERR))
        elif pdu.body.command == one.command | RESPONSE:
            one.answer.set_result(pdu)
        else:
            one.answer.set_exception(NoResponse("the answer is to something else"))

    async def _work(self) -> None:
        while True:
            await self._arrived.wait()
            most = self._rules.most_batch
            batch, self._waiting = self._waiting[:most], self._waiting[most:]
            self._busy = len(batch)
            for pdu, answer in zip(batch, await self._answers(batch), strict=True):
                if answer is not None:
                    self._send(Pdu(answer[1], pdu.sequence, answer[0]))
            self._busy = 0
            self._flush()
            if not self._waiting:
                self._arrived.clear()
                self._idle.set()
            with suppress(OSError):
                await self._writer.drain()

    async def _answers(self, batch: list[Pdu]) -> Answers:
        # A batch that has begun is carried through, even where the connection ends meanwhile: its replies must still go out.
        self._carried = asyncio.ensure_future(self._carry(batch))
        answers = await asyncio.shield(self._carried)
        if answers is not None and len(answers) == len(batch):
            return answers
        return [(later(pdu.body), answer) if (answer := answer_to(pdu.body.command)) else None for pdu in batch]

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
            for one in list(self._sent.values()):
                if one.deadline <= now and not one.answer.done():
                    one.answer.set_exception(NoResponse("no answer in time"))
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
        if self._out:
            self._writer.write(b"".join(self._out))
            self._out.clear()

    async def _close(self) -> None:
        self._writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(1.0):
                await self._writer.wait_closed()


def later(body: Body) -> Status:
    """How a request is told to come again: a message to us stays at the network, one for the network at its application."""
    return Status.RX_T_APPN if isinstance(body, DeliverSm | DataSm) else Status.RMSGQFUL
