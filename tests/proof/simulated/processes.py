"""The engine's processes as the simulation runs them, with the engine's own code in them; all they hold dies with them."""

from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Protocol, cast

from sqlalchemy.exc import DBAPIError, IntegrityError

from recharge.books import rollup
from recharge.books.database import DatabaseBusy
from recharge.books.directory import Directory
from recharge.books.ids import IdMaker
from recharge.books.orphans import free_orphans
from recharge.books.tables.metadata import moment_of, stamp
from recharge.clock import BusinessCalendar
from recharge.dispatch import callbacks, core
from recharge.dispatch.links import LinkPool
from recharge.dispatch.parts import DispatchParts, DispatchRules
from recharge.dispatch.shelf import by_reference
from recharge.dispatch.work import Answered, AskBalance, Balanced, Done, Look, Looked, Query, Reverse, Submit, Work
from recharge.domain.replies import Reply
from recharge.domain.requests import Request
from recharge.engine import finish, intake, sealing
from recharge.engine.parts import Parts, Rules
from recharge.suppliers.contract import CannotTell, Stock
from tests.proof.simulated.books import Died, MemoryBooks, Template
from tests.proof.simulated.network import STATEMENTS, Exchange, Network, SimulatedLink
from tests.proof.simulated.timeline import Timeline

CALENDAR = BusinessCalendar(STATEMENTS.zone)
_AWAY = (DBAPIError, DatabaseBusy)
_BUSY = 0.05
_RULES = DispatchRules(stock_every=timedelta(minutes=20))
HOST = "simulated"
# Dispatchers look by themselves at least this often, whether or not anybody rang. Seconds.
IDLE = 0.5
Hear = Callable[[list[Reply] | None], None]


class Watch(Protocol):
    """Who looks on: told of everything that leaves the house, and of what must never happen."""

    def about_to_send(self, work: Submit | Reverse) -> None:
        """Called before the first byte leaves."""
        ...

    def breach(self, text: str) -> None:
        """Something happened that must not."""
        ...


class Pool(dict[int, SimulatedLink]):
    """The running links, as the dispatcher's link pool gives them."""

    def id_of(self, code: str) -> int | None:
        """A link by its code."""
        return next((link_id for link_id, link in self.items() if link.code == code), None)


class Surroundings:
    """What outlives every process."""

    def __init__(self, template: Template, books: MemoryBooks, timeline: Timeline, chance: Random, network: Network, watch: Watch) -> None:
        self.template, self.books, self.timeline = template, books, timeline
        self.chance, self.network, self.watch = chance, network, watch
        self.calm = False
        self.statements = False
        self.ring: Callable[[], None] = lambda: None
        self.look_when_due: Callable[[], None] = lambda: None
        self.living: Callable[[], set[int]] = set
        self.taken_for_dead = False
        self.running: Process | None = None
        self.newest_worker = 10

    def new_parts(self) -> Parts:
        """A process's own parts; each process that starts has a worker number of its own."""
        self.newest_worker += 1
        self._sign_on(self.newest_worker)
        ids = IdMaker(self.newest_worker, self.timeline)
        template = self.template
        return Parts(self.books, self.timeline, CALENDAR, ids, template.keys, Rules(), template.house, Directory())

    def _sign_on(self, number: int) -> None:
        """The worker's number stands for its process."""
        with self.books.engine.begin() as connection:
            values = (number, f"{HOST}:{number}", stamp(self.timeline.now()))
            self.books.change(connection, "INSERT INTO worker (number, holder, seen_at) VALUES (?, ?, ?)", values)


