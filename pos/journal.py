"""What came and how it was answered, decoded and without secrets, for staff to read.

Written behind the answers: a kill may lose the last second of it.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from pos import tables
from pos.fields.elements import Tag
from pos.judge import Opened, Turned
from pos.verdict import Verdict
from recharge import Database, stored

_MOST_WAITING = 20_000
_MOST_OF_A_KIND = 100
_SEEN_EVERY = timedelta(minutes=5)
_MOST_DETAIL, _MOST_PEER, _MOST_NUMBER = 160, 64, 20


class Journal:
    """Gathers rows; `flush` writes them. When the database stays away the oldest are given up: nothing is decided by them."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now, self._lock = database, now, threading.Lock()
        self._messages: list[dict[str, Any]] = []
        self._events: list[dict[str, Any]] = []
        self._counts: Counter[str] = Counter()
        self._seen: dict[str, datetime] = {}

    def note(self, to: Opened | Turned, verdict: Verdict | None) -> None:
        """A message and its answer; None where there was none. Of strangers the event is enough: they could fill the journal."""
        if isinstance(to, Turned) and to.event:
            self.event(to.event, to.inbound.peer, to.detail, to.terminal.number if to.terminal else "")
        if to.terminal is None:
            return
        row = _message_row(to, "" if verdict is None else verdict.code.value)
        if verdict is not None and verdict.order is not None:
            row["order_number"] = verdict.order.order_number
        with self._lock:
            self._messages.append(row)
            del self._messages[:-_MOST_WAITING]

    def event(self, kind: str, peer: str, detail: str = "", terminal: str = "") -> None:
        """Something that staff should see. Of one kind so many are kept between two writings; the rest is counted."""
        row = {"at": stored(self._now()), "terminal": terminal, "kind": kind, "peer": peer[:_MOST_PEER], "detail": printable(detail)}
        with self._lock:
            self._counts[kind] += 1
            if self._counts[kind] <= _MOST_OF_A_KIND:
                self._events.append(row)
                del self._events[:-_MOST_WAITING]

    def flush(self) -> int:
        """Write what was gathered; how many rows. Raises what the database raises; the rows are kept for the next time then."""
        with self._lock:
            messages, self._messages = self._messages, []
            events, self._events = [*self._events, *self._left_out()], []
            self._counts.clear()
        if not messages and not events:
            return 0
        try:
            self._database.retrying(lambda connection: self._write(connection, messages, events))
        # Whatever it was, and though the thread is being ended: the rows go back where they were.
        except BaseException:
            with self._lock:
                self._messages, self._events = messages + self._messages, events + self._events
            raise
        return len(messages) + len(events)

    def _left_out(self) -> list[dict[str, Any]]:
        """How many events of each kind were only counted."""
        over = {kind: count - _MOST_OF_A_KIND for kind, count in self._counts.items() if count > _MOST_OF_A_KIND}
        row = {"at": stored(self._now()), "terminal": "", "peer": ""}
        return [row | {"kind": kind, "detail": f"{count} more"} for kind, count in over.items()]

    def _write(self, connection: Connection, messages: Sequence[dict[str, Any]], events: Sequence[dict[str, Any]]) -> None:
        if messages:
            connection.execute(tables.message.insert(), list(messages))
        if events:
            connection.execute(tables.event.insert(), list(events))
        now = self._now()
        fresh = {
            row["terminal"]
            for row in messages
            if now - self._seen.get(row["terminal"], datetime.min.replace(tzinfo=now.tzinfo)) > _SEEN_EVERY
        }
        for terminal in fresh:
            mine = tables.terminal.c.terminal == terminal
            connection.execute(tables.terminal.update().where(mine).values(seen_at=stored(now)))
            self._seen[terminal] = now


def latest(database: Database, terminal: str, count: int) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]]]:
    """A terminal's last messages and events, newest first."""
    with database.read() as connection:
        found = [
            connection.execute(select(table).where(table.c.terminal == terminal).order_by(table.c.id.desc()).limit(count)).all()
            for table in (tables.message, tables.event)
        ]
    return found[0], found[1]


def forget(database: Database, before: datetime) -> int:
    """Drop what is older; how many rows."""
    moment = stored(before)
    return database.retrying(
        lambda connection: sum(
            connection.execute(table.delete().where(table.c.at < moment)).rowcount for table in (tables.message, tables.event)
        )
    )


def printable(text: str) -> str:
    """A text that fits its column and one line."""
    return "".join(character if character.isprintable() else "?" for character in text[:_MOST_DETAIL])


def _message_row(to: Opened | Turned, code: str) -> dict[str, Any]:
    message, opened = to.message, to if isinstance(to, Opened) else None
    line = f" {to.inbound.frame.line}" if to.inbound.frame.line else ""
    use = message.text(60)
    return {
        "at": stored(to.inbound.at),
        "terminal": message.text(41) if to.terminal else "",
        "peer": f"{to.inbound.peer}{line}"[:_MOST_PEER],
        "kind": to.kind.value if to.kind else message.mti,
        "batch": int(use[2:8] or "0"),
        "trace": int(message.text(11) or "0"),
        "number": printable(opened.elements.get(Tag.NUMBER, ""))[:_MOST_NUMBER] if opened else "",
        "amount_minor": int(message.text(4)) if message.text(4) else None,
        "code": code,
        "order_number": "",
    }
