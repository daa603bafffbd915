"""An order's life from the request to the seal, as one process lives it, and as others take it up where that one died."""

import os
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

from recharge.books.database import Database
from recharge.books.directory import Directory
from recharge.books.house import house_accounts
from recharge.books.ids import IdMaker
from recharge.books.rollup import roll_up
from recharge.books.tables.metadata import moment_of
from recharge.clock import Clock
from recharge.dispatch.core import Core
from recharge.dispatch.parts import DispatchParts
from recharge.dispatch.work import Answered, AskBalance, Balanced, Done, Look, Query, Submit, Work
from recharge.dispatch.work import Reverse as TakeBack
from recharge.domain.replies import Reply
from recharge.domain.requests import Channel, EndpointKind, Origin, Recharge, Request, Reverse, ServicePassword
from recharge.engine.finish import Finisher
from recharge.engine.intake import Intake
from recharge.engine.parts import Parts, Rules
from recharge.engine.sealing import Sealer
from recharge.keys.store import KeyStore
from recharge.outbox.port import Message, SendResult
from recharge.outbox.sender import Sender
from recharge.suppliers.contract import SupplierLink
from tests.proof.killed.carrier import FileCarrier, Way
from tests.proof.killed.points import Points
from tests.proof.simulated.processes import CALENDAR
from tests.support.world import MASTER_KEY, PASSWORD, ManualClock, World

FACE_MINOR = 5000
T = TypeVar("T")
_ENDED = ("succeeded", "failed", "reversed")
_MOST_ROUNDS = 30
_PATIENCE_SECONDS = 10.0


