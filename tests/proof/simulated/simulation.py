"""One run from one seed: some minutes of business with everything going wrong, then calm until all orders have ended."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from recharge.books.ids import IdMaker
from recharge.dispatch.work import Reverse, Submit
from recharge.engine.administration import SHELL, Administration
from recharge.verify import report, verify_books
from tests.proof.simulated.agents import Agents
from tests.proof.simulated.books import CommitFault, MemoryBooks, Template, make_template
from tests.proof.simulated.carrier import Carrier
from tests.proof.simulated.checker import Checker
from tests.proof.simulated.network import Network
from tests.proof.simulated.postman import Postman
from tests.proof.simulated.processes import Dispatcher, Front, Surroundings, Upkeep
from tests.proof.simulated.timeline import Timeline

BUSINESS_SECONDS = 900.0
LONGEST = timedelta(days=8)
# After the last order's end: so long may the carrier still come back to it.
QUIET = timedelta(minutes=25)
_LOOK_EVERY = timedelta(minutes=3)
MOST_EVENTS = 40_000
AUDITS = 2
_DISTURBED = "SELECT id, state, due_at FROM orders WHERE due_at IS NOT NULL AND state IN ('succeeded', 'failed', 'reversed')"
MARGIN_BP, OTHER_MARGIN_BP = 20, 35
PRODUCTS = ("MS10", "MS30", "MS50", "MS100")
_STARTS = (
    datetime(2026, 11, 21, 2, 0, tzinfo=UTC),
    datetime(2026, 11, 21, 15, 52, tzinfo=UTC),
    datetime(2026, 11, 30, 15, 52, tzinfo=UTC),
)


class Breach(Exception):
    """A law was broken; the run ends here."""


@dataclass
class Result:
    """What a run came to. `breach` is None for a clean one."""

    seed: int
    breach: str | None
    orders: int = 0
    events: int = 0
    states: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)


@cache
def template() -> Template:
    """The province every run begins with."""
    return make_template()


@cache
def memory() -> MemoryBooks:
    """One database object for all runs of this process: its compiled statements are kept."""
    return MemoryBooks()


class Simulation:
    """The world of one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.chance = Random(seed)
        self.timeline = Timeline(self.chance.choice(_STARTS))
        self.books = memory()
        self.books.load(template().image)
        self.books.fault = lambda: None
        self.carrier = Carrier(self.timeline, Random(seed + 1))
        self.network = Network(self.timeline, Random(seed + 2), self.carrier)
        self.around = Surroundings(template(), self.books, self.timeline, self.chance, self.network, self)
        self.around.statements = self.chance.random() < 0.15
        self.margins = [(self.timeline.now() - timedelta(days=30), MARGIN_BP)]
        self.sent: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.events = 0
        self._first_breach: str | None = None
        self._people()

    def _people(self) -> None:
        self.fronts = [Front(self.around) for _ in range(2)]
        self.dispatchers = [Dispatcher(self.around) for _ in range(2)]
        self.upkeep = Upkeep(self.around)
        self.postman = Postman(self.timeline, self.chance, self.books, self.carrier, self.dispatchers, self.breach)
        self.carrier.tell = self.postman.tell
        self.agents = Agents(self.timeline, self.chance, self.fronts, self.breach)
        self.around.ring = self._ring
        self.around.look_when_due = self._look_when_due
        self.around.living = lambda: {dispatcher.worker for dispatcher in self.dispatchers if dispatcher.alive}

    def _ring(self) -> None:
        dispatcher = self.chance.choice(self.dispatchers)
        if dispatcher.alive:
            dispatcher.wake()

    def _look_when_due(self) -> None:
        """All dispatchers look by themselves many times a second; here they are told when a look would find something."""
        for dispatcher in self.dispatchers:
            if dispatcher.alive:
                dispatcher.look_when_due()
        with self.books.read() as connection:
            disturbed = self.books.rows(connection, _DISTURBED)
        if disturbed:
            self.breach(f"at rest and followed up all the same: {[tuple(row) for row in disturbed]}")

    def run(self) -> Result:
        """The whole run; never raises for what the engine does."""
        try:
            self._business()
            self._calm_down()
            self._closing()
        except Breach as breach:
            return self._result(str(breach))
        finally:
            self.books.fault = lambda: None
        return self._result(None)

    def breach(self, text: str) -> None:
        """Keep the first thing that must not happen; the run ends at the next event, outside of the engine's code."""
        self._first_breach = self._first_breach or text

    def _let_time_pass(self, until: Callable[[], bool]) -> None:
        while not until():
            if not self.timeline.step():
                raise Breach("nothing is left to happen")
            self.events += 1
            if self._first_breach is not None:
                raise Breach(self._first_breach)
            if self.events > MOST_EVENTS:
                raise Breach("does not come to rest")

    def _business(self) -> None:
        self.books.fault = self._commit_fault
        self.agents.plan(self.chance.randint(3, 9), BUSINESS_SECONDS * 0.6)
        self._plan_trouble()
        for _ in range(AUDITS):
            self.timeline.after(self.chance.uniform(0, BUSINESS_SECONDS), self._audit)
        end = self.timeline.now() + timedelta(seconds=BUSINESS_SECONDS)
        self._let_time_pass(lambda: self.timeline.now() >= end)

    def _plan_trouble(self) -> None:
        chance = self.chance
        for _ in range(chance.choice((0, 1, 2, 4))):
            self.timeline.after(chance.uniform(0, BUSINESS_SECONDS), self._kill_somebody)
        if chance.random() < 0.3:
            self.timeline.after(chance.uniform(0, BUSINESS_SECONDS / 2), self._change_margins)
        if chance.random() < 0.4:
            self._plan_outage(self.network.down)
        if chance.random() < 0.4:
            self._plan_outage(self.network.dumb)
        for _ in range(chance.choice((0, 0, 1, 2))):
            self.timeline.after(chance.uniform(100, BUSINESS_SECONDS), self._take_something_back)

    def _kill_somebody(self) -> None:
        self.faults["killed"] += 1
        victim = self.chance.choice([*self.fronts, *self.dispatchers, *self.dispatchers, self.upkeep])
        if victim.alive:
            victim.crash(self.chance.choice((0.2, 5, 60, 200)))

    def _change_margins(self) -> None:
        """Uplines earn another share from now on: orders taken in before keep the one they were taken in with."""
        self.books.fault, fault = (lambda: None), self.books.fault
        desk = Administration(self.books, IdMaker(9, self.timeline), self.timeline, template().keys)
        for product in PRODUCTS:
            desk.prices.set(SHELL, "DIST", product, 0, OTHER_MARGIN_BP)
        self.margins.append((self.timeline.now(), OTHER_MARGIN_BP))
        self.books.fault = fault

    def _plan_outage(self, of: set[str]) -> None:
        """A link that is down, or one that answers no questions, for a while."""
        link = self.chance.choice(list(template().links))
        begin, length = self.chance.uniform(0, BUSINESS_SECONDS / 2), self.chance.choice((20.0, 120.0, 400.0, 700.0))
        self.timeline.after(begin, lambda: of.add(link))
        self.timeline.after(begin + length, lambda: of.discard(link))

    def _take_something_back(self) -> None:
        done = [reference for reference, case in self.carrier.cases.items() if not case.is_reversal]
        if done:
            self.carrier.take_back_by_itself(self.chance.choice(done))

    def _commit_fault(self) -> CommitFault | None:
        if self.chance.random() > 0.02:
            return None
        fault = self.chance.choice(list(CommitFault))
        if fault in {CommitFault.DIED_BEFORE, CommitFault.DIED_AFTER} and self.around.running is None:
            return None
        self.faults[fault.name] += 1
        return fault

    def _calm_down(self) -> None:
        """No more faults: everything must come to its end by the ordinary ways."""
        self.books.fault = lambda: None
        for part in (self.around, self.network, self.agents, self.postman, self.carrier):
            part.calm = True
        self.network.down.clear()
        self.network.dumb.clear()
        started = looked = quiet_since = self.timeline.now()

        def at_rest() -> bool:
            nonlocal looked, quiet_since
            now = self.timeline.now()
            if now - looked < _LOOK_EVERY:
                return False
            looked = now
            if now - started > LONGEST:
                raise Breach(f"still open after {LONGEST}: {self._open_orders()}")
            if self._open_orders():
                quiet_since = now
            return now - quiet_since > QUIET

        self.timeline.after(0, self._tick)
        self._let_time_pass(at_rest)

    def _tick(self) -> None:
        """Time passes also while nothing happens."""
        self.timeline.after(_LOOK_EVERY.total_seconds(), self._tick)

    def _open_orders(self) -> list[tuple[Any, ...]]:
        text = "SELECT id, state, due_at FROM orders WHERE state NOT IN ('succeeded', 'failed', 'reversed') OR due_at IS NOT NULL"
        with self.books.read() as connection:
            return [tuple(row) for row in self.books.rows(connection, text)]

    def _closing(self) -> None:
        self.upkeep.run(self.upkeep.turn)
        checker = Checker(self.books, self.carrier, self.agents, self.margins)
        for text in checker.breaches():
            self.breach(text)
        if self._first_breach is None:
            self._audit()
        if self._first_breach is not None:
            raise Breach(self._first_breach)

    def _audit(self) -> None:
        """The product's own checker, which must find nothing at any moment, in the middle of everything too."""
        broken = [finding for finding in verify_books(self.books, self.timeline.now()) if not finding.holds]
        if broken:
            self.breach(report(broken, "en"))

    def about_to_send(self, work: Submit | Reverse) -> None:
        """The first byte is about to leave: the attempt must be committed, never sent before, and nothing else of its order alive."""
        self.sent[work.order.reference] += 1
        if self.sent[work.order.reference] > 1:
            self.breach(f"attempt {work.attempt_id} was sent twice")
        with self.books.read() as connection:
            text = "SELECT a.state, a.order_id FROM attempt a JOIN orders o ON o.attempt_id = a.id WHERE a.id = ?"
            rows = self.books.rows(connection, text, [work.attempt_id])
            text = "SELECT id FROM attempt WHERE order_id = ? AND action = 'submit' AND id <> ?"
            others = [str(row[0]) for row in self.books.rows(connection, text, [work.order_id, work.attempt_id])]
        # Of a sender that is wrongly taken for dead the attempt is unknown already when it leaves.
        allowed = {"sending", "unknown"} if self.around.taken_for_dead else {"sending"}
        if len(rows) != 1 or rows[0][0] not in allowed:
            self.breach(f"attempt {work.attempt_id} left while the books say {[tuple(row) for row in rows]} of it")
        if isinstance(work, Submit):
            self._others_are_dead(work, others)

    def _others_are_dead(self, work: Submit, others: list[str]) -> None:
        for other in others:
            if self.carrier.may_still_credit(other) or self.network.on_the_way(other):
                self.breach(f"order {work.order_id} was sent again as {work.attempt_id} while {other} may be credited")

    def _result(self, breach: str | None) -> Result:
        with self.books.read() as connection:
            text = "SELECT state, COUNT(*) FROM orders WHERE kind = 'recharge' GROUP BY state"
            states = Counter({row[0]: row[1] for row in self.books.rows(connection, text)})
        return Result(self.seed, breach, sum(states.values()), self.events, states, self.faults)


def simulate(seed: int) -> Result:
    """One seed's run."""
    return Simulation(seed).run()
