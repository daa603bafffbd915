"""Difference cases: kept by what was found, followed up at T+1 and T+2, ended by two people or by the other half turning up."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from bank_settle import tables

SUSPECT, OPEN, RESOLVED = "suspect", "open", "resolved"
UNRESOLVED = (SUSPECT, OPEN)
AGES = ((1, "T+1"), (2, "T+2"), (7, "T+3-7"))


@dataclass(frozen=True, slots=True)
class Found:
    """A difference as a step found it. Amounts in minor units; `doubtful` is held until T+2 before anybody must act."""

    scope: str
    day: date
    kind: str
    reference: str
    effect_minor: int
    ours_minor: int | None = None
    theirs_minor: int | None = None
    order_id: int | None = None
    party_code: str = ""
    doubtful: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> int:
        """The same difference of a day is the same case, however often it is found."""
        return case_id(self.scope, self.day, self.kind, self.reference)


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it stands."""

    id: int
    scope: str
    day: date
    kind: str
    reference: str
    order_id: int | None
    party_code: str
    ours_minor: int | None
    theirs_minor: int | None
    effect_minor: int
    state: str
    owner: str
    resolution: str
    resolved_on: date | None
    facts: Mapping[str, Any]

    def age(self, today: date) -> int:
        """Days since."""
        return (today - self.day).days


def case_id(scope: str, day: date, kind: str, reference: str) -> int:
    """A number that follows from what the case is about."""
    digest = hashlib.sha256(f"{scope}|{day}|{kind}|{reference}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def age_band(days: int) -> str:
    """The ageing columns finance reads: T+1, T+2, T+3-7, >7; T+0 on the day itself."""
    if days < 1:
        return "T+0"
    return next((name for most, name in AGES if days <= most), ">7")


def put_kinds(connection: Connection, scope: str, day: date, found: Iterable[Found], kinds: Iterable[str]) -> None:
    """The same, for these kinds of cases alone: the others of the day stay as they are."""
    table = tables.case
    wanted = (table.c.scope == scope) & (table.c.day == day) & table.c.kind.in_(list(kinds))
    _put(connection, {item.id: item for item in found}, list(connection.execute(select(table).where(wanted))), day)


def add(connection: Connection, item: Found) -> None:
    """One more case; where it is known already it is brought up to date."""
    _put(connection, {item.id: item}, [], item.day)


_LIKE_FOUND = ("ours_minor", "theirs_minor", "effect_minor", "order_id", "party_code")


def put(connection: Connection, scope: str, day: date, found: Iterable[Found]) -> None:
    """Bring the cases of a scope's day in step with what was found: new ones open, vanished ones are withdrawn, decided ones stay."""
    table = tables.case
    here = connection.execute(select(table).where(table.c.scope == scope, table.c.day == day))
    _put(connection, {item.id: item for item in found}, list(here), day)


def _put(connection: Connection, wanted: Mapping[int, Found], present: Iterable[Row[Any]], day: date) -> None:
    table = tables.case
    here = {row.id: row for row in present}
    known = _known(connection, [number for number in wanted if number not in here]) | here
    fresh: list[dict[str, Any]] = []
    for number, item in wanted.items():
        values = {name: getattr(item, name) for name in _LIKE_FOUND} | {"facts": _json({**item.facts})}
        if number not in known:
            fresh.append({"id": number, **_fresh(item), **values})
        elif known[number].state != RESOLVED or known[number].resolution == "withdrawn":
            again = {"state": OPEN, "resolution": "", "resolved_on": None} if known[number].state == RESOLVED else {}
            connection.execute(table.update().where(table.c.id == number).values(**values, **again))
    if fresh:
        connection.execute(table.insert(), fresh)
    for number, row in here.items():
        if number not in wanted and row.state != RESOLVED:
            resolve(connection, number, "withdrawn", day)


def _fresh(item: Found) -> dict[str, Any]:
    state = {"state": SUSPECT if item.doubtful else OPEN, "owner": "", "resolution": "", "resolved_on": None}
    return {"scope": item.scope, "day": item.day, "kind": item.kind, "reference": item.reference, **state}


def _known(connection: Connection, numbers: list[int]) -> dict[int, Row[Any]]:
    found: dict[int, Row[Any]] = {}
    for start in range(0, len(numbers), 500):
        some = numbers[start : start + 500]
        found |= {row.id: row for row in connection.execute(select(tables.case).where(tables.case.c.id.in_(some)))}
    return found


def resolve(connection: Connection, number: int, how: str, on: date) -> bool:
    """End a case once; whether it was still to be ended."""
    still = (tables.case.c.id == number) & (tables.case.c.state != RESOLVED)
    values = {"state": RESOLVED, "resolution": how, "resolved_on": on}
    return connection.execute(tables.case.update().where(still).values(**values)).rowcount == 1


def change(connection: Connection, number: int, **values: Any) -> None:
    """Change what is known of a case that is not ended."""
    if "facts" in values:
        values["facts"] = _json(values["facts"])
    still = (tables.case.c.id == number) & (tables.case.c.state != RESOLVED)
    connection.execute(tables.case.update().where(still).values(**values))


def unresolved(connection: Connection, scope: str | None = None, until: date | None = None) -> list[Case]:
    """Cases that are not ended, oldest first."""
    wanted: ColumnElement[bool] = tables.case.c.state.in_(UNRESOLVED)
    if scope is not None:
        wanted &= tables.case.c.scope == scope
    if until is not None:
        wanted &= tables.case.c.day <= until
    query = select(tables.case).where(wanted).order_by(tables.case.c.day, tables.case.c.scope, tables.case.c.id)
    return [_case(row) for row in connection.execute(query)]


def of_day(connection: Connection, day: date, scope: str | None = None) -> list[Case]:
    """All cases of a day, whatever became of them."""
    wanted = tables.case.c.day == day
    if scope is not None:
        wanted &= tables.case.c.scope == scope
    query = select(tables.case).where(wanted).order_by(tables.case.c.scope, tables.case.c.kind, tables.case.c.reference)
    return [_case(row) for row in connection.execute(query)]


def one(connection: Connection, number: int) -> Case:
    """A case by its number. Raises LookupError."""
    row = connection.execute(select(tables.case).where(tables.case.c.id == number)).one_or_none()
    if row is None:
        raise LookupError(f"no case {number}")
    return _case(row)


def by_reference(connection: Connection, scope: str, reference: str, kinds: Iterable[str]) -> list[Case]:
    """The cases of these kinds about one reference, of whatever day."""
    table = tables.case
    wanted = (table.c.reference == reference) & (table.c.scope == scope) & table.c.kind.in_(list(kinds))
    rows = connection.execute(select(table).where(wanted).order_by(table.c.day, table.c.id))
    return [_case(row) for row in rows]


def _case(row: Row[Any]) -> Case:
    return Case(**{**row._mapping, "facts": json.loads(row.facts)})


def _json(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
