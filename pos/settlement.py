"""Settlement: totals against totals, the items one by one where they differ, the batch's end, and what is left for finance."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from pos import tables
from pos.batches import Entry, entries_of, totals_of
from pos.codec.errors import FrameError
from pos.codes import Code, code_of, words
from pos.fields.totals import Flag, Item, Totals, read_items, read_totals, write_totals
from pos.judge import Opened
from pos.kinds import Kind
from pos.terminals import CLOSED, OPEN, UPLOADING
from pos.verdict import Verdict
from recharge import Engine, OrderState, Refusal, stored

BALANCED, UPLOADED, CUT_OVER = "balanced", "uploaded", "cut_over"
HOST_ONLY, TERMINAL_ONLY, AMOUNT = "host_only", "terminal_only", "amount"
IN_HAND, FAILED_LATER, REVERSED_LATER = "in_hand", "failed_later", "reversed_later"
_MOST_IN_HAND = 200
_LATER = {OrderState.FAILED: FAILED_LATER, OrderState.REVERSED: REVERSED_LATER}
_TOTALS = ("debit_minor", "debit_count", "credit_minor", "credit_count")


class Settlement:
    """Carries out 0500 and 0320. Each is one transaction, and gives the same answer when it comes again."""

    def __init__(self, engine: Engine, now: Callable[[], datetime], day_of: Callable[[datetime], date], language: str) -> None:
        self._engine, self._now, self._day_of, self._language = engine, now, day_of, language
        self._ways: dict[Kind, Callable[[Opened], Verdict]] = {
            Kind.SETTLEMENT: self._settle,
            Kind.UPLOAD: self._upload,
            Kind.UPLOAD_END: self._end,
        }

    def take(self, items: Sequence[Opened]) -> list[Verdict]:
        """The verdicts, each after its own commit."""
        return [self._one(item) for item in items]

    def _one(self, opened: Opened) -> Verdict:
        try:
            return self._ways[opened.kind](opened)
        except FrameError:
            return self._says(Code.FORMAT)
        except Refusal as refusal:
            return self._says(code_of(refusal))

    def _settle(self, opened: Opened) -> Verdict:
        told = read_totals(opened.message.text(48))
        entries = entries_of(self._engine, opened.terminal.number, opened.use.batch)
        found = totals_of(entries)

        def work(connection: Connection) -> Verdict:
            row = self._batch(connection, opened)
            if row is None:
                return self._says(Code.BATCH)
            if row.state == CLOSED:
                return self._answer(_kept(row, "host"), balanced=row.ended_by == BALANCED)
            balanced = told == found
            values = _columns("host", found) | _columns("terminal", told)
            state = {"state": CLOSED, "ended_by": BALANCED, "closed_at": stored(self._now())} if balanced else {"state": UPLOADING}
            self._change(connection, opened, values | state)
            if balanced:
                _note(connection, opened.terminal.number, opened.use.batch, self._now(), in_hand(entries, []))
            return self._answer(found, balanced=balanced)

        return self._engine.database.retrying(work)

    def _upload(self, opened: Opened) -> Verdict:
        items = read_items(opened.message.text(48))

        def work(connection: Connection) -> Verdict:
            row = self._batch(connection, opened)
            if row is None:
                return self._says(Code.BATCH)
            if row.state != CLOSED:
                self._keep(connection, opened, items)
            return self._says(Code.OK)

        return self._engine.database.retrying(work)

    def _end(self, opened: Opened) -> Verdict:
        entries = entries_of(self._engine, opened.terminal.number, opened.use.batch)
        count = opened.message.text(48)[:4]

        def work(connection: Connection) -> Verdict:
            row = self._batch(connection, opened)
            if row is None:
                return self._says(Code.BATCH)
            if row.state == CLOSED:
                return self._says(Code.OK)
            if row.state == OPEN:
                # Nothing was settled, so there is nothing to end.
                return self._says(Code.BATCH)
            items = self._uploaded(connection, opened)
            if count and int(count) != len(items):
                return self._says(Code.FORMAT)
            found = differences(entries, items)
            _note(connection, opened.terminal.number, opened.use.batch, self._now(), found + in_hand(entries, found))
            self._change(connection, opened, {"state": CLOSED, "ended_by": UPLOADED, "closed_at": stored(self._now())})
            return self._says(Code.OK)

        return self._engine.database.retrying(work)

    def _batch(self, connection: Connection, opened: Opened) -> Row[Any] | None:
        columns = tables.batch.c
        mine = (columns.terminal == opened.terminal.number) & (columns.number == opened.use.batch)
        return connection.execute(select(tables.batch).where(mine).with_for_update()).one_or_none()

    @staticmethod
    def _change(connection: Connection, opened: Opened, values: dict[str, Any]) -> None:
        columns = tables.batch.c
        mine = (columns.terminal == opened.terminal.number) & (columns.number == opened.use.batch)
        connection.execute(tables.batch.update().where(mine, columns.state != CLOSED).values(**values))

    def _keep(self, connection: Connection, opened: Opened, items: Sequence[Item]) -> None:
        """An item that comes again takes its own place."""
        columns, batch = tables.upload.c, opened.use.batch
        mine = (columns.terminal == opened.terminal.number) & (columns.batch == batch)
        by_trace = {item.trace: item for item in items}
        connection.execute(tables.upload.delete().where(mine, columns.trace.in_(by_trace)))
        connection.execute(
            tables.upload.insert(),
            [
                {
                    "terminal": opened.terminal.number,
                    "batch": batch,
                    "trace": item.trace,
                    "number": item.number,
                    "amount_minor": item.amount_minor,
                }
                for item in by_trace.values()
            ],
        )

    @staticmethod
    def _uploaded(connection: Connection, opened: Opened) -> list[Item]:
        columns = tables.upload.c
        mine = (columns.terminal == opened.terminal.number) & (columns.batch == opened.use.batch)
        rows = connection.execute(select(columns.trace, columns.number, columns.amount_minor).where(mine))
        return [Item(row.trace, row.number, row.amount_minor) for row in rows]

    def _answer(self, found: Totals, *, balanced: bool) -> Verdict:
        flag = Flag.BALANCED if balanced else Flag.NOT_BALANCED
        today = self._day_of(self._now())
        text = words(Code.OK, self._language)
        return Verdict(Code.OK, text=text, fields={48: write_totals(found, flag), 15: f"{today:%m%d}"})

    def _says(self, code: Code) -> Verdict:
        return Verdict(code, text=words(code, self._language))


def differences(entries: Sequence[Entry], items: Sequence[Item]) -> list[dict[str, Any]]:
    """What host and terminal see differently, one row a transaction."""
    here, there = {entry.trace: entry for entry in entries}, {item.trace: item for item in items}
    rows = []
    for trace in sorted(here.keys() | there.keys()):
        entry, item = here.get(trace), there.get(trace)
        if entry is not None and item is not None and entry.amount_minor == item.amount_minor:
            continue
        rows.append(
            {
                "trace": trace,
                "kind": TERMINAL_ONLY if entry is None else HOST_ONLY if item is None else AMOUNT,
                "number": entry.number if entry is not None else item.number if item is not None else "",
                "host_minor": None if entry is None else entry.amount_minor,
                "terminal_minor": None if item is None else item.amount_minor,
                "order_number": "" if entry is None else entry.order_number,
            }
        )
    return rows


def in_hand(entries: Sequence[Entry], found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was counted though it has not ended, unless it is on the list already: it is looked at again when it has."""
    listed = {row["trace"] for row in found}
    return [
        {
            "trace": entry.trace,
            "kind": IN_HAND,
            "number": entry.number,
            "host_minor": entry.amount_minor,
            "terminal_minor": entry.amount_minor,
            "order_number": entry.order_number,
        }
        for entry in entries
        if entry.in_hand and entry.trace not in listed
    ]


