"""For tests of sessions: one end is ours, the other end and time are the test's."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from stk_sms.smpp.codec import Pdu
from stk_sms.smpp.pdus import (
    DeliverSm,
    DeliverSmResp,
)
from stk_sms.smpp.session import Answers, Session, SessionRules, State
from tests.stk_sms.smpp.peers import ManualTimers, Peer, pipe, settle


class Scene:
    """A session, its peer, its time, and what its handler was given."""

    def __init__(self, peer: Peer, session: Session, timers: ManualTimers) -> None:
        self.peer, self.session, self.timers = peer, session, timers
        self.batches: list[list[Pdu]] = []
        self.hold: asyncio.Event | None = None
        self.fail = False
        self.short = False

    async def answer(self, batch: list[Pdu]) -> Answers:
        self.batches.append(batch)
        if self.hold is not None:
            await self.hold.wait()
        if self.fail:
            raise RuntimeError("the database is away")
        answers = [(0, DeliverSmResp()) if isinstance(pdu.body, DeliverSm) else None for pdu in batch]
        return answers[:-1] if self.short else answers


@asynccontextmanager
async def scene(rules: SessionRules | None = None, state: State = State.BOUND_TRX) -> AsyncIterator[Scene]:
    timers = ManualTimers()
    async with pipe() as (peer, reader, writer):
        made: list[Scene] = []

        async def answer(batch: list[Pdu]) -> Answers:
            return await made[0].answer(batch)

        session = Session(reader, writer, answer, rules or SessionRules(), timers)
        session.state = state
        made.append(Scene(peer, session, timers))
        life = asyncio.create_task(session.run())
        await settle()
        try:
            yield made[0]
        finally:
            session.drop("the test is over")
            await life


def play(steps: Coroutine[Any, Any, None]) -> None:
    asyncio.run(steps)
