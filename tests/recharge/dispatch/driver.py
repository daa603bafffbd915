"""Drives the dispatcher's core by hand: a link that says what the test has written down, and a step at a time."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from recharge.dispatch.core import Core
from recharge.dispatch.parts import DispatchParts, DispatchRules
from recharge.dispatch.shelf import StatementShelf
from recharge.dispatch.work import Answered, AskBalance, Balanced, Done, Look, Query, Reverse, Submit, Work
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.contract import (
    AttemptOrder,
    Callback,
    CannotTell,
    Caps,
    ForgedCallback,
    RawCallback,
    StatementKind,
    StatementLine,
    StatementTimes,
    Stock,
    SupplierLink,
)
from tests.support.world import World

SHANGHAI = ZoneInfo("Asia/Shanghai")
CAPS = Caps(
    query=True,
    reverse=True,
    balance=True,
    statement=StatementTimes(SHANGHAI, time(2, 0)),
    callback=True,
    idempotent_submit=False,
    partial=True,
    settle_window=timedelta(seconds=900),
    answers_within=timedelta(seconds=15),
)


@dataclass
class ScriptedLink:
    """Says what was written down for it, in order; when nothing is left, that all went well."""

    world: World
    caps: Caps = CAPS
    says: deque[OutcomeState | dict[str, Any]] = field(default_factory=deque)
    asked: list[tuple[str, AttemptOrder]] = field(default_factory=list)
    statements: dict[date, Sequence[StatementLine] | CannotTell] = field(default_factory=dict)
    stock: Stock | None = None
    balances_asked: int = 0
    statements_asked: list[date] = field(default_factory=list)
    callbacks: dict[bytes, Callback | Exception] = field(default_factory=dict)
    closed: bool = False

    async def submit(self, order: AttemptOrder) -> Outcome:
        return self._next("submit", order)

    async def query(self, order: AttemptOrder) -> Outcome:
        return self._next("query", order)

    async def reverse(self, order: AttemptOrder) -> Outcome:
        return self._next("reverse", order)

    async def balance(self) -> Stock:
        self.balances_asked += 1
        if self.stock is None:
            raise CannotTell("silent")
        return self.stock

    async def statement(self, day: date) -> Sequence[StatementLine]:
        self.statements_asked.append(day)
        told = self.statements.get(day, CannotTell("none"))
        if isinstance(told, CannotTell):
            raise told
        return told

    def read_callback(self, raw: RawCallback) -> Callback:
        told = self.callbacks.get(raw.body, ForgedCallback("signature"))
        if isinstance(told, Exception):
            raise told
        return told

    async def close(self) -> None:
        self.closed = True

    def _next(self, method: str, order: AttemptOrder) -> Outcome:
        self.asked.append((method, order))
        said = self.says.popleft() if self.says else OutcomeState.SUCCESS
        facts = said if isinstance(said, dict) else {"state": said}
        return Outcome(**{"at": self.world.clock.now(), "serial_number": "SN1", **facts})


@dataclass
class Dispatcher:
    """One dispatcher process on the world's books, with scripted links."""

    world: World
    links: dict[int, SupplierLink]
    rules: DispatchRules = field(default_factory=DispatchRules)

    def __post_init__(self) -> None:
        world = self.world
        self.parts = DispatchParts(world.database, world.clock, world.ids, world.finisher, self.links, world.parts.calendar, self.rules)
        self.core = Core(self.parts)

    def step(self, most: int = 50) -> list[Work]:
        """Claim once and carry everything out, follow-ups included; what was claimed."""
        works = self.core.claim(most)
        self.carry_out(works)
        return works

    def carry_out(self, works: Sequence[Work]) -> None:
        """Carry work out and apply what came of it until nothing follows."""
        while works:
            works = self.core.conclude([self.done(work) for work in works])

    def done(self, work: Work) -> Done:
        """What comes of one piece of work."""
        known = self.core.without_asking(work)
        return known if known is not None else asyncio.run(self._asked(work))

    async def _asked(self, work: Work) -> Done:
        if isinstance(work, Look):
            return await StatementShelf(self.links).look(work)
        if isinstance(work, AskBalance):
            try:
                return Balanced(work, await self.links[work.link_id].balance())
            except CannotTell:
                return Balanced(work, None)
        assert isinstance(work, Submit | Reverse | Query)
        link = self.links[work.link_id]
        method = {Submit: link.submit, Reverse: link.reverse, Query: link.query}[type(work)]
        return Answered(work, await method(work.order))


def statement_line(reference: str, **facts: Any) -> StatementLine:
    """A line about an attempt, done in full unless told otherwise."""
    usual: dict[str, Any] = {
        "kind": StatementKind.RECHARGE,
        "reference": reference,
        "original_reference": "",
        "supplier_reference": "C1",
        "serial_number": "SN9",
        "number": "13800138000",
        "amount_minor": 5000,
        "charged_minor": 4800,
        "delivered_minor": 5000,
        "state": OutcomeState.SUCCESS,
        "finished_at": datetime(2026, 11, 20, 4, tzinfo=UTC),
    }
    return StatementLine(**(usual | facts))
