"""The way nearly every batch goes: nothing but new orders and enquiries, of cards that are known.

They are proved by what is known of their cards. Whether that still stands, and whether each counter is new, is found out in the very
transaction that takes them in, under the lock of their windows. A batch in which anything at all is otherwise leaves no trace and goes the
long way (cards/service.py), which judges it from the beginning: this way takes messages and turns none away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from recharge import AnyRow, Beside, Change, Database, Engine, Reply, Request, Withdrawn
from stk_sms.cards.gate import CardMessage, Gate, Pace, Proved, Turned
from stk_sms.cards.known import Known, KnownCards
from stk_sms.cards.reading import card_rows, locked_windows
from stk_sms.cards.records import Opened
from stk_sms.cards.under_way import Taken, UnderWay
from stk_sms.cards.window import CounterWindow, Sight, WindowKey
from stk_sms.cards.writing import CardWriter, Happened
from stk_sms.orders import Orders
from stk_sms.packet import PacketError, StkOperation

# Each is one request by itself: nothing has to be known of an earlier message.
_OPERATIONS = frozenset({StkOperation.RECHARGE, StkOperation.BALANCE})


@dataclass(frozen=True, slots=True)
class Message:
    """A proved message on its way."""

    known: Known
    proved: Proved
    opened: Opened
    reference: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Done:
    """A message that was taken in and committed, and what it is kept under."""

    opened: Opened
    reference: str
    reply: Reply


class NotAsKnown(Withdrawn):
    """Something is otherwise than was believed; nothing was kept."""


class Straight:
    """One a process. Safe for threads."""

    def __init__(self, engine: Engine, gate: Gate, pace: Pace, known: KnownCards, under_way: UnderWay, orders: Orders) -> None:
        database: Database = engine.database
        self._engine, self._database, self._writer = engine, database, CardWriter(database)
        self._gate, self._pace, self._known, self._under_way, self._orders = gate, pace, known, under_way, orders

    def take(self, messages: Sequence[CardMessage], now: datetime) -> tuple[list[Done], dict[tuple[str, str], int]] | None:
        """What became of messages that came together, and how often each that came before was answered; None: nothing was done."""
        with self._under_way.judging() as earlier:
            proved = self._proved(messages, earlier, now)
            if proved is None:
                return None
            used = {(*item.opened.window, item.opened.counter): item.reference for item in proved}
            ticket = self._under_way.enter(Taken(used, {}))
        try:
            return self._take_in(proved, now)
        except NotAsKnown:
            self._pace.take_back(item.opened.card.iccid for item in proved)
            return None
        finally:
            self._under_way.leave(ticket)

    def _proved(self, messages: Sequence[CardMessage], earlier: Sequence[Taken], now: datetime) -> list[Message] | None:
        numbers = [self._gate.sender(message.sender) for message in messages]
        cards = self._known.of(numbers)
        if cards is None or _busy(earlier) & {known.card.iccid for known in cards}:
            return None
        proved = []
        for number, message, known in zip(numbers, messages, cards, strict=True):
            found = self._prove(message, number, known, now)
            if found is None:
                return None
            proved.append(found)
        return proved if self._pace.allows_all([known.card.iccid for known in cards], now) else None

    def _prove(self, message: CardMessage, number: str, known: Known, now: datetime) -> Message | None:
        proved = self._gate.prove(message, number, known.card, known.versions, now)
        if isinstance(proved, Turned):
            return None
        try:
            opened = proved.opened()
        except PacketError:
            return None
        return Message(known, proved, opened, opened.reference, message.message_id) if opened.body.operation in _OPERATIONS else None

    def _take_in(self, proved: Sequence[Message], now: datetime) -> tuple[list[Done], dict[tuple[str, str], int]]:
        rows = set[AnyRow]().union(*(item.known.rows for item in proved))
        answers: dict[tuple[str, str], int] = {}

        def write(connection: Connection, replies: Sequence[Reply], found: Sequence[Any]) -> Sequence[Change]:
            now_there, windows = found
            if now_there != rows or not _all_new(proved, windows):
                raise NotAsKnown
            happened = Happened()
            for item, reply in zip(proved, replies, strict=True):
                happened.note(item.opened, item.reference, reply)
            counted, changes = self._writer.changes(connection, happened, now, windows)
            answers.update(counted)
            return changes

        iccids = [item.opened.card.iccid for item in proved]
        reads = (card_rows(iccids), locked_windows(self._database, iccids))
        requests = [self._request(item) for item in proved]
        replies = self._engine.take_many(requests, Beside(reads, write, new=True))
        return [Done(item.opened, item.reference, reply) for item, reply in zip(proved, replies, strict=True)], answers

    def _request(self, item: Message) -> Request:
        request = self._orders.request(item.opened, item.reference, item.message_id, ())
        assert request is not None
        return request


def _busy(earlier: Sequence[Taken]) -> set[str]:
    """Cards of which messages are under way: only the long way knows what to make of one more."""
    return {iccid for taken in earlier for iccid, _, _ in taken.used} | {iccid for taken in earlier for iccid in taken.blocks}


def _all_new(proved: Sequence[Message], before: Mapping[WindowKey, CounterWindow]) -> bool:
    """Whether each counter is new, after those before it were taken."""
    windows = dict(before)
    for item in proved:
        key = item.opened.window
        window = windows.get(key)
        if window is None or item.proved.sight(window) is not Sight.NEW:
            return False
        windows[key] = window.taken(item.opened.counter)
    return True
