"""One batch of requests on its way through a single transaction: what it needs, what it has read, what it will write."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from recharge.books import intake_reads as reads
from recharge.books.credentials import save_tries
from recharge.books.database import RetryTransaction
from recharge.books.directory import VERSION
from recharge.books.json_text import json_text
from recharge.books.rows import AccountRow, OrderRow
from recharge.books.statements import Change, Read
from recharge.books.tables.metadata import stamp
from recharge.books.usage import UsageTotals
from recharge.books.writes import Writes
from recharge.domain.errors import Refusal
from recharge.domain.parties import Endpoint
from recharge.domain.replies import Reply
from recharge.domain.requests import Request
from recharge.engine.parts import Parts


@dataclass(slots=True)
class Asked:
    """One request of the batch. `plan` is what its operation worked out while preparing; `problem` why it can't be done, told only
    after the password was found right."""

    request: Request
    body: bytes
    endpoint: Endpoint
    plan: Any = None
    problem: Refusal | None = None

    @property
    def key(self) -> tuple[int, str]:
        """The memory of requests' key."""
        return (self.endpoint.id, self.request.origin.reference)


@dataclass(slots=True)
class Needs:
    """What the batch's operations asked to be read and locked before anything is decided."""

    orders: set[int] = field(default_factory=set)
    credentials: set[int] = field(default_factory=set)
    accounts: set[int] = field(default_factory=set)
    guarded_numbers: set[str] = field(default_factory=set)


class Work:
    """The batch's sight of the books; `woken` says that something is there for the dispatcher.

    Locks are taken in one order everywhere: orders, credentials, accounts, each by id.
    """

    def __init__(self, parts: Parts, connection: Connection, usage: UsageTotals) -> None:
        self.parts, self.connection, self.usage = parts, connection, usage
        self.now: datetime = parts.clock.now()
        self.new_id = parts.ids.at(self.now)
        self.now_text = stamp(self.now)
        self.today: date = parts.calendar.day_of(self.now)
        self.today_text = self.today.isoformat()
        self.needs = Needs()
        self.writes = Writes()
        self.orders: dict[int, OrderRow] = {}
        self.credentials: dict[int, reads.CredentialRow] = {}
        self.accounts: dict[int, AccountRow] = {}
        self.recent: dict[tuple[int, str, int], tuple[int, int]] = {}
        self.known: dict[tuple[int, str], reads.KnownRequest] = {}
        self.fresh: dict[tuple[int, str], tuple[bytes, Reply]] = {}
        self.beside: list[Any] = []
        self.woken = False
        self._ported: dict[str, int | None] = {}

    def ported_to(self, number: str) -> int | None:
        """The carrier a number was ported to, if it was."""
        if not self.parts.directory.catalogue.has_ported_numbers:
            return None
        if number not in self._ported:
            self._ported[number] = reads.ported(self.parts.database, self.connection, [number]).get(number)
        return self._ported[number]

    def read(self, keys: Sequence[tuple[int, str]], guard_window: timedelta, beside: Sequence[Read[Any]] = ()) -> int:
        """Find out which of these requests were answered before, and the orders they made; lock and read what was asked for, and what a
        channel wants `beside` it. Gives the directory's version at that moment."""
        database, connection = self.parts.database, self.connection
        self.known, self.orders, self.credentials, self.accounts, self.recent, *self.beside, version = database.ask(
            connection,
            reads.known_requests(database, [key for key in keys if key[1]]),
            reads.locked_orders(database, self.needs.orders),
            reads.locked_credentials(database, self.needs.credentials),
            reads.locked_accounts(database, self.needs.accounts, self.today),
            # After the accounts are locked: an order of the same point in another process is then either seen or still to come.
            reads.recent_sales(list(self.needs.guarded_numbers), self.now - guard_window),
            *beside,
            # Last, for the locks may have been waited for: who was blocked meanwhile is refused.
            VERSION,
        )
        made = [item.order_id for item in self.known.values() if item.order_id is not None and item.order_id not in self.orders]
        self.orders |= reads.orders_by_id(database, connection, made)
        return int(version)

    def keep_event(self, order_id: int, kind: str, facts: dict[str, str | int]) -> None:
        """Something out of the ordinary, for the order's story."""
        self.writes.events.append((self.new_id(), order_id, self.now_text, kind, json_text(facts)))

    def put_down(self, connection: Connection, beside: Sequence[Change] = ()) -> None:
        """Write all that was decided, and what a channel changes `beside` it. Raises RetryTransaction where it must be decided again."""
        if connection is not self.connection and any(item.changed for item in self.credentials.values()):
            # Nothing but the lock guards a count of tries.
            raise RetryTransaction("tries are counted where they were read")
        save_tries(self.parts.database, connection, self.credentials.values())
        self.writes.put_down(self.parts.database, connection, self.accounts.values(), self.new_id, beside)
