"""One question and its answer: packs, signs and sends a message, and believes nothing that is not the answer to it."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from simulators.pos_terminal import ciphers
from simulators.pos_terminal.checks import difference, is_accepted
from simulators.pos_terminal.faults import Faults
from simulators.pos_terminal.line import Line, NoAnswer
from simulators.pos_terminal.memory import State
from simulators.pos_terminal.messages import BadMessage, Frame, Message, pack, read_frame, signed_part, unpack
from simulators.pos_terminal.record import Record

_MAC_OCTETS = 8
_KEPT_RECORDS = 60
_CODE, _MAC = 39, 64
_SECOND_ANSWER_SECONDS = 5.0


class Untrusted(NoAnswer):
    """An answer that its MAC does not vouch for; `code` is what it said."""

    def __init__(self, code: str) -> None:
        super().__init__("A0")
        self.code = code


@dataclass(frozen=True)
class Answer:
    """The host's message, and what its header asks of the terminal ("0" for nothing)."""

    message: Message
    wish: str

    @property
    def code(self) -> str:
        """Field 39; a settlement's answer has none and counts as success."""
        return self.message.get(_CODE) or "00"


class Exchange:
    """Talks for a terminal. `seconds`, where given, is how long it waits whatever the parameters say."""

    def __init__(self, state: Callable[[], State], line: Line, seconds: float | None = None) -> None:
        self._state, self.line, self._seconds = state, line, seconds
        self.records: deque[Record] = deque(maxlen=_KEPT_RECORDS)
        """What went over the line for the last key, without secrets."""

    @property
    def seconds(self) -> float:
        """How long an answer is waited for."""
        return self._seconds if self._seconds is not None else float(self._state().seconds)

    async def ask(self, message: Message, faults: Faults | None = None) -> Answer:
        """The answer to a message. Raises NoLine (nothing was sent), NoAnswer, Untrusted, PowerCut."""
        faults = faults or Faults()
        octets = self._framed(message, faults)
        await self.line.open()
        await asyncio.sleep(faults.delay)
        faults.delay = 0.0
        lost, copies = faults.taken("lose_request"), 1 + faults.taken("twice")
        for _ in range(0 if lost else copies):
            self._record("out", octets[2:])
            await self.line.send(octets)
        faults.step("sent")
        if lost:
            raise NoAnswer
        return await self._heard(message, faults, copies)

    async def _heard(self, message: Message, faults: Faults, copies: int) -> Answer:
        answer = await self._mine(message, self.seconds)
        if copies > 1:
            with suppress(NoAnswer):
                await self._mine(message, min(self.seconds, _SECOND_ANSWER_SECONDS))
        faults.step("answered")
        if faults.taken("lose_answer"):
            raise NoAnswer
        return answer

    def _framed(self, message: Message, faults: Faults) -> bytes:
        body = pack(message)
        if message.get(_MAC):
            body = signed_part(body) + self.mac_of(body, broken=faults.taken("wrong_mac"))
        state = self._state()
        return Frame(body, bytes.fromhex(f"60{state.network}0000"), line=bytes.fromhex(state.dial_up)).octets()

    def mac_of(self, body: bytes, *, broken: bool = False) -> bytes:
        """Field 64 for a packed message that has room for it."""
        state = self._state()
        made = ciphers.mac(state.mac, self.keys().mac, signed_part(body))
        return bytes(octet ^ 1 for octet in made) if broken else made

    def keys(self) -> ciphers.WorkKeys:
        """The work keys as they stand. Raises ciphers.WrongKey."""
        state = self._state()
        return ciphers.work_keys(bytes.fromhex(state.master), bytes.fromhex(state.work))

    async def _mine(self, request: Message, seconds: float) -> Answer:
        """The first answer that belongs to the request: what others left on the line is passed over."""
        until = time.monotonic() + seconds
        while True:
            inside = await self.line.receive(max(0.0, until - time.monotonic()))
            self._record("in", inside)
            try:
                frame = read_frame(inside)
                answer = Answer(unpack(frame.body), frame.wish)
            except BadMessage:
                continue
            if why := difference(request, answer.message):
                self.records[-1] = replace(self.records[-1], note=why)
                continue
            self._vouched(request, frame.body, answer)
            return answer

    def _vouched(self, request: Message, body: bytes, answer: Answer) -> None:
        """Raises Untrusted. A lenient terminal looks at the MAC of a success only, as most in the field do."""
        state, has_mac = self._state(), bool(answer.message.get(_MAC))
        asked_with_mac = bool(request.get(_MAC))
        needed = asked_with_mac and (state.strict or is_accepted(answer.message))
        looked_at = needed or (state.strict and has_mac and state.signed_in and request.type != "0800")
        if looked_at and not (has_mac and body[-_MAC_OCTETS:] == self.mac_of(body)):
            self.records[-1] = replace(self.records[-1], note="mac")
            raise Untrusted(answer.code)

    def _record(self, direction: str, inside: bytes) -> None:
        self.records.append(Record.of(direction, inside))
