"""I15: no service password or key in any text column, by canaries a caller planted and by what a password field looks like."""

import re
from collections.abc import Iterator, Sequence
from itertools import compress

from sqlalchemy import String, inspect

from recharge.verify.findings import Detail
from recharge.verify.findings import lazy_gettext as _
from recharge.verify.reader import Books

# Shorter columns hold codes and names; a packet or a fact that could carry a password needs room.
_ROOMY = 100
_WORDS = ("password", "passwd", "digits", "pin", "密码", "口令", "sandi")
_FIELD = re.compile(r"(?:password|passwd|digits|(?<![a-z])pin|密码|口令|sandi)[\w]*\W{1,8}(?<!\d)\d{6}(?!\d)", re.IGNORECASE)


def leaked(books: Books, canaries: Sequence[str]) -> Iterator[Detail]:
    """Every column with a canary in it (whole digits groups only, so that a telephone number is no hit), or with a password field."""
    for table, column, roomy in _text_columns(books):
        if canaries:
            yield from _canaries(books, table, column, canaries)
        if roomy:
            yield from _fields(books, table, column)


def _text_columns(books: Books) -> Iterator[tuple[str, str, bool]]:
    """(table, column, whether it has room) of all tables that have rows, also those of the channels."""
    inspector = inspect(books.connection)
    for table in _filled(books, sorted(inspector.get_table_names())):
        for column in inspector.get_columns(table):
            kind = column["type"]
            if kind.python_type in {str, bytes}:
                yield table, column["name"], isinstance(kind, String) and (kind.length is None or kind.length >= _ROOMY)


def _filled(books: Books, tables: Sequence[str]) -> Iterator[str]:
    """Those of the tables that have rows, asked for at once: what an empty one looks like need not be found out."""
    looks = ", ".join(f"EXISTS (SELECT 1 FROM {_quoted(books, table)})" for table in tables)
    return compress(tables, books.rows(f"SELECT {looks}")[0])


def _canaries(books: Books, table: str, column: str, canaries: Sequence[str]) -> Iterator[Detail]:
    wanted = re.compile("|".join(rf"(?<!\d){re.escape(canary)}(?!\d)" for canary in canaries))
    values = _like(books, table, column, canaries)
    if hits := sum(1 for value in values if wanted.search(value)):
        yield Detail(_("{table}.{column}有{count}处出现了测试密码"), {"table": table, "column": column, "count": hits})


def _fields(books: Books, table: str, column: str) -> Iterator[Detail]:
    if hits := sum(1 for value in _like(books, table, column, _WORDS) if _FIELD.search(value)):
        yield Detail(_("{table}.{column}有{count}处像是密码"), {"table": table, "column": column, "count": hits})


def _like(books: Books, table: str, column: str, words: Sequence[str]) -> Iterator[str]:
    quoted, name = _quoted(books, column), _quoted(books, table)
    # One of the databases tells capitals from small letters.
    conditions = " OR ".join(f"LOWER({quoted}) LIKE ? OR {quoted} LIKE ?" for _word in words)
    text = f"SELECT {quoted} FROM {name} WHERE {conditions}"  # names the database itself gave
    for (value,) in books.rows(text, *(pattern for word in words for pattern in (f"%{word.lower()}%", f"%{word}%"))):
        yield value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _quoted(books: Books, name: str) -> str:
    return f'"{name}"' if books.database.is_sqlite else f"`{name}`"
