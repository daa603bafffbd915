"""From a frame to its answer: judged and carried out in groups, then waited for, each within the time a terminal waits."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from pos.answers import Answers
from pos.codec.errors import FrameError
from pos.codec.message import Message
from pos.codes import Code, words
from pos.counter import Counter, is_reversal
from pos.desk import Desk
from pos.journal import Journal
from pos.judge import Inbound, Judge, Opened, Turned, read_message, terminals_of
from pos.keys.vault import VaultError
from pos.kinds import MONEY, RULES, Kind, wanted
from pos.lanes import Lane
from pos.outcomes import Outcomes
from pos.settlement import Settlement
from pos.terminals import TerminalReader
from pos.verdict import Step, Verdict, Waiting
from recharge import Engine, OrderView

ANSWER_SECONDS = 20.0
_SETTLING = frozenset({Kind.SETTLEMENT, Kind.UPLOAD, Kind.UPLOAD_END})
_log = logging.getLogger(__name__)


class BadFrame(Exception):
    """A frame that holds no message; the connection that brings many of them is closed."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the hall is made of."""

    engine: Engine
    reader: TerminalReader
    judge: Judge
    counter: Counter
    desk: Desk
    settlement: Settlement
    answers: Answers
    journal: Journal
    now: Callable[[], datetime]
    language: str


@dataclass(frozen=True, slots=True)
class _Ended:
    """An awaited order has come to rest."""

    waiting: Waiting
    order: OrderView


class Hall:
    """One a process. `answer` may be called for as many frames at once as the server lets in."""

    def __init__(self, parts: Parts, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._parts, self._answer_seconds = parts, answer_seconds
        self._judging: Lane[Inbound, Opened | Turned | FrameError] = Lane(self._judge, "judge", workers=1)
        self._money: Lane[Opened | _Ended, Step] = Lane(self._carry_out, "counter", workers=3)
        self._desk: Lane[Opened, Verdict] = Lane(parts.desk.take, "desk", workers=1)
        self._settling: Lane[Opened, Verdict] = Lane(parts.settlement.take, "settlement", most=20, workers=1)
        self._outcomes = Outcomes(lambda numbers: parts.engine.orders(numbers, ended=True))

    def start(self) -> None:
        """Begin to look for ends."""
        self._outcomes.start()

    async def close(self) -> None:
        """Wait for what is being carried out, then stop."""
        for lane in (self._judging, self._money, self._desk, self._settling):
            await lane.close()
        await self._outcomes.close()

    async def answer(self, inbound: Inbound) -> bytes | None:
        """The frame that answers a frame; None where nothing can be said. Raises BadFrame for one that holds no message."""
        until = asyncio.get_running_loop().time() + self._answer_seconds
        try:
            judged = await self._judging.put(inbound)
        except SQLAlchemyError:
            # The database is away: nobody is known, so nobody can be told anything. Terminals wait and ask again.
            return None
        if isinstance(judged, FrameError):
            raise BadFrame(str(judged))
        verdict = await self._verdict(judged, until)
        self._parts.journal.note(judged, verdict)
        try:
            return self._parts.answers.write(judged, verdict)
        except (VaultError, FrameError) as error:
            _log.error("an answer could not be written: %s", error)
            return None

    def refuse(self, inbound: Inbound) -> bytes | None:
        """The polite answer while there is no room: without a word from database or keys. None where nothing can be said."""
        try:
            message = read_message(inbound)
            kind = wanted(message).kind
        except FrameError:
            return None
        code = Code(RULES[kind].system) if kind else Code.SYSTEM
        turned = Turned(inbound, message, kind, None, code)
        return self._parts.answers.write(turned, self._says(code))

    async def _verdict(self, judged: Opened | Turned, until: float) -> Verdict:
        if isinstance(judged, Turned):
            return self._says(judged.code)
        lane = self._settling if judged.kind in _SETTLING else self._desk
        try:
            if judged.kind in MONEY:
                return await self._wait(await self._money.put(judged), until)
            return await lane.put(judged)
        # Whatever went wrong, the terminal hears what leaves no doubt on its side; the lane has logged it.
        except Exception:
            return self._says(Code(RULES[judged.kind].system))

    async def _wait(self, step: Step, until: float) -> Verdict:
        while isinstance(step, Waiting):
            left = until - asyncio.get_running_loop().time()
            order = await self._outcomes.of(step.order_number, left)
            if order is None:
                return await asyncio.to_thread(self._parts.counter.give_up, step)
            if is_reversal(step.opened):
                step = await self._money.put(_Ended(step, order))
            else:
                step = self._parts.counter.conclude(step, order)
        return step

    def _judge(self, group: Sequence[Inbound]) -> list[Opened | Turned | FrameError]:
        messages: list[Message | FrameError] = []
        for inbound in group:
            try:
                messages.append(read_message(inbound))
            except FrameError as error:
                messages.append(error)
        terminals = self._parts.reader.sights(terminals_of([each for each in messages if isinstance(each, Message)]))
        return [
            each if isinstance(each, FrameError) else self._parts.judge.judge(inbound, each, terminals)
            for inbound, each in zip(group, messages, strict=True)
        ]

    def _carry_out(self, group: Sequence[Opened | _Ended]) -> list[Step]:
        """New messages in one transaction, then those whose orders have ended."""
        fresh = [item for item in group if isinstance(item, Opened)]
        ended = [item for item in group if isinstance(item, _Ended)]
        orders: Mapping[str, OrderView] = {item.order.order_number: item.order for item in ended}
        first = iter(self._parts.counter.take(fresh))
        then = iter(self._parts.counter.resume([item.waiting for item in ended], orders))
        return [next(first) if isinstance(item, Opened) else next(then) for item in group]

    def _says(self, code: Code) -> Verdict:
        return Verdict(code, text=words(code, self._parts.language))