class Process:
    """Runs actions while it lives. A crash forgets whatever it had planned; it comes back after a while with nothing in mind."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.alive = False
        self._epoch = 0
        self.start()

    def start(self) -> None:
        """Begin, knowing nothing."""
        self.alive = True
        self.begin()

    def begin(self) -> None:
        """What the kind of process does at its start."""
        raise NotImplementedError

    def crash(self, seconds_away: float) -> None:
        """Die at once, come back later."""
        self.alive = False
        self._epoch += 1
        self.around.timeline.after(seconds_away, self.start)

    def soon(self, seconds: float, action: Callable[[], None]) -> None:
        """Plan an action, which is forgotten if the process dies before."""
        self.around.timeline.after(seconds, self.mine(action))

    def mine(self, action: Callable[[], None]) -> Callable[[], None]:
        """The action as this life of the process carries it out."""
        epoch = self._epoch

        def carry_out() -> None:
            if self.alive and self._epoch == epoch:
                self.run(action)

        return carry_out

    def run(self, action: Callable[[], None]) -> None:
        """Carry out; a death ends the process and not the world."""
        before, self.around.running = self.around.running, self
        try:
            action()
        except Died:
            self.crash(self.around.chance.choice((0.2, 3, 30, 120)))
            self.around.timeline.after(IDLE, self.around.look_when_due)
        except IntegrityError as error:
            self.around.watch.breach(f"the database refused a second time: {error.orig}")
        except (AssertionError, KeyError, ValueError, TypeError) as error:
            self.around.watch.breach(f"{type(error).__name__} in {type(self).__name__}: {error}")
        finally:
            self.around.running = before


class Front(Process):
    """An access process: requests that come at the same time are one batch."""

    def begin(self) -> None:
        """An empty waiting room."""
        self._waiting: list[tuple[Request, Hear]] = []
        self._intake = intake.Intake(self.around.new_parts(), self._wake)

    def ask(self, requests: Sequence[Request], hear: Hear) -> None:
        """A request arrives; `hear` gets the reply in a list, or None for "busy"; nothing if the process dies."""
        if not self._waiting:
            self.soon(0.004, self._serve)
        self._waiting += [(request, hear) for request in requests]

    def _serve(self) -> None:
        waiting, self._waiting = self._waiting, []
        self.around.timeline.after(IDLE, self.around.look_when_due)
        try:
            replies = self._intake.take([request for request, _ in waiting])
        except IntegrityError:
            raise
        except _AWAY:
            for _, hear in waiting:
                hear(None)
            return
        for (_, hear), reply in zip(waiting, replies, strict=True):
            hear([reply])

    def _wake(self) -> None:
        # A lost ring costs the dispatchers' idle interval.
        lost = self.around.chance.random() < 0.2
        self.around.timeline.after(IDLE if lost else 0.001, self.around.ring)


class Dispatcher(Process):
    """The worker's part: carries out what the core says, over the simulated network."""

    def begin(self) -> None:
        """A core and an empty desk."""
        around = self.around
        parts = around.new_parts()
        links = around.template.links
        self.pool = Pool({number: SimulatedLink(code, around.timeline, around.statements) for code, number in links.items()})
        dispatch = DispatchParts(around.books, around.timeline, parts.ids, finish.Finisher(parts), self.pool, CALENDAR, _RULES)
        self._core = core.Core(dispatch)
        self._callbacks = callbacks.Callbacks(dispatch, cast(LinkPool, self.pool))
        self._done: list[Done] = []
        self._looked_at: datetime | None = None
        self._next_turn = datetime.max.replace(tzinfo=UTC)
        self.worker = around.newest_worker
        self._plan_turn(around.chance.uniform(0.01, 0.5))
        self.soon(around.chance.uniform(0.01, 0.5), self._free_orphans)

    def _free_orphans(self) -> None:
        """Go on where dead ones stopped. Now and then one is taken for dead that is not: that must do no harm."""
        wrong = not self.around.calm and self.around.chance.random() < 0.1
        self.around.taken_for_dead |= wrong
        living = set() if wrong else self.around.living()
        try:
            free_orphans(self.around.books, self.around.timeline.now(), HOST, lambda process: process in living)
        except IntegrityError:
            raise
        except _AWAY:
            return
        self.around.look_when_due()

    def wake(self) -> None:
        """Look now."""
        if self.alive:
            self._plan_turn(0)

    def take_callback(self, link: str, headers: dict[str, str], body: bytes) -> int | None:
        """A callback comes in; the status it is answered with, None when there is no answer."""
        heard: list[int] = []

        def take() -> None:
            try:
                heard.append(self._callbacks.take_callback(link, headers, body).status)
            except IntegrityError:
                raise
            except _AWAY:
                return

        self.mine(take)()
        self.around.look_when_due()
        return heard[0] if heard else None

    def _plan_turn(self, seconds: float) -> None:
        """The next look is at the earliest moment anybody wanted one; looks before it would find nothing, and virtual time skips them."""
        moment = self.around.timeline.now() + timedelta(seconds=seconds)
        if moment < self._next_turn:
            self._next_turn = moment
            self.soon(seconds, lambda: self._turn(moment))

    def _turn(self, planned_for: datetime) -> None:
        """The loop: claim, look after the links about once a second."""
        if planned_for != self._next_turn:
            return
        self._next_turn = datetime.max.replace(tzinfo=UTC)
        # Planned before anything can go wrong: a loop goes on whatever one round of it came to.
        self._plan_turn(_BUSY)
        self._claim()
        now = self.around.timeline.now()
        if self._looked_at is None or now - self._looked_at >= core.LOOK_AFTER_LINKS_EVERY:
            self._looked_at = now
            self._look_after_links()
        self._next_turn = datetime.max.replace(tzinfo=UTC)
        self.look_when_due()

    def look_when_due(self) -> None:
        """Plan a look for when the next order is due."""
        rows = self._rows("SELECT MIN(due_at) FROM orders")
        if rows[0][0] is not None:
            wait = (moment_of(rows[0][0]) - self.around.timeline.now()).total_seconds()
            self._plan_turn(max(wait, _BUSY))

    def _rows(self, text: str) -> Sequence[Any]:
        with self.around.books.read() as connection:
            return self.around.books.rows(connection, text)

    def _claim(self) -> None:
        try:
            works = self._core.claim(50)
        except IntegrityError:
            raise
        except _AWAY:
            return
        for work in works:
            self._begin(work)

    def _look_after_links(self) -> None:
        try:
            works = self._core.look_after_links()
        except IntegrityError:
            raise
        except _AWAY:
            return
        for work in works:
            self._begin(work)

    def _begin(self, work: Work) -> None:
        """Between the claim and the sending lies a moment, or minutes where the machine was stopped."""
        chance = self.around.chance
        stopped = not self.around.calm and chance.random() < 0.05
        self.soon(chance.choice((40.0, 100.0, 600.0)) if stopped else chance.uniform(0.0005, 0.01), lambda: self._carry_out(work))

    def _carry_out(self, work: Work) -> None:
        known = self._core.without_asking(work)
        if known is not None:
            self._put(known)
            return
        if isinstance(work, Submit | Reverse):
            self.around.watch.about_to_send(work)
        self._drive(self._task(work), None, self.around.timeline.now())

    async def _task(self, work: Work) -> Done:
        """As the worker asks links. The time taken is put in by whoever drives it."""
        if isinstance(work, Look):
            return await self._look(work)
        if isinstance(work, AskBalance):
            return Balanced(work, await self._stock(work))
        assert isinstance(work, Submit | Reverse | Query)
        link, began = self.pool[work.link_id], self.around.timeline.now()
        ask = link.submit if isinstance(work, Submit) else link.reverse if isinstance(work, Reverse) else link.query
        outcome = await ask(work.order)
        return Answered(work, outcome, self.around.timeline.now() - began)

    async def _stock(self, work: AskBalance) -> Stock | None:
        try:
            return await self.pool[work.link_id].balance()
        except CannotTell:
            return None

    async def _look(self, work: Look) -> Looked:
        line, complete = None, True
        for day in work.days:
            try:
                lines = by_reference(await self.pool[work.query.link_id].statement(day))
                line = lines.get(work.query.order.reference) or line
            except CannotTell:
                complete = False
        return Looked(work, line, complete)

    def _drive(self, task: Coroutine[Exchange, Any, Done], answer: object, since: datetime) -> None:
        """Let a link's coroutine run to its next exchange with the carrier, or to its end."""
        try:
            exchange = task.send(answer)
        except StopIteration as ended:
            self._put(ended.value)
            return
        epoch = self._epoch

        def hear(said: object) -> None:
            # An answer that finds its process dead is lost with the connection.
            if self.alive and self._epoch == epoch:
                self.run(lambda: self._drive(task, said, since))
            else:
                task.close()

        self.around.network.carry(exchange, hear)

    def _put(self, done: Done) -> None:
        self._done.append(done)
        if len(self._done) == 1:
            self.soon(self.around.chance.uniform(0.0005, 0.05), self._conclude)

    def _conclude(self) -> None:
        batch, self._done = self._done, []
        try:
            follow = self._core.conclude(batch)
        except IntegrityError:
            raise
        except _AWAY:
            # Handed in again with what has come meanwhile: what suppliers said is never thrown away.
            self._done = batch + self._done
            self.soon(0.5, self._conclude)
            return
        for work in follow:
            self._begin(work)
        self.around.look_when_due()


class Upkeep(Process):
    """Rolls up and seals now and then."""

    def begin(self) -> None:
        """A sealer that holds nothing yet."""
        self._sealer = sealing.Sealer(self.around.books, self.around.timeline, "upkeep")
        self.soon(self.around.chance.uniform(1, 40), self._turn)

    def _turn(self) -> None:
        often = self.around.chance.uniform(20, 300)
        # When nothing goes wrong any more, more rounds would show nothing more.
        self.soon(3600 if self.around.calm else often, self._turn)
        self.turn()

    def turn(self) -> None:
        """Everything once."""
        try:
            rollup.roll_up(self.around.books)
            self._sealer.turn()
        except IntegrityError:
            raise
        except _AWAY:
            return
