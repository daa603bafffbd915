"""Reads a file by its profile: every line, every total and the checksum are compared before the caller may believe one line."""

import csv
import hashlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bank_settle.files.amounts import from_major, from_minor, to_major
from bank_settle.files.errors import BadFile, Fault
from bank_settle.files.profile import BANK_FIELDS, CARRIER_FIELDS, ColumnRule, Frame, Profile

_BLOCK = 4 * 1024 * 1024
Convert = Callable[[str], Any]
_Numbered = tuple[int, str]
_Framed = tuple[Frame, str, int]


@dataclass(slots=True)
class Totals:
    """What the detail lines add up to: their number, and the sum of each amount field."""

    count: int = 0
    sums: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Reading:
    """One pass over one file. `rows()` must be used up: only then have the totals been compared, and only then may a line be used."""

    profile: Profile
    path: Path
    day: date
    owner: str = ""
    totals: Totals = field(default_factory=Totals)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The detail lines as tuples in the order of CARRIER_FIELDS or BANK_FIELDS. Raises BadFile."""
        size = self._size()
        if size == 0:
            if self.profile.empty_file == "refused":
                raise BadFile(Fault.EMPTY)
            return
        # Closed here, not when the refusal that names the line is forgotten.
        with closing(self._lines()) as lines:
            yield from self._counted(enumerate(lines, 1))

    def _counted(self, lines: Iterator[_Numbered]) -> Iterator[tuple[Any, ...]]:
        frames = self._frames(lines)
        convert, dates = _converter(self.profile), _DateRule(self.profile, self.day)
        places = [place for place, name in enumerate(_fields(self.profile)) if name.endswith("_minor")]
        sums, count = [0] * len(places), 0
        for number, text in self._without_trailer(lines, frames):
            row = convert(text, number)
            dates.check(row, number)
            for at, place in enumerate(places):
                sums[at] += row[place] or 0
            count += 1
            yield row
        self.totals = Totals(count, {_fields(self.profile)[place]: sums[at] for at, place in enumerate(places)})
        for frame, text, number in frames:
            self._check_frame(frame, text, number)

    def _without_trailer(self, lines: Iterator[_Numbered], frames: list[_Framed]) -> Iterator[_Numbered]:
        """The detail lines; where the profile has a trailer, the last line is kept back for the frames."""
        trailer = self.profile.trailer
        if trailer is None:
            yield from lines
            return
        last = next(lines, None)
        if last is None:
            raise BadFile(Fault.TRAILER)
        for following in lines:
            yield last
            last = following
        frames.append((trailer, last[1], last[0]))

    def _frames(self, lines: Iterator[_Numbered]) -> list[_Framed]:
        for _ in range(self.profile.skip_lines):
            next(lines, None)
        if self.profile.header is None:
            return []
        number, text = next(lines, (0, ""))
        if not number:
            raise BadFile(Fault.HEADER)
        # Day and owner are looked at first: the wrong file is told so, and not that its sums differ.
        for name, value in self._framed(self.profile.header, text, number, Fault.HEADER):
            if name in {"day", "owner"}:
                self._check_one(name, value, number, Fault.HEADER)
        return [(self.profile.header, text, number)]

    def _framed(self, frame: Frame, text: str, number: int, fault: Fault) -> list[tuple[str, str]]:
        values = text.split(frame.delimiter or self.profile.delimiter or "|")
        if len(values) != len(frame.fields):
            raise BadFile(fault, number)
        return list(zip(frame.fields, values, strict=True))

    def _check_frame(self, frame: Frame, text: str, number: int) -> None:
        fault = Fault.TRAILER if frame is self.profile.trailer else Fault.HEADER
        for name, value in self._framed(frame, text, number, fault):
            self._check_one(name, value.strip(), number, fault)

    def _check_one(self, name: str, value: str, number: int, fault: Fault) -> None:
        if name == "-":
            return
        expected, kind = self._expected(name, fault)
        if value != expected and not (kind in {Fault.COUNT, Fault.TOTAL} and value.lstrip("0") == expected.lstrip("0")):
            raise BadFile(kind, number)

    def _expected(self, name: str, fault: Fault) -> tuple[str, Fault]:
        if name.startswith("="):
            return name[1:], fault
        if name.startswith("sum"):
            how, _, what = name.partition(":")
            total = self.totals.sums.get(what, 0)
            return (to_major(total) if how == "sum_yuan" else str(total)), Fault.TOTAL
        match name:
            case "count":
                return str(self.totals.count), Fault.COUNT
            case "day":
                return f"{self.day:{self.profile.day_format}}", Fault.WRONG_DAY
            case "owner":
                return self.owner, Fault.WRONG_OWNER
            case _:
                return self._digest_before_last(), Fault.CHECKSUM

    def _size(self) -> int:
        try:
            size = self.path.stat().st_size
        except OSError as error:
            raise BadFile(Fault.UNREADABLE) from error
        if size > self.profile.largest_mb * 1024 * 1024:
            raise BadFile(Fault.UNREADABLE, detail=f"> {self.profile.largest_mb} MB")
        return size

    def _lines(self) -> Generator[str]:
        """The file's lines without their ends; blocks are decoded as a whole, which costs far less than line by line."""
        ending = "\r\n" if self.profile.line_end == "crlf" else "\n"
        done = 0
        with self.path.open("rb") as file:
            while block := file.readlines(_BLOCK):
                text = _decoded(b"".join(block), self.profile.encoding, done)
                lines = text.split(ending)
                stray = text.replace(ending, "")
                if lines.pop() or "\r" in stray or "\n" in stray:
                    raise BadFile(Fault.LINE, done + len(block))
                done += len(block)
                yield from lines

    def _digest_before_last(self) -> str:
        content_end = self.path.stat().st_size
        with self.path.open("rb") as file:
            file.seek(max(0, content_end - 65536))
            tail = file.read()
            start = content_end - len(tail) + tail.rstrip(b"\r\n").rfind(b"\n") + 1
            file.seek(0)
            digest, left = hashlib.sha256(), start
            while left and (piece := file.read(min(left, _BLOCK))):
                digest.update(piece)
                left -= len(piece)
        return digest.hexdigest()


