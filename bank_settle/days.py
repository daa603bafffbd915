"""Days by scope and version: which step each has reached, who signed, and that only one process works on a scope at a time."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from bank_settle import tables
from bank_settle.texts import lazy_gettext as _
from bank_settle.texts import say
from recharge import Clock, Database, stored

OPEN, CLOSED = "open", "closed"
HOUSE = "house"
STEPS: Mapping[str, tuple[str, ...]] = {
    "carrier": ("cut", "snapshot", "statement", "matched"),
    "bank": ("statement", "matched"),
    "channel": ("cut", "snapshot", "matched"),
    HOUSE: ("cut", "commission", "snapshot"),
}
LEASE = timedelta(minutes=15)
_LONGEST_REASON = 200
NOT_CLOSED, ONE_PERSON, NO_REASON = _("这一天没有关账，不能重开。"), _("重开要由两个人办理。"), _("重开要写明原因。")


class Overtaken(Exception):
    """The day is no longer as this process saw it: somebody else worked on it. Nothing was written."""


class SomebodyElse(Exception):
    """Another process works on this scope now."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


class CannotReopen(Exception):
    """This day cannot be opened again like that; `text` says why."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def told(self, language: str | None = None) -> str:
        """One sentence for people."""
        return say(self.text, language)


class Locked(Exception):
    """The day is closed; only a reopening by two people makes a new version."""


@dataclass(frozen=True, slots=True)
class Day:
    """A scope's day in its newest version. `facts` is what the steps left, by step."""

    scope: str
    day: date
    version: int = 1
    state: str = OPEN
    facts: Mapping[str, Any] = field(default_factory=dict)
    maker: str = ""
    checker: str = ""
    closed_at: datetime | None = None
    reason: str = ""

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps of this kind of scope, in order."""
        return steps_of(self.scope)

    @property
    def next_step(self) -> str | None:
        """What is to be done next; None when all is done."""
        if self.state == CLOSED:
            return None
        done = 0 if self.state == OPEN else self.steps.index(self.state) + 1
        return self.steps[done] if done < len(self.steps) else None

    @property
    def ready(self) -> bool:
        """All steps are done; the day may be signed."""
        return self.next_step is None


def steps_of(scope: str) -> tuple[str, ...]:
    """The steps of a scope."""
    return STEPS[scope.partition(":")[0]]


class Days:
    """The table of days."""

    def __init__(self, database: Database, clock: Clock, holder: str) -> None:
        self._database, self._clock, self._holder = database, clock, holder

    def read(self, scope: str, day: date, version: int | None = None) -> Day:
        """A scope's day, the newest version unless one is named; an open one where there is none yet."""
        wanted = (tables.day.c.scope == scope) & (tables.day.c.day == day)
        if version is not None:
            wanted &= tables.day.c.version == version
        query = select(tables.day).where(wanted).order_by(tables.day.c.version.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return Day(scope, day) if row is None else _day(row)

    def before(self, scope: str, day: date) -> Day | None:
        """The newest earlier day of a scope that has anything."""
        wanted = (tables.day.c.scope == scope) & (tables.day.c.day < day)
        query = select(tables.day).where(wanted).order_by(tables.day.c.day.desc(), tables.day.c.version.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _day(row)

    def versions(self, day: date) -> list[Day]:
        """All versions of all scopes of a day."""
        query = select(tables.day).where(tables.day.c.day == day).order_by(tables.day.c.scope, tables.day.c.version)
        with self._database.read() as connection:
            return [_day(row) for row in connection.execute(query)]

    def advance(self, seen: Day, step: str, facts: Mapping[str, Any], also: Callable[[Connection], None] | None = None) -> Day:
        """Write that a step is done, in one transaction with what else it changes. Raises Overtaken, Locked."""
        if seen.state == CLOSED:
            raise Locked(seen.scope)
        kept = {**seen.facts, step: dict(facts)}
        values = {"state": step, "facts": _json(kept), "maker": "", "checker": ""}

        def work(connection: Connection) -> None:
            _change(connection, seen, values)
            if also is not None:
                also(connection)

        self._database.retrying(work)
        return self.read(seen.scope, seen.day)

    def fall_back(self, connection: Connection, seen: Day, step: str) -> None:
        """A new version of an input came: everything after `step` is to be done again. Raises Overtaken, Locked."""
        if seen.state == CLOSED:
            raise Locked(seen.scope)
        order = seen.steps
        place = order.index(step)
        if seen.state != OPEN and order.index(seen.state) >= place:
            kept = {name: found for name, found in seen.facts.items() if name not in order[place:]}
            before = order[place - 1] if place else OPEN
            _change(connection, seen, {"state": before, "facts": _json(kept), "maker": "", "checker": ""})

    def sign(self, seen: Day, maker: str) -> Day:
        """Finance signs. Raises Overtaken."""
        self._database.retrying(lambda connection: _change(connection, seen, {"maker": maker, "checker": ""}))
        return self.read(seen.scope, seen.day)

    def close(self, days: list[Day], checker: str, facts: Mapping[str, Any]) -> None:
        """Lock these days, all in one transaction. Raises Overtaken."""
        now = stored(self._clock.now())

        def work(connection: Connection) -> None:
            for seen in days:
                kept = {**seen.facts, CLOSED: dict(facts)}
                maker = seen.maker or next(item.maker for item in days if item.maker)
                values = {"state": CLOSED, "facts": _json(kept), "maker": maker, "checker": checker, "closed_at": now}
                _change(connection, seen, values)

        self._database.retrying(work)

    def reopen(self, seen: Day, maker: str, checker: str, reason: str) -> Day:
        """A closed day again, as the next version; the closed one stays. Raises CannotReopen, Overtaken where it was opened already."""
        for wrong, text in ((seen.state != CLOSED, NOT_CLOSED), (maker == checker, ONE_PERSON), (not reason.strip(), NO_REASON)):
            if wrong:
                raise CannotReopen(text)
        row = {"scope": seen.scope, "day": seen.day, "version": seen.version + 1, "state": OPEN, "facts": "{}"}
        try:
            with self._database.write() as connection:
                people = {"maker": "", "checker": "", "closed_at": None, "reason": f"{maker}/{checker}: {reason.strip()}"[:_LONGEST_REASON]}
                connection.execute(tables.day.insert().values(**row, **people))
        except IntegrityError as error:
            raise Overtaken(seen.scope) from error
        return self.read(seen.scope, seen.day)

    @contextmanager
    def working_on(self, scope: str) -> Iterator["Lease"]:
        """Hold a scope for this process. Raises SomebodyElse."""
        lease = Lease(self._database, self._clock, scope, self._holder)
        lease.take()
        try:
            yield lease
        finally:
            lease.leave()


class Lease:
    """The right to work on a scope for a while; a process that was killed loses it when the time is over."""

    def __init__(self, database: Database, clock: Clock, scope: str, holder: str) -> None:
        self._database, self._clock, self._scope, self._holder = database, clock, scope, holder

    def take(self) -> None:
        """Take it, or hold it longer. Raises SomebodyElse."""
        now = stored(self._clock.now())
        table, values = tables.lease, {"holder": self._holder, "until": now + LEASE}
        free = (table.c.scope == self._scope) & ((table.c.holder == self._holder) | (table.c.until < now))

        def work(connection: Connection) -> str:
            if connection.execute(table.update().where(free).values(**values)).rowcount == 1:
                return self._holder
            found = connection.scalar(select(table.c.holder).where(table.c.scope == self._scope))
            if found is None:
                connection.execute(table.insert().values(scope=self._scope, **values))
            return found or self._holder

        holder = self._database.retrying(work)
        if holder != self._holder:
            raise SomebodyElse(holder)

    def leave(self) -> None:
        """Give it back."""
        mine = (tables.lease.c.scope == self._scope) & (tables.lease.c.holder == self._holder)
        with self._database.write() as connection:
            connection.execute(tables.lease.delete().where(mine))


def _change(connection: Connection, seen: Day, values: Mapping[str, Any]) -> None:
    table = tables.day
    same = (table.c.scope == seen.scope) & (table.c.day == seen.day) & (table.c.version == seen.version)
    as_seen = same & (table.c.state == seen.state) & (table.c.maker == seen.maker) & (table.c.facts == _json(seen.facts))
    if connection.execute(table.update().where(as_seen).values(**values)).rowcount == 1:
        return
    if seen.state != OPEN or connection.scalar(select(table.c.state).where(same)) is not None:
        raise Overtaken(seen.scope)
    row = {"scope": seen.scope, "day": seen.day, "version": seen.version, "state": OPEN, "facts": "{}", "maker": "", "checker": ""}
    connection.execute(table.insert().values(**{**row, "closed_at": None, "reason": seen.reason, **values}))


def _json(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _day(row: Any) -> Day:
    closed = None if row.closed_at is None else row.closed_at.replace(tzinfo=UTC)
    return Day(row.scope, row.day, row.version, row.state, json.loads(row.facts), row.maker, row.checker, closed, row.reason)
