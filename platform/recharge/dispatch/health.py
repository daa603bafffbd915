"""Keeps the links' health in the database: outcomes counted for the breakers, stock as last told, probes handed out once."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from recharge.books.database import Database
from recharge.books.link_statements import HEALTH, Health, change_health
from recharge.dispatch.parts import DispatchParts
from recharge.dispatch.work import Answered, AskBalance, Balanced, Reverse, Submit
from recharge.domain.breaker import GOOD, Breaker, BreakerState, after_outcomes, after_probe, probe_due, sign_of

_TRIES = 5


@dataclass(slots=True)
class _Seen:
    """What one link did since its health was last written."""

    signs: str = ""
    stock_minor: int | None = None
    stock_at: datetime | None = None

    def stock(self, minor: int, at: datetime) -> None:
        """The stock told at a moment; answers may overtake each other."""
        if self.stock_at is None or at >= self.stock_at:
            self.stock_minor, self.stock_at = minor, at


class HealthKeeper:
    """Gathers what is seen of links; writes at once when something is bad or a link is in trouble, else a few times a second."""

    def __init__(self, parts: DispatchParts) -> None:
        self._parts = parts
        self._database: Database = parts.database
        self._seen: dict[int, _Seen] = defaultdict(_Seen)
        self._written_at: datetime | None = None
        self._asked: dict[int, datetime] = {}
        self._troubled: set[int] = set()

    def saw(self, done: Answered) -> None:
        """Count an outcome: only orders sent out and reversals say something of a link's health, questions only of its stock."""
        work, outcome = done.work, done.outcome
        if not done.asked or not isinstance(work, Submit | Reverse):
            return
        seen = self._seen[work.link_id]
        link = self._parts.links.get(work.link_id)
        slow = link is not None and done.took > link.caps.answers_within
        seen.signs += sign_of(outcome.state, slow)
        if outcome.stock_after_minor is not None:
            seen.stock(outcome.stock_after_minor, outcome.at)

    def balanced(self, done: Balanced) -> None:
        """Take in what a link said of our stock; an open breaker learns whether the link answers at all."""
        now = self._parts.clock.now()
        if done.stock is not None:
            self._seen[done.work.link_id].stock(done.stock.free_minor, done.stock.at)
        answered = done.stock is not None
        self._change(done.work.link_id, lambda health: replace(health, breaker=after_probe(health.breaker, answered, now)))

    def write(self, now: datetime) -> None:
        """Write what was seen, if something bad is among it or it is time to."""
        # The good outcome of a link on trial is awaited by every order that waits for it.
        urgent = any(link_id in self._troubled or seen.signs.strip(GOOD) for link_id, seen in self._seen.items())
        if not self._seen or not (urgent or self._is_time(now)):
            return
        self._written_at = now
        for link_id in list(self._seen):
            seen = self._seen.pop(link_id)
            self._change(link_id, lambda health, seen=seen: _with(health, seen, now))  # type: ignore[misc]

    def due_questions(self, now: datetime) -> list[AskBalance]:
        """Links to be asked for their stock: open breakers' probes, each handed to one dispatcher, and stock not told lately."""
        with self._database.read() as connection:
            known = self._database.find(connection, HEALTH)
        found = []
        for link_id, link in self._parts.links.items():
            health = known.get(link_id) or Health(link_id, Breaker())
            self._remember(health)
            if probe_due(health.breaker, now):
                found += self._probe(health, link.caps.balance, now)
            elif link.caps.balance and health.breaker.state is not BreakerState.OPEN and self._stock_is_old(health, now):
                self._asked[link_id] = now
                found.append(AskBalance(link_id))
        return found

    def _is_time(self, now: datetime) -> bool:
        return self._written_at is None or not self._written_at <= now < self._written_at + self._parts.rules.health_every

    def _stock_is_old(self, health: Health, now: datetime) -> bool:
        latest = max((moment for moment in (health.stock_at, self._asked.get(health.link_id)) if moment is not None), default=None)
        return latest is None or now - latest >= self._parts.rules.stock_every

    def _probe(self, health: Health, can_be_asked: bool, now: datetime) -> list[AskBalance]:
        if not can_be_asked:
            self._once(health, after_probe(health.breaker, True, now))
            return []
        leased = replace(health.breaker, probe_at=now + self._parts.rules.lease)
        return [AskBalance(health.link_id)] if self._once(health, leased) else []

    def _once(self, before: Health, breaker: Breaker) -> bool:
        with self._database.write() as connection:
            return change_health(connection, before, replace(before, breaker=breaker))

    def _change(self, link_id: int, change: Callable[[Health], Health]) -> None:
        """Read, change, write where nobody else wrote in between; given up after some tries, for the next outcome tells the same."""
        for _ in range(_TRIES):
            with self._database.write() as connection:
                before = self._database.find(connection, HEALTH).get(link_id) or Health(link_id, Breaker())
                after = change(before)
                if after == before or change_health(connection, before, after):
                    self._remember(after)
                    return

    def _remember(self, health: Health) -> None:
        if health.breaker.state is BreakerState.CLOSED:
            self._troubled.discard(health.link_id)
        else:
            self._troubled.add(health.link_id)


def _with(health: Health, seen: _Seen, now: datetime) -> Health:
    breaker = after_outcomes(health.breaker, seen.signs, now)
    if seen.stock_at is None or (health.stock_at is not None and health.stock_at > seen.stock_at):
        return replace(health, breaker=breaker)
    return replace(health, breaker=breaker, stock_minor=seen.stock_minor, stock_at=seen.stock_at)
