"""The carrier platform's daily statement: checked whole before one line of it is believed (section 8)."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime

from recharge.domain.outcomes import OutcomeState
from recharge.suppliers.carrier_platform.settings import CARRIER_ZONE
from recharge.suppliers.contract import CannotTell, StatementKind, StatementLine

LARGEST_STATEMENT = 512 * 1024 * 1024
_TITLE, _OFFSET = "空中充值日对账单", "+08:00"
_KINDS = {"R": StatementKind.RECHARGE, "B": StatementKind.BILL_PAYMENT, "V": StatementKind.REVERSAL}
_STATES = {"SUCCESS": OutcomeState.SUCCESS, "PARTIAL": OutcomeState.SUCCESS, "REVERSED": OutcomeState.REVERSED}
_HEADER_FIELDS, _DETAIL_FIELDS, _TRAILER_FIELDS = 7, 13, 6


def read_statement(body: bytes, partner: str, day: date) -> list[StatementLine]:
    """All lines of a statement. Raises CannotTell, naming the line, when anything at all is wrong with it."""
    head, details, trailer = _pieces(body)
    _check_header(head, partner, day)
    lines = [_line(fields, number) for number, fields in enumerate(_split(details), 1)]
    _check_trailer(trailer, lines, body[: len(body) - len(trailer.encode("gb18030")) - 1])
    return lines


def _pieces(body: bytes) -> tuple[str, list[str], str]:
    try:
        text = body.decode("gb18030")
    except UnicodeDecodeError:
        raise CannotTell("statement: not GB18030") from None
    if not text.endswith("\n") or "\r" in text:
        raise CannotTell("statement: line ends")
    lines = text[:-1].split("\n")
    if len(lines) < 2:
        raise CannotTell("statement: no header or no trailer")
    return lines[0], lines[1:-1], lines[-1]


def _check_header(header: str, partner: str, day: date) -> None:
    fields = header.split("|")
    right = ("H", partner, f"{day:%Y%m%d}", _OFFSET, _TITLE)
    if len(fields) != _HEADER_FIELDS or (*fields[:3], *fields[5:]) != right:
        raise CannotTell("statement: header")


def _split(details: list[str]) -> Iterator[list[str]]:
    for number, detail in enumerate(details, 1):
        fields = detail.split("|")
        if len(fields) != _DETAIL_FIELDS or fields[0] != "D" or fields[1] != str(number):
            raise CannotTell(f"statement: detail {number}")
        yield fields


def _line(fields: list[str], number: int) -> StatementLine:
    try:
        return StatementLine(
            kind=_KINDS[fields[2]],
            reference=fields[3],
            original_reference=fields[4],
            supplier_reference=fields[5],
            serial_number=fields[6],
            number=fields[7],
            amount_minor=int(fields[8]),
            charged_minor=int(fields[9]),
            delivered_minor=int(fields[10]),
            state=_STATES[fields[11]],
            finished_at=datetime.strptime(fields[12], "%Y%m%d%H%M%S").replace(tzinfo=CARRIER_ZONE).astimezone(UTC),
        )
    except (KeyError, ValueError):
        raise CannotTell(f"statement: detail {number}") from None


def _check_trailer(trailer: str, lines: list[StatementLine], before: bytes) -> None:
    fields = trailer.split("|")
    sums = [
        len(lines),
        sum(line.amount_minor for line in lines),
        sum(line.charged_minor for line in lines),
        sum(line.delivered_minor for line in lines),
    ]
    right = ["T", *map(str, sums), hashlib.sha256(before).hexdigest()]
    if len(fields) != _TRAILER_FIELDS or fields != right:
        raise CannotTell("statement: trailer")
