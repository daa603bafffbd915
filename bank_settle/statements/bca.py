"""BCA's ".xls", which is an HTML table: dates without a year, amounts with CR or DB, rows still pending."""

from datetime import date
from pathlib import Path

from lxml import etree, html

from bank_settle.files.amounts import from_major
from bank_settle.files.errors import BadFile, Fault
from bank_settle.statements.model import BankLine, BankStatement, Wanted
from bank_settle.statements.safe_xml import look_first

_LARGEST = 32 * 1024 * 1024
_COLUMNS = 5
_PENDING = "PEND"


def read_bca(path: Path, wanted: Wanted) -> BankStatement:
    """The booked rows; the year follows from the statement's day, which is the last there can be. Raises BadFile."""
    look_first(path)
    if path.stat().st_size > _LARGEST:
        raise BadFile(Fault.UNREADABLE)
    try:
        root = html.fromstring(path.read_bytes(), parser=html.HTMLParser(no_network=True, encoding="utf-8"))
    except (etree.ParserError, etree.XMLSyntaxError):
        raise BadFile(Fault.SCHEMA) from None
    rows = [[" ".join("".join(map(str, cell.itertext())).split()) for cell in row.iterfind("td")] for row in root.iter("tr")]
    account = next((row[1] for row in rows if len(row) == 2 and row[0] == "No. Rekening"), "")
    if not account or not any(row[0] == "Tanggal" for row in rows if len(row) == _COLUMNS):
        raise BadFile(Fault.HEADER)
    body = [(number, row) for number, row in enumerate(rows, 1) if len(row) == _COLUMNS and row[0] != "Tanggal"]
    booked = tuple(_line(row, number, wanted) for number, row in body if row[0] != _PENDING)
    return BankStatement(account, wanted.currency, booked, pending=len(body) - len(booked))


def _line(row: list[str], number: int, wanted: Wanted) -> BankLine:
    amount_text, _, direction = row[3].partition(" ")
    if direction not in {"CR", "DB"}:
        raise BadFile(Fault.CODE, number)
    try:
        amount, balance = from_major(amount_text, wanted.minor_digits), from_major(row[4], wanted.minor_digits)
    except ValueError:
        raise BadFile(Fault.AMOUNT, number) from None
    return BankLine(_day(row[0], number, wanted.day), amount if direction == "CR" else -amount, balance, row[1][:400])


def _day(text: str, number: int, last: date) -> date:
    """The newest day dd/mm that is not after the statement's own: 31/12 on a statement of 1 January is last year's."""
    try:
        day, month = (int(part) for part in text.split("/"))
        found = date(last.year, month, day)
        return found if found <= last else date(last.year - 1, month, day)
    except ValueError:
        raise BadFile(Fault.DATE, number) from None
