"""The bank's lines as they are kept: each once for ever, and what became of it."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from bank_settle import tables
from bank_settle.statements.model import BankLine, line_ids

NEW, MATCHED, SUSPENSE, EXPLAINED = "new", "matched", "suspense", "explained"
_AT_ONCE = 500


def keep(connection: Connection, account: str, lines: Iterable[BankLine]) -> int:
    """Keep lines that were not here yet; how many were."""
    lines = list(lines)
    numbered = list(zip(line_ids(account, lines), lines, strict=True))
    known: set[int] = set()
    for start in range(0, len(numbered), _AT_ONCE):
        some = [number for number, _ in numbered[start : start + _AT_ONCE]]
        known |= set(connection.scalars(select(tables.line.c.id).where(tables.line.c.id.in_(some))))
    rows = [_row(account, number, place, line) for place, (number, line) in enumerate(numbered, 1) if number not in known]
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(tables.line.insert(), rows[start : start + _AT_ONCE])
    return len(known)


def _row(account: str, number: int, place: int, line: BankLine) -> dict[str, Any]:
    return {
        "id": number,
        "account": account,
        "day": line.day,
        "position": place,
        "amount_minor": line.amount_minor,
        "balance_minor": line.balance_minor,
        "text": line.text[:400],
        "payer_account": line.payer_account[:40],
        "payer_name": line.payer_name[:140],
        "virtual_account": line.virtual_account[:40],
        "our_reference": line.our_reference[:64],
        "bank_reference": line.bank_reference[:64],
        "state": NEW,
        "rule": "reversal" if line.reversal else "",
        "matched": "",
        "order_number": "",
    }


def drop_missing(connection: Connection, account: str, day: date, lines: Iterable[BankLine]) -> list[Row[Any]]:
    """After a corrected statement: lines of the day that it does not have any more go; those already dealt with are returned instead."""
    wanted = set(line_ids(account, list(lines)))
    here = connection.execute(select(tables.line).where(tables.line.c.account == account, tables.line.c.day == day)).all()
    gone = [row for row in here if row.id not in wanted]
    for row in gone:
        if row.state in {NEW, SUSPENSE}:
            connection.execute(tables.line.delete().where(tables.line.c.id == row.id))
    return [row for row in gone if row.state not in {NEW, SUSPENSE}]


def waiting(connection: Connection, account: str, until: date) -> list[Row[Any]]:
    """Lines nobody has decided on, in the bank's order."""
    table = tables.line
    wanted = (table.c.account == account) & (table.c.state == NEW) & (table.c.day <= until)
    return list(connection.execute(select(table).where(wanted).order_by(table.c.day, table.c.position, table.c.id)))


def of_day(connection: Connection, account: str, day: date) -> list[Row[Any]]:
    """All lines of a day."""
    table = tables.line
    query = select(table).where(table.c.account == account, table.c.day == day).order_by(table.c.position, table.c.id)
    return list(connection.execute(query))


def in_suspense(connection: Connection, account: str | None = None) -> list[Row[Any]]:
    """Money that came in and is nobody's yet, oldest first."""
    table = tables.line
    wanted: ColumnElement[bool] = table.c.state == SUSPENSE
    if account is not None:
        wanted &= table.c.account == account
    return list(connection.execute(select(table).where(wanted).order_by(table.c.day, table.c.account, table.c.position)))


def one(connection: Connection, number: int) -> Row[Any]:
    """A line. Raises LookupError."""
    row = connection.execute(select(tables.line).where(tables.line.c.id == number)).one_or_none()
    if row is None:
        raise LookupError(f"no bank line {number}")
    return row


def mark(connection: Connection, number: int, state: str, rule: str, matched: str = "", order_number: str = "") -> None:
    """Write what became of a line."""
    values = {"state": state, "rule": rule, "matched": matched, "order_number": order_number}
    connection.execute(tables.line.update().where(tables.line.c.id == number).values(**values))
