"""Writes down, after the engine's commit, what a batch of messages did to its cards: windows, messages, events, blocks."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, literal_column, select
from sqlalchemy.dialects import mysql, sqlite

from recharge import Database
from stk_sms import tables
from stk_sms.cards.reading import WindowKey, read_windows, stored, window_row
from stk_sms.cards.records import CardState, Event, EventKind, Note
from stk_sms.cards.window import CounterWindow, Sight
from stk_sms.packet import ResponseStatus

_log = logging.getLogger(__name__)
BLOCKED_AS_CLONED = "cloned"
_LONGEST_REASON = 80
# What somebody should look at today.
_ALARMS = frozenset({EventKind.CLONED, EventKind.COUNTER_FAR, EventKind.OTHER_BODY})
# Of a row that another process has just made, nothing is changed.
_AS_IT_IS: dict[str, Any] = {"high": literal_column("stk_counter.high")}
_WINDOW_FIELDS = ("high", "seen", "behind", "behind_steps")


@dataclass(slots=True)
class Happened:
    """What became of a batch: messages the engine took, counters that fell behind, events, cards to block (ICCID: why)."""

    notes: list[Note] = field(default_factory=list)
    behind: list[tuple[WindowKey, int, str]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    blocks: dict[str, str] = field(default_factory=dict)

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.notes or self.behind or self.events)


class CardWriter:
    """Writing down what happened. Every call may raise the database's errors; nothing of that call is then kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write_down(self, happened: Happened, now: datetime) -> dict[tuple[str, str], int]:
        """One transaction for the batch; how often each message that came before (ICCID, reference) has now been answered."""
        if happened.nothing:
            return {}
        return self._database.retrying(lambda connection: self._write(connection, happened, now))

    def _write(self, connection: Connection, happened: Happened, now: datetime) -> dict[tuple[str, str], int]:
        # The work may be run again after a deadlock: what it finds out must not be counted twice.
        events, blocks = list(happened.events), dict(happened.blocks)
        self._move_windows(connection, happened, events, blocks)
        answers = self._keep_messages(connection, happened.notes, now)
        self._keep_events(connection, events, now)
        for iccid, reason in blocks.items():
            block(connection, iccid, reason)
        return answers

    def _move_windows(self, connection: Connection, happened: Happened, events: list[Event], blocks: dict[str, str]) -> None:
        keys = {(note.opened.card.iccid, note.opened.key_version) for note in happened.notes} | {key for key, _, _ in happened.behind}
        if not keys:
            return
        windows = self._locked(connection, keys)
        before = dict(windows)
        for note in happened.notes:
            _take_counter(connection, windows, note, events, blocks)
        for key, number, msisdn in happened.behind:
            windows[key] = windows[key].fell_behind(number)
            if windows[key].second_card:
                mark_cloned(events, blocks, key[0], msisdn, f"a second counter at {number}, far below {windows[key].high}")
        changed = [window_row(key, windows[key]) for key in sorted(windows) if before.get(key) != windows[key]]
        self._upsert(connection, tables.counter, changed, _WINDOW_FIELDS, {})

    def _locked(self, connection: Connection, keys: set[WindowKey]) -> dict[WindowKey, CounterWindow]:
        """The windows, each held until the commit. One that is not there yet is made first: what is not there cannot be held."""
        iccids = [iccid for iccid, _ in keys]
        windows = read_windows(connection, iccids, lock=True)
        missing = sorted(keys - windows.keys())
        if not missing:
            return windows
        self._upsert(connection, tables.counter, [window_row(key, CounterWindow()) for key in missing], (), _AS_IT_IS)
        return read_windows(connection, iccids, lock=True)

    def _keep_messages(self, connection: Connection, notes: Sequence[Note], now: datetime) -> dict[tuple[str, str], int]:
        """A message that came before is answered once more; its first facts stay."""
        once_more: dict[str, Any] = {"answers": literal_column("stk_message.answers + 1")}
        rows = sorted((_message_row(note, stored(now)) for note in notes), key=lambda row: (row["iccid"], row["reference"]))
        self._upsert(connection, tables.message, rows, ["counter"], once_more)
        again = {(note.opened.card.iccid, note.reference) for note in notes if not note.fresh}
        return {key: _answers(connection, *key) for key in sorted(again)}

    @staticmethod
    def _keep_events(connection: Connection, events: Iterable[Event], now: datetime) -> None:
        rows = [
            {
                "at": stored(now),
                "kind": event.kind.value,
                "iccid": event.iccid,
                "msisdn": event.msisdn[:20],
                "status": int(event.status),
                "detail": event.detail,
            }
            for event in events
        ]
        if rows:
            connection.execute(tables.event.insert(), rows)
        for event in events:
            if event.kind in _ALARMS:
                _log.warning("card %s: %s, %s", event.iccid, event.kind.value, event.detail)
            if event.kind is EventKind.CHECKSUM:
                _count_failure(connection, event.iccid)

    def _upsert(
        self, connection: Connection, table: Table, rows: list[dict[str, Any]], fields: Sequence[str], counted: Mapping[str, Any]
    ) -> None:
        """Insert rows; where the key is there, take over these fields and let the database count. One statement on MariaDB."""
        if not rows:
            return
        if self._database.is_sqlite:
            insert = sqlite.insert(table)
            changes = {name: insert.excluded[name] for name in fields} | dict(counted)
            connection.execute(insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes), rows)
        else:
            asked = mysql.insert(table)
            changes = {name: asked.inserted[name] for name in fields} | dict(counted)
            connection.execute(asked.on_duplicate_key_update(changes), rows)


