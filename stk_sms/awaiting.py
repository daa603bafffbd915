"""Ids of messages whose delivery reports are still to come, kept in the books: a report may find another process than that which sent.

Written down each second: what a process sent in the second before it was killed is known to nobody, and stays as sent.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection

from recharge import Database, Read, marks, stored
from stk_sms.pauses import pause
from stk_sms.smpp.receipt_book import Awaited, Changes, ReceiptBook
from stk_sms.tables import awaited
from stk_sms.upsert import Upsert

_log = logging.getLogger(__name__)
# Networks try for three days at the most where nothing else was asked for.
_KEPT = timedelta(days=3)
_FORGET_EVERY = timedelta(hours=1)
_LOOK_SECONDS = 1.0
_TOGETHER = 500
_LONGEST_RECIPIENT = 20
_DELETE = "DELETE FROM stk_awaited WHERE link = ? AND message_id IN ({})"
_FIND = "SELECT message_id, reference, recipient, parts FROM stk_awaited WHERE link = ? AND message_id IN ({})"
_WRITE = Upsert(awaited, ("reference", "recipient", "parts", "at"), {})


class Awaits(Protocol):
    """A link whose reports name messages by the network's ids."""

    @property
    def name(self) -> str:
        """The link's name, under which its ids are kept."""
        ...

    @property
    def receipts(self) -> ReceiptBook:
        """What it awaits."""
        ...

    def unknown_ids(self) -> list[str]:
        """Ids of reports that came for nothing it knows."""
        ...

    def restore(self, written: Sequence[Awaited]) -> None:
        """What was written down of those: reports that were here before it are told of."""
        ...


class AwaitedBook:
    """The table. Every call may raise the database's errors."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    def write_down(self, link: str, changes: Changes) -> None:
        """Write what a link awaits now, and delete what it awaits no more."""
        at = stored(self._now()).isoformat(" ", "microseconds")
        rows = sorted(_row(link, one, at) for one in changes.values() if one is not None)
        gone = [message_id for message_id, one in sorted(changes.items()) if one is None]

        def work(connection: Connection) -> None:
            self._database.together(connection, _WRITE.changes(self._database, rows))
            for some in _chunks(gone):
                self._database.change(connection, _DELETE.format(marks(some)), (link, *some))

        self._database.retrying(work)

    def find(self, link: str, message_ids: Iterable[str]) -> list[Awaited]:
        """What is awaited under these ids, with all other parts of the same messages."""
        found = self._found(link, set(message_ids))
        others = {part for one in found for part in one.parts} - {one.message_id for one in found}
        return found + self._found(link, others)

    def _found(self, link: str, message_ids: set[str]) -> list[Awaited]:
        reads = [Read(_FIND.format(marks(some)), (link, *some), list) for some in _chunks(sorted(message_ids))]
        return [Awaited(row[0], row[1], row[2], tuple(row[3].split())) for rows in self._database.look(*reads) for row in rows]

    def forget(self) -> int:
        """Delete what no report is to be expected for any more; how many."""
        before = stored(self._now() - _KEPT).isoformat(" ", "microseconds")
        text = "DELETE FROM stk_awaited WHERE at < ?"
        return self._database.retrying(lambda connection: self._database.change(connection, text, (before,)))


class Awaiting:
    """Keeps the books of some links written down, for as long as it is let."""

    def __init__(self, book: AwaitedBook, links: Sequence[Awaits], now: Callable[[], datetime]) -> None:
        self._book, self._links, self._now = book, links, now
        self._forget_at = now()

    async def run(self, over: asyncio.Event) -> None:
        """Every second until the event is set."""
        while not over.is_set():
            await pause(over, _LOOK_SECONDS)
            await self.write_down()
            await self.look_up()
            await self._forget()

    async def write_down(self) -> None:
        """What has changed since the last call. What cannot be written now waits."""
        for link in self._links:
            await self._write_down(link)

    async def look_up(self) -> None:
        """Messages that reports came for which their links themselves do not know."""
        for link in self._links:
            await self._look_up(link)

    async def _write_down(self, link: Awaits) -> None:
        changes = link.receipts.take_changes()
        if not changes:
            return
        try:
            await asyncio.to_thread(self._book.write_down, link.name, changes)
        except Exception as error:  # with the database away they wait; the gateway goes on taking orders
            _log.warning("%d ids of %s are not written down: %s", len(changes), link.name, type(error).__name__)
            link.receipts.give_back(changes)

    async def _look_up(self, link: Awaits) -> None:
        ids = link.unknown_ids()
        if not ids:
            return
        try:
            link.restore(await asyncio.to_thread(self._book.find, link.name, ids))
        except Exception as error:  # as above
            _log.warning("%d reports of %s wait: %s", len(ids), link.name, type(error).__name__)
            link.receipts.look_up_again()

    async def _forget(self) -> None:
        if not self._links or self._now() < self._forget_at:
            return
        self._forget_at = self._now() + _FORGET_EVERY
        try:
            await asyncio.to_thread(self._book.forget)
        except Exception as error:  # as above
            _log.warning("nothing was forgotten: %s", type(error).__name__)


def _row(link: str, one: Awaited, at: str) -> tuple[str, ...]:
    return (link, one.message_id, one.reference, one.recipient[-_LONGEST_RECIPIENT:], " ".join(one.parts), at)


def _chunks(items: Sequence[str]) -> list[Sequence[str]]:
    return [items[start : start + _TOGETHER] for start in range(0, len(items), _TOGETHER)]
