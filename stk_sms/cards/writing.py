"""Writes down what a batch of messages did to its cards: windows, messages, events, blocks. Of what the engine took, in its transaction."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, select

from recharge import Change, Database, RefusalCode, Reply, stored
from stk_sms import tables
from stk_sms.cards.reading import locked_windows, window_row
from stk_sms.cards.records import CardState, Event, EventKind, Note, Opened
from stk_sms.cards.window import CounterWindow, Sight, WindowKey
from stk_sms.orders import remembered
from stk_sms.packet import ResponseStatus
from stk_sms.transport import DeliveryReport
from stk_sms.upsert import Upsert

_log = logging.getLogger(__name__)
BLOCKED_AS_CLONED = "cloned"
_LONGEST_REASON = 80
# What somebody should look at today.
_ALARMS = frozenset({EventKind.CLONED, EventKind.COUNTER_FAR, EventKind.OTHER_BODY})
_WINDOWS = Upsert(tables.counter, ("high", "seen", "behind", "behind_steps"), {})
# Of a row that another process has just made, nothing is changed.
_NEW_WINDOWS = Upsert(tables.counter, (), {"high": "high"})
# A message that came before is answered once more; its first facts stay.
_MESSAGES = Upsert(tables.message, ("counter",), {"answers": "answers + 1"})


@dataclass(slots=True)
class Happened:
    """What became of a batch: messages the engine took, counters that fell behind, events, cards to block (ICCID: why)."""

    notes: list[Note] = field(default_factory=list)
    behind: list[tuple[WindowKey, int, str]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    blocks: dict[str, str] = field(default_factory=dict)

    def note(self, opened: Opened, reference: str, reply: Reply) -> None:
        """A message that the engine was asked of."""
        if not remembered(reply):
            return
        if reply.refusal is not None and reply.refusal.code is RefusalCode.OTHER_BODY:
            self.events.append(opened.event(EventKind.OTHER_BODY, ResponseStatus.UNDEFINED, reference))
            return
        outcome = "taken" if reply.refusal is None else reply.refusal.code.value
        number = reply.order.order_number if reply.order is not None else ""
        self.notes.append(Note(opened, reference, outcome, number, not reply.repeated))

    @property
    def windows(self) -> set[WindowKey]:
        """The windows that change."""
        return {note.opened.window for note in self.notes} | {key for key, _, _ in self.behind}

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

    def answered(self, reports: Sequence[DeliveryReport], delivered: bool, now: datetime) -> None:
        """What the network says of answers, which are known by ICCID and reference (CardAnswer.about)."""
        kind = EventKind.ANSWER_DELIVERED if delivered else EventKind.ANSWER_FAILED
        events = []
        for report in reports:
            iccid, _, reference = report.reference.partition("/")
            detail = f"{reference} {report.link} {report.state.value} {report.error}".rstrip()
            events.append(Event(kind, ResponseStatus.OK, "", iccid, detail))
        self._database.retrying(lambda connection: self._keep_events(connection, events, now))

    def _write(self, connection: Connection, happened: Happened, now: datetime) -> dict[tuple[str, str], int]:
        answers, changes = self.changes(connection, happened, now)
        self._database.together(connection, changes)
        return answers

    def changes(
        self, connection: Connection, happened: Happened, now: datetime, windows: Mapping[WindowKey, CounterWindow] | None = None
    ) -> tuple[dict[tuple[str, str], int], list[Change]]:
        """The same in a transaction of somebody else's, part of it still to be carried out with whatever else that changes. `windows` where
        they are locked."""
        if windows is None:
            windows = self._locked(connection, happened.windows)
        # The work may be run again after a deadlock: what it finds out must not be counted twice.
        events, blocks = list(happened.events), dict(happened.blocks)
        changes = self._moved_windows(connection, happened, windows, events, blocks)
        at = stored(now).isoformat(" ", "microseconds")
        changes += _MESSAGES.changes(self._database, sorted((_message_row(note, at) for note in happened.notes), key=_by_key))
        again = {(note.opened.card.iccid, note.reference) for note in happened.notes if not note.fresh}
        if again:
            # How often they were answered is known only once it is counted.
            self._database.together(connection, changes)
            changes = []
        answers = {key: _answers(connection, *key) for key in sorted(again)}
        self._keep_events(connection, events, now)
        for iccid, reason in blocks.items():
            block(connection, iccid, reason)
        return answers, changes

    def _moved_windows(
        self,
        connection: Connection,
        happened: Happened,
        before: Mapping[WindowKey, CounterWindow],
        events: list[Event],
        blocks: dict[str, str],
    ) -> list[Change]:
        windows = dict(before)
        for note in happened.notes:
            _take_counter(connection, windows, note, events, blocks)
        for key, number, msisdn in happened.behind:
            windows[key] = windows[key].fell_behind(number)
            if windows[key].second_card:
                mark_cloned(events, blocks, key[0], msisdn, f"a second counter at {number}, far below {windows[key].high}")
        changed = [window_row(key, windows[key]) for key in sorted(windows) if before.get(key) != windows[key]]
        return _WINDOWS.changes(self._database, changed)

    def _locked(self, connection: Connection, keys: set[WindowKey]) -> dict[WindowKey, CounterWindow]:
        """The windows, each held until the commit. One that is not there yet is made first: what is not there cannot be held."""
        if not keys:
            return {}
        wanted = locked_windows(self._database, [iccid for iccid, _ in keys])
        windows = self._database.find(connection, wanted)
        missing = sorted(keys - windows.keys())
        if not missing:
            return windows
        self._database.together(connection, _NEW_WINDOWS.changes(self._database, [window_row(key, CounterWindow()) for key in missing]))
        return self._database.find(connection, wanted)

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
    key = opened.window
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


def _message_row(note: Note, at: str) -> tuple[Any, ...]:
    """A message as its table keeps it, columns in their order."""
    opened, body = note.opened, note.opened.body
    number = body.number or body.second_number or ""
    known = (opened.card.iccid, note.reference, opened.key_version, opened.counter, at)
    return (*known, int(body.operation), number, body.amount_minor, note.outcome, note.order_number, 1)


_by_key = itemgetter(0, 1)


def _answers(connection: Connection, iccid: str, reference: str) -> int:
    columns = tables.message.c
    query = select(columns.answers).where(columns.iccid == iccid, columns.reference == reference)
    return connection.scalar(query) or 0