def close_by_cut_over(engine: Engine, terminal: str, number: int, now: datetime) -> bool:
    """End a batch that its terminal never settled, with what the books have of it; False where it was ended meanwhile."""
    entries = entries_of(engine, terminal, number)
    values = _columns("host", totals_of(entries)) | {"state": CLOSED, "ended_by": CUT_OVER, "closed_at": stored(now)}
    columns = tables.batch.c
    mine = (columns.terminal == terminal) & (columns.number == number) & (columns.state != CLOSED)

    def work(connection: Connection) -> bool:
        closed = connection.execute(tables.batch.update().where(mine).values(**values)).rowcount == 1
        if closed:
            _note(connection, terminal, number, now, in_hand(entries, []))
        return closed

    return engine.database.retrying(work)


def end_what_was_in_hand(engine: Engine, now: datetime) -> int:
    """Look again at what was counted while in hand: what was done is cleared, what came to nothing is finance's; how many ended."""
    columns = tables.difference.c
    waiting = (columns.kind == IN_HAND) & columns.cleared_at.is_(None)
    with engine.database.read() as connection:
        rows = connection.execute(select(columns.id, columns.order_number).where(waiting).order_by(columns.id).limit(_MOST_IN_HAND)).all()
    ended = engine.orders([row.order_number for row in rows], ended=True) if rows else {}
    became = {row.id: ended[row.order_number].state for row in rows if row.order_number in ended}

    def work(connection: Connection) -> None:
        for number, state in became.items():
            values = {"cleared_at": stored(now)} if state is OrderState.SUCCEEDED else {"kind": _LATER[state]}
            connection.execute(tables.difference.update().where(waiting, columns.id == number).values(**values))

    if became:
        engine.database.retrying(work)
    return len(became)


def _note(connection: Connection, terminal: str, batch: int, now: datetime, found: Sequence[dict[str, Any]]) -> None:
    head = {"terminal": terminal, "batch": batch, "found_at": stored(now), "note": ""}
    if found:
        connection.execute(tables.difference.insert(), [head | row for row in found])


def _columns(side: str, totals: Totals) -> dict[str, Any]:
    return {f"{side}_{name}": getattr(totals, name) for name in _TOTALS}


def _kept(row: Row[Any], side: str) -> Totals:
    return Totals(*(getattr(row, f"{side}_{name}") or 0 for name in _TOTALS))
