"""Number ranges from a table, and the numbers that moved to another carrier with their owner."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, select

from recharge.books.changes import CATALOGUE
from recharge.books.tables.catalogue import carrier, number_range, ported_number
from recharge.domain.numbers import LONGEST_PREFIX
from recharge.engine.administration import checks, lookups
from recharge.engine.administration.errors import AdministrationCode, AdministrationError, unknown
from recharge.engine.administration.office import Change, Desk, Duty, duty

COLUMNS = ["prefix", "carrier", "province"]
_MOST_PROVINCE = 24
_MOST_TOLD = 10
_CHUNK = 500
Line = tuple[str, str, str]


class Ranges(Desk):
    """Changes of the number range table and of ported numbers."""

    @duty(Duty.CATALOGUE)
    def load(self, change: Change, text: str, *, replace: bool = False) -> int:
        """Take in a table `prefix,carrier,province` (CSV with that heading); the number of ranges in it.

        The whole table is looked at before any line is used: one bad line and nothing changes (AdministrationError(BAD_RANGES) names up to
        ten). Prefixes already known are overwritten; with `replace`, those the table does not name are dropped.
        """
        carriers: Mapping[str, int] = {row.code: row.id for row in change.connection.execute(select(carrier.c.code, carrier.c.id))}
        lines = _checked(text, carriers)
        if replace:
            change.connection.execute(number_range.delete())
        for chunk in _chunks(lines):
            _write(change.connection, chunk, carriers)
        change.note("ranges_loaded", "ranges", ranges=len(lines), replace=replace)
        change.stale(CATALOGUE, 0)
        return len(lines)

    @duty(Duty.CATALOGUE)
    def port(self, change: Change, number: str, carrier_code: str, since: datetime | None = None) -> None:
        """A number that left its range's carrier: from now on it is recharged at this one."""
        checks.digits("number", number)
        moment = change.now if since is None else checks.aware("since", since)
        carrier_id = lookups.id_of(change.connection, "carrier", carrier_code)
        change.connection.execute(ported_number.delete().where(ported_number.c.number == number))
        change.insert(ported_number, "number", number, number=number, carrier_id=carrier_id, since=moment)
        change.note("number_ported", f"number:{number}", carrier=carrier_code)
        change.stale(CATALOGUE, 0)

    @duty(Duty.CATALOGUE)
    def unport(self, change: Change, number: str) -> None:
        """A number that came back to its range's carrier."""
        if change.connection.execute(ported_number.delete().where(ported_number.c.number == number)).rowcount == 0:
            raise unknown("number", number)
        change.note("number_unported", f"number:{number}")
        change.stale(CATALOGUE, 0)


def _checked(text: str, carriers: Mapping[str, int]) -> list[Line]:
    """The lines of the table. Raises AdministrationError(BAD_RANGES) with the places of what is wrong."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    lines: dict[str, Line] = {}
    wrong: list[str] = []
    try:
        if next(reader, None) != COLUMNS:
            raise _bad_ranges([f"1: {','.join(COLUMNS)}?"])
        for row in reader:
            fault = _fault(row, carriers, lines)
            if fault:
                wrong.append(f"{reader.line_num}: {fault}")
            elif row:
                lines[row[0]] = (row[0], row[1], row[2])
    except csv.Error as error:
        wrong.append(f"{reader.line_num}: {error}")
    if wrong or not lines:
        raise _bad_ranges(wrong or ["1: 0"])
    return list(lines.values())


def _fault(row: list[str], carriers: Mapping[str, int], earlier: Mapping[str, Line]) -> str:
    """The field that is wrong, as it stands in the table; "" for a good or an empty line."""
    if not row:
        return ""
    if len(row) != len(COLUMNS):
        return ",".join(row)[:40]
    prefix, carrier_code, province = row
    if not (2 <= len(prefix) <= LONGEST_PREFIX and prefix.isascii() and prefix.isdigit()) or prefix in earlier:
        return prefix or "?"
    if carrier_code not in carriers:
        return carrier_code or "?"
    return province[:40] if len(province) > _MOST_PROVINCE or not province.isprintable() else ""


def _bad_ranges(wrong: list[str]) -> AdministrationError:
    more = f"; … {len(wrong)}" if len(wrong) > _MOST_TOLD else ""
    return AdministrationError(AdministrationCode.BAD_RANGES, lines="; ".join(wrong[:_MOST_TOLD]) + more)


def _chunks(lines: list[Line]) -> Iterator[list[Line]]:
    rest = iter(lines)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def _write(connection: Connection, chunk: list[Line], carriers: Mapping[str, int]) -> None:
    connection.execute(number_range.delete().where(number_range.c.prefix.in_([line[0] for line in chunk])))
    rows = [{"prefix": prefix, "carrier_id": carriers[code], "province": province} for prefix, code, province in chunk]
    connection.execute(number_range.insert(), rows)
