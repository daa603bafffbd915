"""Texts of chips and partner servers that are deleted when they are old: they carry customers' numbers, and prove nothing any more."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, exists, or_, select

from recharge.books.chip_statements import OPEN
from recharge.books.database import Database
from recharge.books.tables.chips import chip, chip_message, chip_order
from recharge.books.tables.orders import case, orders
from recharge.books.tables.replies import reply_miss
from recharge.books.tables.suppliers import attempt
from recharge.domain.orders import FINAL_STATES

BATCH = 500
_PROPOSED = "proposed"


def prune(database: Database, before: datetime) -> int:
    """Delete texts received before then, a batch a transaction; how many. Kept whatever their age: texts of orders, and of chips with
    orders, that are not settled, and texts that wait for a person. Raises DBAPIError or DatabaseBusy; what was deleted stays deleted."""
    with database.read() as connection:
        cards = connection.execute(select(chip.c.iccid)).scalars().all()
    count = sum(_delete(database, chip_message, _old_messages(iccid, before)) for iccid in cards)
    return count + _delete(database, reply_miss, _old_misses(before))


def _delete(database: Database, table: Table, wanted: Select[Any]) -> int:
    count = 0
    while True:
        with database.read() as connection:
            ids = [row[0] for row in connection.execute(wanted.limit(BATCH))]
        if not ids:
            return count
        count += len(ids)
        database.retrying(partial(_drop, table=table, ids=ids))


def _drop(connection: Connection, table: Table, ids: Sequence[int]) -> None:
    connection.execute(table.delete().where(table.c.id.in_(ids)))


def _old_messages(iccid: str, before: datetime) -> Select[Any]:
    old = (chip_message.c.iccid == iccid) & (chip_message.c.received_at < before)
    # While an order of the chip is open, any text since it was sent may turn out to speak of it, also one that nobody could read.
    not_ended = chip_order.c.state.in_(OPEN) | chip_order.c.handed_on.is_(False)
    may_speak = exists().where(and_(chip_order.c.iccid == iccid, not_ended, chip_order.c.sent_at <= chip_message.c.received_at))
    return select(chip_message.c.id).where(old, ~may_speak, ~_unsettled(chip_message.c.attempt_id)).order_by(chip_message.c.received_at)


def _old_misses(before: datetime) -> Select[Any]:
    old = reply_miss.c.settled_at.is_not(None) & (reply_miss.c.received_at < before)
    return select(reply_miss.c.id).where(old, ~_unsettled(reply_miss.c.attempt_id)).order_by(reply_miss.c.id)


def _unsettled(attempt_id: ColumnElement[int | None]) -> ColumnElement[bool]:
    """Whether a text is of an order that has not ended, or that two people are to decide."""
    of_order = (attempt.c.id == attempt_id) & (attempt.c.order_id == orders.c.id)
    disputed = exists().where((case.c.order_id == orders.c.id) & (case.c.state == _PROPOSED))
    final = [state.value for state in FINAL_STATES]
    return exists().where(of_order, or_(orders.c.state.not_in(final), disputed))
