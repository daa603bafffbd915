"""Taking back what terminals reversed: asked for once, and finished whatever happens, also when the terminal never asks again.

The list says what is still to be done. That nothing is done twice stands in the engine's memory: a reversal has its own reference,
made of the sale's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from pos import tables
from pos.fields.batch import reversal_of
from recharge import (
    Channel,
    Database,
    EndpointKind,
    Engine,
    OrderState,
    OrderView,
    Origin,
    RefusalCode,
    Reply,
    Request,
    Reverse,
    SignedIn,
    stored,
)

ASKED, DONE, REFUSED = "asked", "done", "refused"
_MOST = 200
_WAITING = frozenset({OrderState.HELD, OrderState.SENDING, OrderState.UNKNOWN, OrderState.REVERSING})


@dataclass(frozen=True, slots=True)
class TakingBack:
    """One sale that is to be taken back."""

    terminal: str
    reference: str
    order_number: str


def origin_of(terminal: str, reference: str) -> Origin:
    """Where a terminal's request comes from, for the engine."""
    return Origin(Channel.POS, EndpointKind.POS_TERMINAL, terminal, reference)


class Reversals:
    """The list and its work. `drive` may be called again and again, by any process."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine, self._now = engine, now
        self._database: Database = engine.database

    def ask(self, wanted: Sequence[TakingBack]) -> None:
        """Write down what is to be taken back, before anything is done about it."""
        if wanted:
            self._database.retrying(lambda connection: self._insert(connection, wanted))

    def asked(self, keys: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of (terminal, reference) that were asked to be taken back and were not refused."""
        if not keys:
            return set()
        columns = tables.reversal.c
        query = select(columns.terminal, columns.reference).where(
            columns.terminal.in_({key[0] for key in keys}), columns.reference.in_({key[1] for key in keys}), columns.state != REFUSED
        )
        with self._database.read() as connection:
            return {(row.terminal, row.reference) for row in connection.execute(query)} & set(keys)

    def drive(self, wanted: Sequence[TakingBack], orders: Mapping[str, OrderView]) -> list[str]:
        """Do what can be done now with the orders as they stand; ASKED, DONE or REFUSED for each."""
        first = [self._without_asking(orders.get(item.order_number)) for item in wanted]
        open_ones = [item for item, state in zip(wanted, first, strict=True) if state is None]
        replies = iter(self._engine.take_many([_request(item) for item in open_ones]))
        states = [state if state is not None else _outcome(next(replies)) for state in first]
        self._note(wanted, states)
        return states

    def work(self, older_than: timedelta) -> int:
        """Go on with what was asked some time ago and is not finished; how many there were."""
        columns = tables.reversal.c
        due = (columns.state == ASKED) & (columns.asked_at <= stored(self._now() - older_than))
        with self._database.read() as connection:
            rows = connection.execute(select(tables.reversal).where(due).order_by(columns.asked_at).limit(_MOST)).all()
        wanted = [TakingBack(row.terminal, row.reference, row.order_number) for row in rows]
        self.drive(wanted, self._engine.orders([item.order_number for item in wanted]))
        return len(wanted)

    @staticmethod
    def _without_asking(order: OrderView | None) -> str | None:
        """What is known without the engine being asked for anything; None for a sale that stands."""
        if order is None or order.state in _WAITING:
            return ASKED
        return None if order.state is OrderState.SUCCEEDED else DONE

    def _insert(self, connection: Connection, wanted: Sequence[TakingBack]) -> None:
        columns = tables.reversal.c
        there = select(columns.terminal, columns.reference).where(columns.reference.in_({item.reference for item in wanted}))
        present = {(row.terminal, row.reference) for row in connection.execute(there)}
        moment = stored(self._now())
        rows = [
            {"terminal": item.terminal, "reference": item.reference, "order_number": item.order_number, "state": ASKED, "asked_at": moment}
            for item in {(item.terminal, item.reference): item for item in wanted}.values()
            if (item.terminal, item.reference) not in present
        ]
        if rows:
            connection.execute(tables.reversal.insert(), rows)

    def _note(self, wanted: Sequence[TakingBack], states: Sequence[str]) -> None:
        ended = [(item, state) for item, state in zip(wanted, states, strict=True) if state != ASKED]
        if not ended:
            return

        def work(connection: Connection) -> None:
            columns = tables.reversal.c
            for item, state in ended:
                mine = (columns.terminal == item.terminal) & (columns.reference == item.reference)
                values: dict[str, Any] = {"state": state}
                connection.execute(tables.reversal.update().where(mine, columns.state == ASKED).values(**values))

        self._database.retrying(work)


def _request(item: TakingBack) -> Request:
    return Request(origin_of(item.terminal, reversal_of(item.reference)), SignedIn(), Reverse(item.order_number))


def _outcome(reply: Reply) -> str:
    """What the engine said to a reversal: begun now, or what became of one begun earlier."""
    if reply.refusal is not None:
        return ASKED if reply.refusal.code is RefusalCode.BUSY else REFUSED
    if reply.order is None or reply.order.state is OrderState.REVERSED:
        return DONE
    return REFUSED if reply.repeated and reply.order.state is OrderState.SUCCEEDED else ASKED