def _decoded(content: bytes, encoding: str, lines_before: int) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadFile(Fault.ENCODING, lines_before + content[: error.start].count(b"\n") + 1) from None


def _fields(profile: Profile) -> Sequence[str]:
    return CARRIER_FIELDS if profile.target == "carrier" else BANK_FIELDS


class _DateRule:
    """Each line's own date against the file's day."""

    def __init__(self, profile: Profile, day: date) -> None:
        self._rule, self._day = profile.date_rule, day
        self._place = _fields(profile).index("at" if profile.target == "carrier" else "date")
        self._text = f"{day:%Y%m%d}"

    def check(self, row: tuple[Any, ...], number: int) -> None:
        stood = row[self._place]
        if self._rule == "any" or not stood:
            return
        text = stood[:8] if isinstance(stood, str) else f"{stood:%Y%m%d}"
        if text != self._text and not (self._rule == "day_or_before" and text < self._text):
            raise BadFile(Fault.DATE, number)


def _converter(profile: Profile) -> Callable[[str, int], tuple[Any, ...]]:
    """A function from one line's text to its tuple, made once for a file."""
    split, columns = _splitter(profile), profile.columns
    filled = [(place, column, _conversion(column)) for place, column in enumerate(columns) if column.field]
    fields = _fields(profile)
    blank = {name: (None if name == "balance_minor" else 0 if name.endswith("_minor") else "") for name in fields}
    start = blank | dict(profile.defaults)
    copies = tuple(profile.same_as.items())

    def convert(text: str, number: int) -> tuple[Any, ...]:
        values = split(text)
        if len(values) != len(columns):
            raise BadFile(Fault.LINE, number)
        found = start.copy()
        for place, column, read in filled:
            try:
                value = read(values[place].strip())
            except (ValueError, KeyError):
                raise BadFile(_FAULTS.get(column.kind, Fault.LINE), number, column.field) from None
            found[column.field] = found[column.field] + value if column.joined and found[column.field] else value
        for to, source in copies:
            found[to] = found[source]
        if profile.target == "bank":
            _signed(found)
        return tuple([found[name] for name in fields])

    return convert


def _signed(found: dict[str, Any]) -> None:
    """One signed amount, however the bank tells the direction: a sign column, or a column each for in and out."""
    if "in_minor" in found or "out_minor" in found:
        found["amount_minor"] = abs(found.get("in_minor") or 0) - abs(found.get("out_minor") or 0)
    elif found.get("sign") == "out":
        found["amount_minor"] = -abs(found["amount_minor"])


_FAULTS = {"fen": Fault.AMOUNT, "yuan": Fault.AMOUNT, "date": Fault.DATE, "moment": Fault.DATE, "code": Fault.CODE}


def _splitter(profile: Profile) -> Callable[[str], list[str]]:
    if profile.delimiter is None:
        return _fixed([column.width or 0 for column in profile.columns])
    delimiter = profile.delimiter
    if profile.quoted:
        return lambda text: _unquoted(text, delimiter)
    return lambda text: text.split(delimiter)


def _unquoted(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        # No number of columns is 0: the line is refused with its number.
        return []


def _fixed(widths: list[int]) -> Callable[[str], list[str]]:
    ends = [sum(widths[: place + 1]) for place in range(len(widths))]
    total = ends[-1]

    def split(text: str) -> list[str]:
        # Chinese counts as two columns in a bank's fixed width.
        wide = text.encode("gb18030", "replace")
        if len(wide) != total:
            return []
        return [wide[end - width : end].decode("gb18030", "replace") for end, width in zip(ends, widths, strict=True)]

    return split


def _conversion(column: ColumnRule) -> Convert:
    if column.kind == "fen":
        return lambda text: from_minor(text) if text else 0
    if column.kind == "yuan":
        return lambda text: from_major(text) if text else 0
    if column.kind == "code":
        return dict(column.codes).__getitem__
    if column.kind == "digits":
        return _digits
    if column.kind == "date":
        return lambda text: datetime.strptime(text, column.format).date()  # noqa: DTZ007  a date has no zone
    if column.kind == "moment":
        return _moment(column)
    return str


def _digits(text: str) -> str:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return text


def _moment(column: ColumnRule) -> Convert:
    lengths = {"%Y%m%d%H%M%S": 14, "%Y%m%d": 8, "%H%M%S": 6}
    if (length := lengths.get(column.format)) is None:
        return lambda text: datetime.strptime(text, column.format).strftime("%Y%m%d%H%M%S")  # noqa: DTZ007  the carrier's local time

    def plain(text: str) -> str:
        # Looked at digit by digit only where it is not plainly right: strptime costs more than all the rest of a line.
        if len(text) != length or not (text.isascii() and text.isdigit()):
            raise ValueError(text)
        day, clock = (text[:8], text[8:]) if length != 6 else ("", text)
        if (day and not ("0101" <= day[4:] <= "1231" and day[6:] <= "31" and day[6:] != "00")) or (
            clock and not (clock[:2] < "24" and clock[2:4] < "60" and clock[4:] < "60")
        ):
            raise ValueError(text)
        return text

    return plain