@dataclass
class Port:
    """A channel that hands messages to a file."""

    points: Points | None
    told: Path

    def send(self, message: Message) -> SendResult:
        """Out it goes; a kill just before or just after may have it sent once more."""
        if self.points is not None:
            self.points.reach("before the message leaves")
        handle = os.open(self.told, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        os.write(handle, f"{message.order_number} {message.recipient} {message.kind}\n".encode())
        os.close(handle)
        if self.points is not None:
            self.points.reach("after the message has left")
        return SendResult.SENT


class Lived(Protocol):
    """Where a life is lived, whoever carries the order out."""

    url: str
    link_id: int
    folder: Path

    @property
    def clock(self) -> Clock:
        """The time of all processes there."""
        ...

    @property
    def told(self) -> Path:
        """Messages that went out."""
        ...

    def carrier(self, points: Points | None) -> SupplierLink:
        """Whoever carries the order out."""
        ...

    def live(self, points: Points, reference: str, number: str) -> None:
        """A whole life in this process."""
        ...


@dataclass
class Place:
    """Where the order lives: the books' address, the link, and the folder with the carrier's ledger and the messages sent."""

    url: str
    link_id: int
    folder: Path
    way: Way
    clock: ManualClock = field(default_factory=ManualClock)

    @property
    def ledger(self) -> Path:
        """The carrier's."""
        return self.folder / f"ledger-{self.way.name}"

    @property
    def told(self) -> Path:
        """Messages that went out."""
        return self.folder / f"told-{self.way.name}"

    def carrier(self, points: Points | None) -> SupplierLink:
        """The link to the carrier."""
        return FileCarrier(self.ledger, self.way, self.clock, *([points.reach] if points is not None else []))

    def live(self, points: Points, reference: str, number: str) -> None:
        """A whole life in this process."""
        live(Process(self, 2, points), self, reference, number)


class Process:
    """All parts of one process, on its own connections, or on those of others that have gone before it and left nothing open."""

    def __init__(
        self, place: Lived, worker: int, points: Points | None = None, link: SupplierLink | None = None, database: Database | None = None
    ) -> None:
        self.place = place
        self.database = database or Database(place.url)
        clock = place.clock
        ids = IdMaker(worker, clock)
        parts = Parts(self.database, clock, CALENDAR, ids, KeyStore(MASTER_KEY), Rules(), house_accounts(self.database), Directory())
        if points is not None:
            points.watch(self.database)
        self.link = link or place.carrier(points)
        self.intake = Intake(parts, lambda: None)
        links = {place.link_id: self.link}
        self.parts = DispatchParts(self.database, clock, ids, Finisher(parts), links, CALENDAR)
        self.core = Core(self.parts)
        self.sealer = Sealer(self.database, clock, f"process {worker}")
        self.sender = Sender(self.database, clock, {}, Port(points, place.told))

    def ask(self, reference: str, number: str) -> Reply:
        """The agent asks."""
        origin = Origin(Channel.WEB, EndpointKind.WEB_LOGIN, World.login_of("A"), reference)
        return self.intake.take([Request(origin, ServicePassword(PASSWORD), Recharge(number, FACE_MINOR))])[0]

    def ask_back(self, reference: str, order_id: int) -> None:
        """The agent asks for the order to be taken back."""
        origin = Origin(Channel.WEB, EndpointKind.WEB_LOGIN, World.login_of("A"), f"{reference} back")
        self.intake.take([Request(origin, ServicePassword(PASSWORD), Reverse(str(order_id)))])

    def dispatch(self) -> int:
        """Claim what is due, carry it out, apply what came of it; how much there was to do."""
        works = self.core.claim(10)
        waiting: list[Work] = list(works)
        while waiting:
            waiting = self.core.conclude([self._carried_out(work) for work in waiting])
        return len(works)

    def _carried_out(self, work: Work) -> Done:
        known = self.core.without_asking(work)
        if known is not None:
            return known
        assert not isinstance(work, Look)
        if isinstance(work, AskBalance):
            return Balanced(work, at_once(self.link.balance()))
        if isinstance(work, Submit):
            return Answered(work, at_once(self.link.submit(work.order)))
        if isinstance(work, TakeBack):
            return Answered(work, at_once(self.link.reverse(work.order)))
        assert isinstance(work, Query)
        return Answered(work, at_once(self.link.query(work.order)))

    def tidy_up(self) -> None:
        """Roll up, seal, tell."""
        roll_up(self.database)
        self.sealer.turn()
        while self.sender.step():
            pass

    def waits_to_be_rolled_up(self) -> bool:
        """Whether accruals are left."""
        with self.database.read() as connection:
            text = "SELECT (SELECT COUNT(*) FROM accrual) + (SELECT COUNT(*) FROM usage_accrual)"
            return bool(self.database.rows(connection, text)[0][0])

    def state(self, order_id: int) -> tuple[str, Any]:
        """An order's state and when it is due."""
        with self.database.read() as connection:
            row = self.database.rows(connection, "SELECT state, due_at FROM orders WHERE id = ?", [order_id])[0]
        return row[0], row[1]


def at_once(task: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits."""
    try:
        task.send(None)
    except StopIteration as ended:
        result: T = ended.value
        return result
    raise AssertionError("it waits")


def live(process: Process, place: Place, reference: str, number: str) -> None:
    """A whole life without interruption."""
    reply = process.ask(reference, number)
    process.dispatch()
    if place.way is Way.TAKEN_BACK and reply.order is not None:
        process.ask_back(reference, int(reply.order.order_number))
    place.clock.pass_time(seconds=6)
    process.dispatch()
    process.tidy_up()


def trail(place: Lived) -> Path:
    """Where the names of the points passed are."""
    return place.folder / "points"


def last_point(place: Lived) -> str:
    """The name of the point at which the latest process was killed."""
    return (trail(place).read_text().splitlines() or ["the beginning"])[-1]


def recover(process: Process, place: Place, reference: str, number: str) -> int:
    """Another process goes on after the lease, the agent asks again; the order's id when it has ended."""
    clock = place.clock
    give_up = time.monotonic() + _PATIENCE_SECONDS
    clock.pass_time(seconds=100)
    reply = process.ask(reference, number)
    assert reply.order is not None, reply
    order_id = int(reply.order.order_number)
    _bring_to_its_end(process, place, order_id)
    if place.way is Way.TAKEN_BACK:
        process.ask_back(reference, order_id)
        _bring_to_its_end(process, place, order_id)
    # The lease of messages that were being sent.
    clock.pass_time(minutes=3)
    process.tidy_up()
    while process.waits_to_be_rolled_up() and time.monotonic() < give_up:
        # The server has not noticed yet that a connection is dead, and the roll-up passes over what that one had locked.
        time.sleep(0.01)
        process.tidy_up()
    return order_id


def _bring_to_its_end(process: Process, place: Place, order_id: int) -> None:
    clock = place.clock
    give_up, rounds, before = time.monotonic() + _PATIENCE_SECONDS, 0, None
    while rounds < _MOST_ROUNDS:
        process.dispatch()
        state, due_at = process.state(order_id)
        if state in _ENDED:
            break
        if (state, due_at) == before and time.monotonic() < give_up:
            # The server has not noticed yet that a connection is dead, and the claim passes over what that one had locked.
            time.sleep(0.01)
        else:
            rounds += 1
        before = (state, due_at)
        if due_at is not None:
            clock.moment = max(clock.now(), moment_of(due_at)) + timedelta(milliseconds=1)


def forget_health(database: Database) -> None:
    """A link is in good health again: what became of this order must not keep the next one from being sent."""
    with database.write() as connection:
        database.change(connection, "DELETE FROM link_health")
