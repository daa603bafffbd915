"""The steps of a carrier's day: cut-off, snapshot, statement, match with its cases. Each can be repeated, and gives the same bytes."""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bank_settle import cases, files_in
from bank_settle.carriers import lines, pairing
from bank_settle.carriers.kinds import DOUBTFUL
from bank_settle.carriers.match import Break, Result, Sight, match
from bank_settle.carriers.result import render, totals
from bank_settle.configuration import Carrier
from bank_settle.days import Day
from bank_settle.files.errors import BadFile
from bank_settle.files.profile import load_profile
from bank_settle.files.reading import Reading
from bank_settle.files_in import FileIn
from bank_settle.parts import Parts
from bank_settle.waiting import NotYet, Why
from recharge import CannotTell, StatementNotReady

Facts = Mapping[str, Any]
Tick = Callable[[int], None]


class Residue(Exception):
    """The match does not explain the whole difference: a mistake of ours, never of the data."""


class CarrierSteps:
    """What is done for one carrier. Each step returns its facts and what else it writes in the transaction that ends it."""

    def __init__(self, parts: Parts, carrier: Carrier, tick: Tick = lambda _: None) -> None:
        self._parts, self._carrier, self._tick = parts, carrier, tick

    def cut(self, day: Day) -> Facts:
        """The carrier's day must be over, and every order of it sent. Orders without an end are listed. Raises NotYet."""
        _, end = self._parts.local(day.day, self._carrier.zone)
        if self._parts.clock.now() < end:
            raise NotYet(Why.DAY_NOT_OVER)
        return {"until": end.isoformat()}

    def snapshot(self, day: Day) -> Facts:
        """Every attempt of the carrier's day with what was booked for it, frozen."""
        begin, end = self._parts.local(day.day, self._carrier.zone)
        facts = self._parts.books.attempts(self._carrier.link, begin, end)
        with self._parts.archive.writing() as (file, done):
            count = _write_blocks(map(lines.ours_line, self._counted(facts)), file.write)
            return {"sha256": done(), "count": count}

    def statement(self, day: Day) -> tuple[Facts, Callable[[Connection], None]]:
        """The carrier's statement, checked whole, sorted and kept. Raises NotYet."""
        if self._carrier.form == "link":
            raw, rows = None, self._from_link(day.day)
        else:
            raw = self._inbox(day.day)
            rows = self._from_file(raw, day.day)
        with self._parts.archive.writing() as (file, done):
            try:
                count = lines.write_sorted(map(lines.theirs_line, self._counted(rows)), file)
            except BadFile as error:
                raise NotYet(Why.BAD_FILE, name=raw.name if raw else "", reason=error) from error
            sha256 = done()
        kept = sha256 if raw is None else self._parts.archive.keep(raw)
        path = self._parts.archive.path(kept)
        name = f"{self._carrier.link} {day.day}" if raw is None else raw.name
        item = FileIn(self._carrier.scope, day.day, 0, kept, self._carrier.form, name, path.stat().st_size, {"count": count})
        now = self._parts.clock.now()
        return {"sha256": sha256, "raw": kept, "count": count}, lambda connection: _register(connection, item, now)

    def matched(self, day: Day) -> tuple[Facts, Callable[[Connection], None]]:
        """The three-way match, its result as a file, and the cases."""
        result = self._match(day)
        if result.residue_minor:
            raise Residue(f"{day.scope} {day.day}: {result.residue_minor}")
        sha256 = self._parts.archive.keep_bytes(render(result))
        codes = {item.party_id: item.code for item in self._parts.books.parties()}
        found = [_found(day, item, codes) for item in result.breaks]

        def also(connection: Connection) -> None:
            cases.put(connection, day.scope, day.day, found)
            pairing.pair(connection, day.scope, day.day, found)

        return {"sha256": sha256, **totals(result)}, also

    def _match(self, day: Day) -> Result:
        archive, zone = self._parts.archive, ZoneInfo(self._carrier.zone)
        made = self._parts.books.made_at

        def lookup(numbers: list[int]) -> dict[int, lines.Ours]:
            found = self._parts.books.attempts_by_reference(self._carrier.link, numbers)
            return {number: lines.read_ours(lines.ours_line(fact)) for number, fact in found.items()}

        sight = Sight(f"{day.day:%Y%m%d}", lambda text: f"{made(int(text)).astimezone(zone):%Y%m%d%H%M%S}", lookup)
        ours, theirs = archive.path(day.facts["snapshot"]["sha256"]), archive.path(day.facts["statement"]["sha256"])
        with ours.open(encoding="utf-8", newline="\n") as mine, theirs.open(encoding="utf-8", newline="\n") as told:
            return match(mine, told, sight, self._tick)

    def _from_link(self, day: date) -> Iterator[tuple[Any, ...]]:
        try:
            told = self._parts.desk.statement(self._carrier.link, day)
        except StatementNotReady as error:
            raise NotYet(Why.NO_STATEMENT) from error
        except (CannotTell, LookupError) as error:
            raise NotYet(Why.CARRIER_CANNOT_TELL, reason=str(error)[:80]) from error
        return lines.from_link(told, ZoneInfo(self._carrier.zone))

    def _inbox(self, day: date) -> Path:
        path = Path(self._carrier.inbox.format(day=day))
        if not path.is_file():
            raise NotYet(Why.NO_FILE, name=path.name)
        return path

    def _from_file(self, path: Path, day: date) -> Iterator[tuple[Any, ...]]:
        return Reading(load_profile(self._carrier.form), path, day, self._carrier.owner).rows()

    def _counted(self, rows: Iterable[Any]) -> Iterator[Any]:
        for number, row in enumerate(rows):
            if not number % 20_000:
                self._tick(number)
            yield row


def _write_blocks(texts: Iterable[str], write: Callable[[bytes], object]) -> int:
    count, block = 0, io.StringIO()
    for text in texts:
        block.write(text)
        count += 1
        if not count % 10_000:
            write(block.getvalue().encode())
            block = io.StringIO()
    write(block.getvalue().encode())
    return count


def _register(connection: Connection, item: FileIn, now: Any) -> None:
    files_in.register(connection, item, now)


def _found(day: Day, item: Break, codes: Mapping[int, str]) -> cases.Found:
    own = item.ours
    shown = ("state", "order_state", "number", "face_minor", "price_minor", "serial_number", "action")
    facts = {
        "also": list(item.also),
        "ours": None if own is None else {name: getattr(own, name) for name in shown},
        "theirs": [line._asdict() for line in item.theirs],
    }
    return cases.Found(
        scope=day.scope,
        day=day.day,
        kind=item.kind.value,
        reference=item.reference[:64],
        effect_minor=item.effect_minor,
        ours_minor=None if own is None else own.booked_minor,
        theirs_minor=sum(line.charged_minor for line in item.theirs) if item.theirs else None,
        order_id=None if own is None else own.order_id,
        party_code="" if own is None else codes.get(own.party_id, ""),
        doubtful=item.kind in DOUBTFUL,
        facts=facts,
    )