def block(connection: Connection, iccid: str, reason: str) -> bool:
    """Block a card that is active; whether it was."""
    mine = (tables.card.c.iccid == iccid) & (tables.card.c.state == CardState.ACTIVE.value)
    values = {"state": CardState.BLOCKED.value, "reason": reason[:_LONGEST_REASON]}
    return connection.execute(tables.card.update().where(mine).values(**values)).rowcount == 1


def mark_cloned(events: list[Event], blocks: dict[str, str], iccid: str, msisdn: str, why: str) -> None:
    """Two cards use one card's keys: report it and block both, which is one and the same ICCID."""
    events.append(Event(EventKind.CLONED, ResponseStatus.BLOCKED, msisdn, iccid, why))
    blocks[iccid] = BLOCKED_AS_CLONED


def _take_counter(
    connection: Connection, windows: dict[WindowKey, CounterWindow], note: Note, events: list[Event], blocks: dict[str, str]
) -> None:
    """Mark the counter; two processes may each have taken a message with the same one, and only here is it seen."""
    opened = note.opened
    key = (opened.card.iccid, opened.key_version)
    window = windows[key]
    if note.fresh and window.look(opened.counter) is Sight.SEEN and _used_otherwise(connection, note):
        mark_cloned(events, blocks, opened.card.iccid, opened.card.msisdn, f"counter {opened.counter} under two nonces")
    windows[key] = window.taken(opened.counter)


def _used_otherwise(connection: Connection, note: Note) -> bool:
    """Whether another message of the card carried the same counter."""
    columns = tables.message.c
    query = select(columns.reference).where(columns.iccid == note.opened.card.iccid, columns.key_version == note.opened.key_version)
    query = query.where(columns.counter == note.opened.counter, columns.reference != note.reference)
    return connection.execute(query.limit(1)).first() is not None


def _count_failure(connection: Connection, iccid: str) -> None:
    failures = tables.card.c.checksum_failures
    connection.execute(tables.card.update().where(tables.card.c.iccid == iccid).values(checksum_failures=failures + 1))


def _message_row(note: Note, at: datetime) -> dict[str, Any]:
    opened = note.opened
    return {
        "iccid": opened.card.iccid,
        "reference": note.reference,
        "key_version": opened.key_version,
        "counter": opened.counter,
        "received_at": at,
        "operation": int(opened.body.operation),
        "number": opened.body.number or opened.body.second_number or "",
        "amount_minor": opened.body.amount_minor,
        "outcome": note.outcome,
        "order_number": note.order_number,
        "answers": 1,
    }


def _answers(connection: Connection, iccid: str, reference: str) -> int:
    columns = tables.message.c
    query = select(columns.answers).where(columns.iccid == iccid, columns.reference == reference)
    return connection.scalar(query) or 0
