"""The network between us and the carrier: it loses, doubles, delays and reorders; and the link that speaks over it."""

import json
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from recharge.domain.outcomes import FailureReason, Outcome, OutcomeState
from recharge.suppliers.contract import (
    AttemptOrder,
    BadCallback,
    Callback,
    CannotTell,
    Caps,
    ForgedCallback,
    RawCallback,
    StatementLine,
    StatementNotReady,
    StatementTimes,
    Stock,
)
from tests.proof.simulated.carrier import Carrier
from tests.proof.simulated.timeline import Timeline

ANSWER_WITHIN = 20.0
# A request that is late arrives within this; the settle window must be longer, and the carrier's own slowness comes on top.
LATEST_ARRIVAL = 100.0
SETTLE_WINDOW = timedelta(seconds=150)
STATEMENTS = StatementTimes(ZoneInfo("Asia/Shanghai"), time(2, 0))
SIGNATURE = "genuine"


@dataclass(frozen=True)
class Exchange:
    """One request on its way and the answer awaited: what a link's method waits for."""

    action: str
    link: str
    order: AttemptOrder | None = None
    day: date | None = None

    def __await__(self) -> Generator["Exchange", Any, Any]:
        return (yield self)


@dataclass(frozen=True)
class SimulatedLink:
    """A supplier link over the simulated network."""

    code: str
    timeline: Timeline
    statements: bool

    @property
    def caps(self) -> Caps:
        """All a link can have; statements for some seeds only."""
        times = STATEMENTS if self.statements else None
        return Caps(True, True, True, times, True, True, True, SETTLE_WINDOW, timedelta(seconds=10))

    async def submit(self, order: AttemptOrder) -> Outcome:
        """One request."""
        return await self._outcome("submit", order)

    async def query(self, order: AttemptOrder) -> Outcome:
        """A question; one that was not sent or not answered says nothing of the order."""
        said = await self._outcome("query", order)
        return Outcome(OutcomeState.UNKNOWN, said.at, code=said.code) if said.state is OutcomeState.NOT_SENT else said

    async def reverse(self, order: AttemptOrder) -> Outcome:
        """One request."""
        return await self._outcome("reverse", order)

    async def balance(self) -> Stock:
        """What we hold there."""
        answer = await Exchange("balance", self.code)
        if not isinstance(answer, Stock):
            raise CannotTell("no answer")
        return answer

    async def statement(self, day: date) -> Sequence[StatementLine]:
        """A day's statement."""
        if STATEMENTS.ready_at(day) > self.timeline.now():
            raise StatementNotReady(str(day))
        answer = await Exchange("statement", self.code, day=day)
        if not isinstance(answer, list):
            raise CannotTell("no answer")
        return answer

    def read_callback(self, raw: RawCallback) -> Callback:
        """Verify and read."""
        if raw.headers.get("x-signature") != SIGNATURE:
            raise ForgedCallback("signature")
        told = json.loads(raw.body)
        if "state" not in told:
            raise BadCallback("no state")
        reference = told.pop("reference")
        reason = FailureReason(told.pop("reason")) if told.get("reason") else None
        told.pop("reason", None)
        outcome = Outcome(OutcomeState(told.pop("state")), self.timeline.now(), reason=reason, **told)
        return Callback(reference, outcome, b"ok")

    async def close(self) -> None:
        """Nothing is held."""

    async def _outcome(self, action: str, order: AttemptOrder) -> Outcome:
        answer = await Exchange(action, self.code, order)
        assert isinstance(answer, Outcome)
        return answer


def callback_body(reference: str, outcome: Outcome) -> bytes:
    """A callback as it travels."""
    told: dict[str, Any] = {"reference": reference, "state": outcome.state.value, "code": outcome.code}
    for name in ("supplier_reference", "serial_number", "charged_minor", "delivered_minor", "number", "amount_minor"):
        told[name] = getattr(outcome, name)
    if outcome.reason is not None:
        told["reason"] = outcome.reason.value
    return json.dumps(told).encode()


Hear = Callable[[Any], None]


