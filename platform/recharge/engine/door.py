"""The engine as channels see it: ask, be answered, wait for the end. Everything behind it may change."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from recharge.books.database import Database, DatabaseBusy
from recharge.books.directory import Directory
from recharge.books.intake_reads import known_requests, orders_by_id, requests_between
from recharge.books.rows import OrderRow
from recharge.domain.catalogue import Carrier
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.orders import OrderKind
from recharge.domain.parties import Endpoint
from recharge.domain.replies import OrderView, Remembered, Reply, refused
from recharge.domain.requests import Channel, EndpointKind, Origin, Recharge, Request, SignedIn, Void, is_storable
from recharge.engine.beside import Accompanied, Beside
from recharge.engine.committer import GroupCommitter, Overloaded, Stopped
from recharge.engine.day_books import DayBooks
from recharge.engine.intake import Intake
from recharge.engine.memory import answer_of
from recharge.engine.operations import sale
from recharge.engine.operations.lookup import order_number as id_of
from recharge.engine.parts import Parts
from recharge.engine.views import view_of
from recharge.engine.watcher import Watcher
from recharge.engine.work import Asked, Work
from recharge.keys.logins import Logins
from recharge.keys.store import KeyStore
from recharge.outbox.port import Message, SenderPort
from recharge.outbox.rows import latest_messages, messages_of
from recharge.outbox.sender import Sender

# Larger batches save nothing more, and while one is taken in nobody else finishes: what is in flight would all stand on one side.
MOST_IN_A_BATCH = 256


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a number as typed says by itself."""

    number: str
    carrier_code: str
    carrier_name: str
    province: str


