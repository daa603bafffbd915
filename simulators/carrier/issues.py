"""Issues of the daily statement: made once, kept unchanged, each planted one with a sealed answer sheet beside the ledger."""

import random
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from simulators.carrier import codes
from simulators.carrier.clock import CHINA, CarrierClock, day_of
from simulators.carrier.ledger import Ledger
from simulators.carrier.statement import (
    DAMAGES,
    DIFFERENCES,
    MIDNIGHT,
    PLANTERS,
    Note,
    lines_of,
    move_past_midnight,
    render,
    seal,
    sums_of,
)

READY_AFTER: Final = timedelta(days=1, hours=2)


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue of a day's statement, or the code that says why there is none."""

    day: str
    number: int = 0
    content: bytes = b""
    refusal: str = ""
    file_name: str = ""


class Statements:
    """Gives statements to the partner and makes issues on demand."""

    def __init__(self, ledger: Ledger, clock: CarrierClock, partner: str, chance: random.Random, folder: Path) -> None:
        self._ledger = ledger
        self._clock = clock
        self._partner = partner
        self._chance = chance
        self._folder = folder

    async def fetch(self, day: str, number: int) -> Issue:
        """The newest issue of a day, or a particular one; the first is made when it is first asked for, once it is due."""
        start = _start_of(day)
        if start is None:
            return Issue(day, refusal=codes.NO_STATEMENT)
        found = self._ledger.read(lambda connection: self._stored(connection, day, number))
        if found or number > 1:
            return found or Issue(day, refusal=codes.NO_STATEMENT)
        if self._clock.local() < start + READY_AFTER:
            return Issue(day, refusal=codes.STATEMENT_NOT_READY)
        if day < self._ledger.read(lambda connection: str(connection.execute("select day from opened").fetchone()[0])):
            return Issue(day, refusal=codes.NO_STATEMENT)
        return await self._ledger.write(lambda connection: self._first(connection, day))

    def _first(self, connection: sqlite3.Connection, day: str) -> Issue:
        return self._stored(connection, day, 0) or self._make(connection, day, {})[0]

    async def issue(self, day: str, differences: Mapping[str, int]) -> tuple[Issue, Path]:
        """Make a new issue of a day, whether or not it is over, with so many differences of each kind.

        Returns the issue and where its answer sheet lies. Raises ValueError for an unknown difference or one that finds no line.
        """
        if _start_of(day) is None or any(kind not in DIFFERENCES for kind in differences):
            raise ValueError("unknown day or difference")
        issue, sheet = await self._ledger.write(lambda connection: self._make(connection, day, differences))
        place = self._folder / self._name(day, issue.number, "answers.json")
        place.write_text(seal(sheet), encoding="utf-8")
        place.chmod(0o600)
        return issue, place

    def _make(self, connection: sqlite3.Connection, day: str, differences: Mapping[str, int]) -> tuple[Issue, Note]:
        true_lines = lines_of(connection, day)
        planted: list[Note] = [
            {"difference": MIDNIGHT, **move_past_midnight(connection, day, self._chance)} for _ in range(differences.get(MIDNIGHT, 0))
        ]
        lines = lines_of(connection, day)
        for kind, plant in PLANTERS.items():
            planted += [{"difference": kind, **plant(lines, self._chance)} for _ in range(differences.get(kind, 0))]
        number = 1 + connection.execute("select count(*) from issue where day = ?", (day,)).fetchone()[0]
        content = render(lines, self._partner, day, number, self._clock.local())
        for kind in [one for one in DAMAGES if differences.get(one)]:
            content = DAMAGES[kind](content)
            planted.append({"difference": kind})
        connection.execute("insert into issue values (?, ?, ?)", (day, number, content))
        sheet: Note = {"partner": self._partner, "day": day, "issue": number, "planted": planted}
        sheet |= {"true_lines": len(true_lines), "true_sums": sums_of(true_lines)}
        return Issue(day, number, content, file_name=self._name(day, number, "txt")), sheet

    def _stored(self, connection: sqlite3.Connection, day: str, number: int) -> Issue | None:
        row = connection.execute(
            "select issue, content from issue where day = ?1 and (issue = ?2 or ?2 = 0) order by issue desc limit 1",
            (day, number),
        ).fetchone()
        return Issue(day, row[0], row[1], file_name=self._name(day, row[0], "txt")) if row else None

    def _name(self, day: str, number: int, ending: str) -> str:
        return f"statement_{self._partner}_{day}_{number}.{ending}"


def _start_of(day: str) -> datetime | None:
    try:
        start = datetime.strptime(day, "%Y%m%d").replace(tzinfo=CHINA)
    except ValueError:
        return None
    return start if day_of(start) == day else None