@dataclass
class Network:
    """Carries requests and answers. When `calm`, everything arrives.

    Nothing gets through to links that are `down`, no question to those that are `dumb`. `on_its_way` counts requests that may still
    arrive, by reference.
    """

    timeline: Timeline
    chance: Random
    carrier: Carrier
    calm: bool = False
    down: set[str] = field(default_factory=set)
    dumb: set[str] = field(default_factory=set)
    on_its_way: Counter[str] = field(default_factory=Counter)

    def carry(self, exchange: Exchange, hear: Hear) -> None:
        """Send a request; `hear` gets what the link makes of it: an Outcome, a Stock, a list of lines, or None."""
        if exchange.action in {"balance", "statement"}:
            self._ask_something(exchange, hear)
            return
        fate = "ok" if self.calm else self._fate(exchange)
        if fate == "refused":
            self._hear_later(hear, OutcomeState.NOT_SENT, 0.01, "refused")
        elif fate == "lost":
            self._hear_later(hear, OutcomeState.UNKNOWN, ANSWER_WITHIN, "timeout")
        elif fate == "late":
            self._arrive_later(exchange, self.chance.uniform(ANSWER_WITHIN, LATEST_ARRIVAL), None)
            self._hear_later(hear, OutcomeState.UNKNOWN, ANSWER_WITHIN, "timeout")
        else:
            self._travel(exchange, hear, fate)

    def _fate(self, exchange: Exchange) -> str:
        if exchange.action == "query" and exchange.link in self.dumb:
            return "lost"
        if exchange.link in self.down:
            return self.chance.choice(("refused", "lost"))
        return self.chance.choices(("ok", "refused", "lost", "late", "doubled", "reset", "deaf"), (75, 4, 4, 4, 4, 4, 5))[0]

    def _travel(self, exchange: Exchange, hear: Hear, fate: str) -> None:
        there, back = self._delay(), self._delay()
        if fate == "doubled":
            self._arrive_later(exchange, there + self.chance.uniform(0, LATEST_ARRIVAL - ANSWER_WITHIN), None)
        self._arrive_later(exchange, there, _Once(self, hear, back, fate))

    def _arrive_later(self, exchange: Exchange, seconds: float, once: "_Once | None") -> None:
        assert exchange.order is not None
        reference = exchange.order.reference
        moves_money = exchange.action != "query"
        self.on_its_way[reference] += moves_money

        def arrive() -> None:
            self.on_its_way[reference] -= moves_money
            answer = self._at_carrier(exchange)
            if once is not None:
                once.answered(answer)

        self.timeline.after(seconds, arrive)

    def _at_carrier(self, exchange: Exchange) -> Outcome | None:
        assert exchange.order is not None
        if exchange.action == "query":
            return self.carrier.question(exchange.order.reference)
        return self.carrier.take(exchange.link, exchange.order)

    def _delay(self) -> float:
        return 0.02 if self.calm else min(self.chance.lognormvariate(-1.5, 1.2), ANSWER_WITHIN / 2.5)

    def _ask_something(self, exchange: Exchange, hear: Hear) -> None:
        works = self.calm or (exchange.link not in self.down and self.chance.random() < 0.9)
        if exchange.action == "balance":
            stock = Stock(100_000_000, 0, self.timeline.now())
            self.timeline.after(0.1, lambda: hear(stock if works else None))
        else:
            assert exchange.day is not None
            lines = self.carrier.statement(exchange.link, exchange.day, STATEMENTS)
            self.timeline.after(0.5, lambda: hear(lines if works else None))

    def _hear_later(self, hear: Hear, state: OutcomeState, seconds: float, code: str) -> None:
        self.timeline.after(seconds, lambda: hear(Outcome(state, self.timeline.now(), code=code)))

    def on_the_way(self, reference: str) -> bool:
        """Whether a request of this reference may still arrive and be taken in."""
        return self.on_its_way[reference] > 0 and reference not in self.carrier.turned_away


@dataclass
class _Once:
    """Waits for one answer: what comes back of it, and when."""

    network: Network
    hear: Hear
    back: float
    fate: str

    def answered(self, answer: Outcome | None) -> None:
        """The carrier has answered, or stays silent (None)."""
        if self.fate == "reset":
            self.network._hear_later(self.hear, OutcomeState.UNKNOWN, self.back, "reset")
        elif answer is None or self.fate == "deaf":
            self.network._hear_later(self.hear, OutcomeState.UNKNOWN, ANSWER_WITHIN, "timeout")
        else:
            self.network.timeline.after(self.back, lambda: self.hear(answer))
