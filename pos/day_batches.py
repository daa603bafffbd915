"""Offers the day's close the batches of a business day: what each terminal told, and what the engine remembers of its requests."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select

from pos import tables
from pos.batches import Entry, all_of
from pos.settlement import FAILED_LATER, IN_HAND, REVERSED_LATER, UPLOADED
from pos.terminals import CLOSED, aware
from recharge import BatchLine, BatchTotals, EndpointKind, Engine, TerminalBatch, TerminalItem, stored

_TOTALS = ("debit_minor", "debit_count", "credit_minor", "credit_count")
_COUNTED_IN_HAND = (IN_HAND, FAILED_LATER, REVERSED_LATER)
_Key = tuple[str, int]


def provide(engine: Engine, begin: datetime, end: datetime) -> list[TerminalBatch]:
    """The provider of the entry point `kongchong.terminal_batches`."""
    rows = _batches(engine, begin, end)
    uploaded = [row for row in rows if row.ended_by == UPLOADED]
    items, noted = _items(engine, uploaded), _noted(engine, rows)
    return [_batch(engine, row, end, items, noted.get((row.terminal, row.number), set())) for row in rows]


def _batches(engine: Engine, begin: datetime, end: datetime) -> list[Row[Any]]:
    columns = tables.batch.c
    ended = (columns.closed_at >= stored(begin)) & (columns.closed_at < stored(end))
    running = or_(columns.closed_at.is_(None), columns.closed_at >= stored(end)) & (columns.opened_at < stored(end))
    with engine.database.read() as connection:
        return list(connection.execute(select(tables.batch).where(ended | running).order_by(columns.terminal, columns.number)))


def _items(engine: Engine, rows: Iterable[Row[Any]]) -> Mapping[_Key, list[TerminalItem]]:
    """The terminals' own lists of batches that were uploaded to their end; an empty list is one too."""
    columns = tables.upload.c
    found: dict[_Key, list[TerminalItem]] = {}
    with engine.database.read() as connection:
        for row in rows:
            mine = (columns.terminal == row.terminal) & (columns.batch == row.number)
            listed = connection.execute(select(columns.trace, columns.number, columns.amount_minor).where(mine).order_by(columns.trace))
            found[row.terminal, row.number] = [TerminalItem(*item) for item in listed]
    return found


def _noted(engine: Engine, rows: Iterable[Row[Any]]) -> Mapping[_Key, set[int]]:
    """What each batch counted at its end although it was still in hand."""
    columns, found = tables.difference.c, dict[_Key, set[int]]()
    with engine.database.read() as connection:
        for row in rows:
            mine = (columns.terminal == row.terminal) & (columns.batch == row.number) & columns.kind.in_(_COUNTED_IN_HAND)
            found[row.terminal, row.number] = set(connection.scalars(select(columns.trace).where(mine)))
    return found


def _batch(engine: Engine, row: Row[Any], end: datetime, items: Mapping[_Key, list[TerminalItem]], noted: set[int]) -> TerminalBatch:
    endpoint = engine.endpoint_named(EndpointKind.POS_TERMINAL, row.terminal)
    closed_at = aware(row.closed_at) if row.state == CLOSED else None
    return TerminalBatch(
        terminal=row.terminal,
        number=row.number,
        party_code="" if endpoint is None else endpoint.party.code,
        opened_on=row.opened_on,
        closed_at=closed_at if closed_at is not None and closed_at < end else None,
        told=None if row.terminal_debit_minor is None else BatchTotals(*(getattr(row, f"terminal_{name}") or 0 for name in _TOTALS)),
        lines=[] if endpoint is None else [_line(entry, noted) for entry in all_of(engine, row.terminal, row.number)],
        items=items.get((row.terminal, row.number)),
    )


def _line(entry: Entry, noted: set[int]) -> BatchLine:
    return BatchLine(
        trace=entry.trace,
        number=entry.number,
        face_minor=entry.amount_minor,
        order_number=entry.order_number,
        state=entry.state,
        is_cancel=entry.is_cancel,
        counted=entry.counts,
        ended=not entry.in_hand,
        noted=entry.trace in noted,
    )
