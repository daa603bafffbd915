"""Values written out in a statement's own text, for MariaDB, whose driver does it value by value and spends more on it than the server
on the statement.

Only what the server must not mistake for syntax is escaped: the quote and the backslash, in a character set (utf8mb4) of whose longer
characters no part is either (MariaDB, "String Literals"; MySQL manual, mysql_real_escape_string). Types that are not listed are refused.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

_MARK = "?"
# As many as stay far below the server's max_allowed_packet, whose least common setting is 16 MiB.
_ROWS_A_STATEMENT = 1000
_INSERT = re.compile(r"(INSERT INTO .* VALUES )\(\?(?:, ?\?)*\)( ON (?:CONFLICT|DUPLICATE KEY) .*)?", re.DOTALL)
_ESCAPES = str.maketrans({"'": "''", "\\": "\\\\"})


def _text(value: str) -> str:
    return f"'{value.translate(_ESCAPES)}'" if "'" in value or "\\" in value else f"'{value}'"


def _octets(value: bytes) -> str:
    return f"x'{value.hex()}'"


def _moment(value: datetime) -> str:
    if value.tzinfo is not None:
        raise TypeError("a moment is stored without its zone: see tables/metadata.py")
    return f"'{value.isoformat(' ')}'"


_LITERALS: dict[type, Callable[[Any], str]] = {
    int: int.__repr__,
    str: _text,
    bytes: _octets,
    bool: lambda value: "1" if value else "0",
    type(None): lambda _: "NULL",
    date: lambda value: f"'{value.isoformat()}'",
    datetime: _moment,
}
# How a row of plain values is written in one go; None by a conversion of no width after its word, octets once they are hexadecimal.
_NUMBER, _QUOTED, _OCTETS, _NULL = "%d", "'%s'", "x'%s'", "NULL%.0s"


class _Form(NamedTuple):
    """How rows of the same types are written, how many quotes are in that, and which places have octets."""

    text: str
    quotes: int
    octets: tuple[int, ...]


_FORMS: dict[type, str] = {str: _QUOTED, bytes: _OCTETS, type(None): _NULL}


def literal(value: Any) -> str:
    """One value. Raises TypeError for a type no column has."""
    write = _LITERALS.get(type(value))
    if write is None:
        if not isinstance(value, int):
            raise TypeError(f"no column takes a {type(value).__name__}")
        # A member of an IntEnum.
        write = int.__repr__
    return write(value)


def row_literals(row: Sequence[Any]) -> str:
    """A row's values with commas between them. Raises TypeError."""
    form = _form_of(tuple(map(type, row)))
    if form is not None:
        written = form.text % (_readable(row, form.octets) if form.octets else tuple(row))
        # No quote but those of the form, and no backslash: then no value needed escaping.
        if written.count("'") == form.quotes and "\\" not in written:
            return written
    return ",".join(map(literal, row))


def _readable(row: Sequence[Any], octets: Sequence[int]) -> tuple[Any, ...]:
    values = list(row)
    for place in octets:
        values[place] = values[place].hex()
    return tuple(values)


@cache
def _form_of(types: tuple[type, ...]) -> _Form | None:
    forms = [_NUMBER if issubclass(kind, int) else _FORMS.get(kind, "") for kind in types]
    octets = tuple(place for place, form in enumerate(forms) if form == _OCTETS)
    return _Form(",".join(forms), 2 * (forms.count(_QUOTED) + len(octets)), octets) if all(forms) else None


def filled(statement: str, values: Sequence[Any]) -> str:
    """A statement written with `?`, its values in their places. Raises ValueError where marks and values differ in number."""
    parts = statement.split(_MARK)
    if len(parts) != len(values) + 1:
        raise ValueError(f"{len(parts) - 1} marks for {len(values)} values")
    return "".join(chain.from_iterable(zip(parts, [*map(literal, values), ""], strict=True)))


def many_filled(statement: str, rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    """One statement for many rows of values: an INSERT becomes multi-row ones, any other is filled row by row."""
    ends = ends_of(statement)
    if ends is None:
        yield from (filled(statement, row) for row in rows)
        return
    heading, tail = ends
    for start in range(0, len(rows), _ROWS_A_STATEMENT):
        yield heading + ",".join([f"({row_literals(row)})" for row in rows[start : start + _ROWS_A_STATEMENT]]) + tail


@cache
def ends_of(statement: str) -> tuple[str, str] | None:
    """An INSERT written with one row of `?`: what stands before that row, and after it; None for any other statement."""
    found = _INSERT.fullmatch(statement)
    return (found[1], found[2] or "") if found else None
