"""What every part of the close works with: the engine's door, the carriers' desk, the archive, the days, the settings."""

import os
import socket
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import count
from typing import Protocol
from zoneinfo import ZoneInfo

from bank_settle.archive import Archive
from bank_settle.configuration import Configuration
from bank_settle.days import Days
from recharge import (
    Channel,
    Clock,
    Credential,
    Database,
    DayBooks,
    EndpointKind,
    Engine,
    Operation,
    Origin,
    OutcomeState,
    Reply,
    Request,
    Settings,
    SignedIn,
    StatementLine,
    SystemClock,
    TerminalBatch,
    batch_provider,
    open_carrier_desk,
    open_engine,
)

Batches = Callable[[datetime, datetime], Sequence[TerminalBatch]]
"""A channel's batches of terminals between two aware moments."""
SETTLEMENT = "settlement"
"""The console endpoint through which the settlement process asks."""


class Desk(Protocol):
    """What the close asks of supplier links."""

    def statement(self, link_code: str, day: date) -> Sequence[StatementLine]:
        """A day's whole statement. Raises LookupError, StatementNotReady or CannotTell."""
        ...

    def query(self, link_code: str, reference: int) -> OutcomeState:
        """What became of an attempt. Raises LookupError or CannotTell."""
        ...


class Teller(Protocol):
    """What the close asks of the engine."""

    def take(self, request: Request) -> Reply:
        """Carry out one request."""
        ...

    def take_many(self, requests: Sequence[Request]) -> list[Reply]:
        """Carry out requests in one transaction, in their order."""
        ...


def ask(engine: Teller, request: Callable[[str], Request], reference: str) -> Reply:
    """Ask under a reference; the same one again is answered again and never done twice.

    Where an earlier try under it was refused, the next reference is asked: a mistyped password, or money that was short on that day, is
    no answer for ever. Which references were used follows from the first, so that a try that was killed is found as well.
    """
    for tries in count(1):
        reply = engine.take(request(reference if tries == 1 else f"{reference}-{tries}"))
        if reply.refusal is None or not reply.repeated:
            break
    return reply


@dataclass(frozen=True, slots=True)
class Asker:
    """A person who acts: by an endpoint of his own, which the channel has recognised, and with his service password."""

    person: str
    channel: Channel
    kind: EndpointKind
    identity: str
    credential: Credential

    def request(self, operation: Operation, reference: str) -> Request:
        """What the engine is asked, under a reference of this person's endpoint."""
        return Request(Origin(self.channel, self.kind, self.identity, reference), self.credential, operation)

    def ask(self, engine: Teller, operation: Operation, reference: str) -> Reply:
        """Ask the engine as this person. Raises Refusal."""
        reply = ask(engine, lambda name: self.request(operation, name), reference)
        if reply.refusal is not None:
            raise reply.refusal
        return reply


@dataclass(frozen=True, slots=True)
class Parts:
    """One process's parts."""

    configuration: Configuration
    database: Database
    books: DayBooks
    engine: Teller
    desk: Desk
    archive: Archive
    days: Days
    clock: Clock
    minor_digits: int = 2
    channels: Mapping[str, Batches] = field(default_factory=dict)

    def local(self, day: date, zone: str) -> tuple[datetime, datetime]:
        """A local calendar day as two aware moments, the second one excluded."""
        begin = datetime.combine(day, time(0), ZoneInfo(zone))
        return begin, datetime.combine(day + timedelta(days=1), time(0), ZoneInfo(zone))

    def business(self, day: date) -> tuple[datetime, datetime]:
        """A business date as two aware moments, the second one excluded."""
        calendar = self.books.calendar
        begin = datetime.combine(day, calendar.cut_off, calendar.zone)
        return begin, datetime.combine(day + timedelta(days=1), calendar.cut_off, calendar.zone)

    def settlement(self, operation: Operation, reference: str) -> Request:
        """What the settlement process itself asks; the same reference is answered again and never done twice."""
        return Request(Origin(Channel.SETTLEMENT, EndpointKind.CONSOLE, SETTLEMENT, reference), SignedIn(), operation)

    def settle(self, operation: Operation, reference: str) -> Reply:
        """Ask the engine as the settlement process."""
        return ask(self.engine, lambda name: self.settlement(operation, name), reference)


def holder_name() -> str:
    """What this process calls itself in leases."""
    return f"settle {socket.gethostname()[:40]} {os.getpid()} {uuid.uuid4().hex[:8]}"


def open_parts(settings: Settings, configuration: Configuration, engine: Engine | None = None) -> Parts:
    """The parts of a deployment. The caller closes the engine."""
    running, clock = engine or open_engine(settings), SystemClock()
    days = Days(running.database, clock, holder_name())
    archive, desk = Archive(configuration.archive), open_carrier_desk(settings)
    found = {name: provider for name in configuration.channels if (provider := batch_provider(name)) is not None}
    channels = {name: partial(provider, running) for name, provider in found.items()}
    return Parts(configuration, running.database, running.day_books, running, desk, archive, days, clock, settings.minor_digits, channels)
