"""What the day's close asks of supplier links: a day's whole statement, and what became of one attempt. Moves no money."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import select

from recharge.books.database import Database
from recharge.books.link_statements import CARRIERS
from recharge.books.tables.metadata import moment_of
from recharge.books.tables.orders import orders
from recharge.books.tables.suppliers import attempt, link
from recharge.bootstrap import open_database
from recharge.clock import Clock, SystemClock
from recharge.dispatch.links import LinkPool
from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import OutcomeState
from recharge.keys.store import KeyStore
from recharge.settings import Settings
from recharge.suppliers.contract import AttemptOrder, CannotTell, StatementLine, SupplierLink

T = TypeVar("T")


class CarrierDesk:
    """Makes the links it asks, asks, and closes them again; not for use inside an event loop."""

    def __init__(self, database: Database, keys: KeyStore, clock: Clock) -> None:
        self._database, self._keys, self._clock = database, keys, clock

    def statement(self, link_code: str, day: date) -> Sequence[StatementLine]:
        """The statement of a carrier's accounting day, checked whole. Raises LookupError, StatementNotReady or CannotTell."""
        return self._with(link_code, lambda running: running.statement(day))

    def query(self, link_code: str, reference: int) -> OutcomeState:
        """What the carrier says now of an attempt made through this link. Raises LookupError, or CannotTell where links cannot be made."""
        order = self._attempt(link_code, reference)

        async def ask(running: SupplierLink) -> OutcomeState:
            return (await running.query(order)).state

        return self._with(link_code, ask)

    def _with(self, link_code: str, work: Callable[[SupplierLink], Awaitable[T]]) -> T:
        pool = LinkPool(self._database, self._keys, self._clock, timedelta(0))
        setups = [setup for setup in pool.read() if setup.row.code == link_code]
        if not setups:
            raise LookupError(f"no link {link_code}")

        async def run() -> T:
            pool.take(setups)
            try:
                number = pool.id_of(link_code)
                if number is None:
                    raise CannotTell(f"link {link_code} is not set up to run")
                return await work(pool[number])
            finally:
                await pool.close()

        return asyncio.run(run())

    def _attempt(self, link_code: str, reference: int) -> AttemptOrder:
        joined = attempt.join(orders, orders.c.id == attempt.c.order_id).join(link, link.c.id == attempt.c.link_id)
        wanted = select(attempt, orders.c.kind, orders.c.carrier_id).select_from(joined)
        with self._database.read() as connection:
            row = connection.execute(wanted.where(attempt.c.id == reference, link.c.code == link_code)).one_or_none()
            carriers = self._database.find(connection, CARRIERS)
        if row is None:
            raise LookupError(f"no attempt {reference} on {link_code}")
        original = str(row.target_id) if row.action == "reverse" else ""
        at: datetime = moment_of(row.claimed_at).astimezone(UTC)
        return AttemptOrder(str(row.id), row.number, row.face_minor, OrderKind(row.kind), carriers.get(row.carrier_id, ""), at, original)


def open_carrier_desk(settings: Settings) -> CarrierDesk:
    """The desk of a deployment."""
    return CarrierDesk(open_database(settings), KeyStore(settings.master_key_bytes), SystemClock())
