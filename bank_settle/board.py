"""The board of days and the chart under it: what is done, what is open, how much the carriers' sides differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from bank_settle import tables
from bank_settle.days import CLOSED, HOUSE, Day
from bank_settle.parts import Parts


@dataclass(frozen=True, slots=True)
class Row:
    """One day: every scope's state, its cases, what carriers and we have booked. Amounts in minor units."""

    day: date
    scopes: Mapping[str, Day]
    cases: int
    open_cases: int
    booked_minor: int
    effect_minor: int

    @property
    def house(self) -> Day:
        """The house's own day, which carries the signatures."""
        return self.scopes[HOUSE]

    @property
    def closed(self) -> bool:
        """Whether all is locked."""
        return all(day.state == CLOSED for day in self.scopes.values())


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the chart, in its own units of height (0 to 100)."""

    day: date
    height: int
    short: int
    booked_minor: int
    effect_minor: int


def board_of(parts: Parts, days: Sequence[date]) -> list[Row]:
    """The rows of these days, in their order."""
    table = tables.case
    counts = select(table.c.day, table.c.state, func.count()).where(table.c.day.in_(list(days))).group_by(table.c.day, table.c.state)
    with parts.database.read() as connection:
        found = {(day, state): int(count) for day, state, count in connection.execute(counts)}
    return [_row(parts, day, {state: count for (of, state), count in found.items() if of == day}) for day in days]


def _row(parts: Parts, day: date, counts: Mapping[str, int]) -> Row:
    scopes = {scope: parts.days.read(scope, day) for scope in parts.configuration.scopes}
    matched = [found.facts.get("matched", {}) for scope, found in scopes.items() if scope.startswith("carrier:")]
    booked, effect = (sum(int(item.get(name, 0)) for item in matched) for name in ("booked_minor", "effect_minor"))
    return Row(day, scopes, sum(counts.values()), sum(counts.values()) - counts.get("resolved", 0), booked, effect)


def chart_of(rows: Sequence[Row]) -> list[Bar]:
    """Booked with carriers by day, oldest first; the part that is not explained by agreeing lines is shown in its own colour."""
    top = max((abs(row.booked_minor) for row in rows), default=0) or 1
    bars = []
    for row in reversed(rows):
        height = max(0, row.booked_minor) * 100 // top
        bars.append(Bar(row.day, height, min(height, abs(row.effect_minor) * 100 // top), row.booked_minor, row.effect_minor))
    return bars