class Engine:
    """One a process. Every method may be called from any thread."""

    def __init__(self, parts: Parts, logins: Logins, wake: Callable[[], None]) -> None:
        self._logins = logins
        # Looking has a directory of its own: that of the intake belongs to the intake's thread, in the middle of whose batch nobody
        # may drop or put back what it has read.
        self._parts, self._looks = replace(parts, directory=Directory()), threading.Lock()
        self._intake = Intake(parts, wake)
        self._committer: GroupCommitter[Request | Accompanied, Reply] = GroupCommitter(self._intake.take, MOST_IN_A_BATCH, "intake")
        self._watcher = Watcher(parts.database)

    @property
    def database(self) -> Database:
        """For tables that a channel keeps of its own."""
        return self._parts.database

    @property
    def keys(self) -> KeyStore:
        """For secrets that a channel keeps wrapped: cards' and terminals' keys."""
        return self._parts.keys

    @property
    def day_books(self) -> DayBooks:
        """For the day's close: the books by business date and by link, read only."""
        return DayBooks(self._parts.database, self._parts.calendar, self._parts.clock)

    def take(self, request: Request) -> Reply:
        """Carry out one request; the reply comes after its commit."""
        return self.take_many([request])[0]

    def take_many(self, requests: Sequence[Request], beside: Beside | None = None) -> list[Reply]:
        """Carry out requests in one transaction, in their order; what the channel keeps beside them goes into the same one.

        Where the database is away, every reply is Refusal(BUSY): ask again under the same references, nothing is done twice. Raises
        Withdrawn where the channel withdrew them.
        """
        if not requests:
            return []
        asked: list[Request | Accompanied] = list(requests)
        if beside is not None:
            asked[-1] = Accompanied(requests[-1], len(requests), beside)
        try:
            return list(self._committer.carry_out(asked))
        except (DatabaseBusy, SQLAlchemyError, Stopped, Overloaded):
            return [refused(Refusal(RefusalCode.BUSY)) for _ in requests]

    def void(self, origin: Origin) -> Reply:
        """Use a reference up before its request arrives; or, if it was here already, what became of it."""
        return self.take(Request(origin, SignedIn(), Void()))

    def tell(self, origin: Origin) -> Reply:
        """What became of the request of this reference, as it stands now. Nothing is made; Refusal(UNKNOWN_ORDER) if it never came."""
        asked = Request(origin, SignedIn(), Void())
        if not is_storable(asked):
            return refused(Refusal(RefusalCode.BAD_REQUEST))
        parts = self._parts
        with self._looking() as connection:
            parts.directory.load_endpoints(connection, [origin.endpoint])
            endpoint = parts.directory.endpoint(origin.endpoint)
            if endpoint is None:
                return refused(Refusal(RefusalCode.UNKNOWN_ENDPOINT))
            key = (endpoint.id, origin.reference)
            known = parts.database.find(connection, known_requests(parts.database, [key])).get(key)
            work = Work(parts, connection, self._intake.usage)
            if known is not None and known.order_id is not None:
                work.orders = orders_by_id(parts.database, connection, [known.order_id])
            return answer_of(work, Asked(asked, b"", endpoint), known)

    def wait(self, order_number: str, timeout: float) -> OrderView:
        """The order as soon as it has ended, or as it stands after the timeout (seconds). Raises Refusal(UNKNOWN_ORDER)."""
        number = id_of(order_number)
        view = self._look(number)
        if view.ended or not self._watcher.wait(number, timeout):
            return view if view.ended else self._look(number)
        return self._look(number)

    def orders(self, order_numbers: Sequence[str], *, ended: bool = False) -> dict[str, OrderView]:
        """Orders by their numbers as they stand now, in one query; with `ended`, those of them that have come to rest.

        For a process that awaits many at once and may not spend a thread on each. The caller has seen to it that they may be looked at.
        """
        with self._looking() as connection:
            rows = orders_by_id(self._parts.database, connection, [id_of(number) for number in order_numbers], ended=ended)
            return {view.order_number: view for view in self._views(connection, rows.values())}

    def remembered(self, origin: Origin, last: str) -> list[Remembered]:
        """What an endpoint asked under the references from the origin's own to `last`, in their order. Raises Refusal(UNKNOWN_ENDPOINT)."""
        with self._looking() as connection:
            self._parts.directory.load_endpoints(connection, [origin.endpoint])
            endpoint = self._parts.directory.endpoint(origin.endpoint)
            if endpoint is None:
                raise Refusal(RefusalCode.UNKNOWN_ENDPOINT)
            found = requests_between(self._parts.database, connection, endpoint.id, origin.reference, last)
            ids = [row.order_id for row in found if row.order_id is not None]
            rows = orders_by_id(self._parts.database, connection, ids)
            views = {view.order_number: view for view in self._views(connection, rows.values())}
        return [Remembered(row.reference, views.get(str(row.order_id)), row.code) for row in found]

    def recognise(self, typed: str) -> Recognised:
        """Carrier and province of a number as typed. Raises Refusal(BAD_NUMBER or UNKNOWN_RANGE)."""
        number = self._parts.rules.numbering.national(typed)
        carrier, province = self._place_of(number)
        return Recognised(number, carrier.code, carrier.name, province)

    def amounts(self, typed: str) -> tuple[int, ...]:
        """The fixed denominations (minor units) sold for that number's carrier, smallest first."""
        carrier, _ = self._place_of(self._parts.rules.numbering.national(typed))
        with self._looking():
            products = self._parts.directory.catalogue.by_carrier.get((carrier.id, OrderKind.RECHARGE), ())
        return tuple(sorted({item.fixed_minor for item in products if item.fixed_minor is not None}))

    def quote(self, origin: Origin, typed: str, amount_minor: int) -> int:
        """What the asking party would pay for a recharge now (minor units). Nothing is held: the price is frozen with the money.

        Raises the Refusal of number, amount or price that such an order would get.
        """
        request = Request(origin, SignedIn(), Recharge(typed, amount_minor))
        if not is_storable(request):
            raise Refusal(RefusalCode.BAD_REQUEST)
        with self._looking() as connection:
            self._parts.directory.load_endpoints(connection, [origin.endpoint])
            endpoint = self._parts.directory.endpoint(origin.endpoint)
            if endpoint is None:
                raise Refusal(RefusalCode.UNKNOWN_ENDPOINT)
            asked = Asked(request, b"", endpoint)
            sale.prepare(Work(self._parts, connection, self._intake.usage), asked)
        plan: sale.SalePlan = asked.plan
        return plan.quote.price_minor

    def sign_in(self, username: str, password: str) -> Endpoint:
        """The endpoint behind a web login. Raises Refusal(WRONG_PASSWORD, PASSWORD_LOCKED, BLOCKED or, with the database away, BUSY)."""
        try:
            endpoint_id = self._logins.check(username, password)
        except (DatabaseBusy, SQLAlchemyError) as error:
            raise Refusal(RefusalCode.BUSY) from error
        endpoint = self.endpoint(endpoint_id)
        if endpoint is None or endpoint.stopped:
            raise Refusal(RefusalCode.BLOCKED)
        return endpoint

    def endpoint(self, endpoint_id: int) -> Endpoint | None:
        """An endpoint as it stands now."""
        with self._looking() as connection:
            return self._parts.directory.endpoint_by_id(connection, endpoint_id)

    def endpoint_named(self, kind: EndpointKind, identity: str) -> Endpoint | None:
        """An endpoint by its name within its kind, as it stands now."""
        with self._looking() as connection:
            self._parts.directory.load_endpoints(connection, [(kind, identity)])
            return self._parts.directory.endpoint((kind, identity))

    def sender(self, ports: Mapping[Channel, SenderPort]) -> Sender:
        """The outbox's sender for channels that a process serves itself (KONGCHONG_SENT_ELSEWHERE names them to the dispatcher).

        Its `run(stop)` sends what waits for these channels until the event is set.
        """
        by_name = {channel.value: port for channel, port in ports.items()}
        return Sender(self._parts.database, self._parts.clock, by_name, None, self._parts.rules.minor_digits)

    def latest_messages(self, party_id: int, count: int) -> list[Message]:
        """The newest messages to a party's own endpoints, newest first, as they were worded."""
        return latest_messages(self._parts.database, party_id, count, self._parts.rules.minor_digits)

    def messages_of(self, order_number: str) -> list[Message]:
        """All messages of an order, to the agent and to the customer, oldest first. The caller has seen to it that it may be looked at."""
        with self._parts.database.read() as connection:
            found = messages_of(connection, id_of(order_number), self._parts.rules.minor_digits)
        return [message for message, _ in found]

    def close(self) -> None:
        """Carry out what is waiting, then stop."""
        self._committer.close()
        self._watcher.close()

    @contextmanager
    def _looking(self) -> Iterator[Connection]:
        with self._looks, self._parts.database.read() as connection:
            self._parts.directory.refresh(self._parts.database, connection)
            yield connection

    def _place_of(self, number: str) -> tuple[Carrier, str]:
        with self._looking() as connection:
            catalogue = self._parts.directory.catalogue
            place = catalogue.locate(number, Work(self._parts, connection, self._intake.usage).ported_to(number))
            return catalogue.carriers[place.carrier_id], place.province

    def _views(self, connection: Connection, rows: Iterable[OrderRow]) -> list[OrderView]:
        kept, directory = list(rows), self._parts.directory
        directory.load_parties(connection, {row.party_id for row in kept})
        return [view_of(row, directory, directory.party(row.party_id).code) for row in kept]

    def _look(self, number: int) -> OrderView:
        with self._looking() as connection:
            row = orders_by_id(self._parts.database, connection, [number]).get(number)
            if row is None:
                raise Refusal(RefusalCode.UNKNOWN_ORDER)
            return self._views(connection, [row])[0]
