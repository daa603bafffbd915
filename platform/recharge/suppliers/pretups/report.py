"""The operator's day report of a dealer's transfers, CSV: checked whole before one line of it is believed (docs/link-pretups.md)."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from recharge.domain.outcomes import OutcomeState
from recharge.suppliers.amounts import Unit, minor_of
from recharge.suppliers.contract import CannotTell, StatementKind, StatementLine
from recharge.suppliers.pretups.settings import PretupsSettings

LARGEST_REPORT = 256 * 1024 * 1024
HEAD = ("TRANSFER_ID", "TRANSFER_DATE", "SERVICE", "EXT_REF_NUM", "ORIGINAL_EXT_REF_NUM", "RECEIVER_MSISDN", "AMOUNT", "STATUS")
_KINDS = {"RC": StatementKind.RECHARGE, "PPB": StatementKind.BILL_PAYMENT, "REV": StatementKind.REVERSAL}
_STATES = {"200": OutcomeState.SUCCESS, "REVERSED": OutcomeState.REVERSED}
_TOTAL = "TOTAL"


def read_report(body: bytes, day: date, settings: PretupsSettings, minor_digits: int) -> list[StatementLine]:
    """All lines of a day's report. Raises CannotTell, naming the line, when anything at all is wrong with it."""
    rows = _rows(body)
    if not rows or tuple(rows[0]) != HEAD:
        raise CannotTell("report: head")
    reader = _Reader(day, settings, minor_digits)
    lines = [reader.line(row, number) for number, row in enumerate(rows[1:-1], 1)]
    reader.check_total(rows[-1], lines)
    if len({line.supplier_reference for line in lines}) != len(lines):
        raise CannotTell("report: a transfer twice")
    return lines


def _rows(body: bytes) -> list[list[str]]:
    try:
        text = body.decode("utf-8")
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise CannotTell("report: not CSV in UTF-8") from None


class _Reader:
    """Reads the lines of one day."""

    def __init__(self, day: date, settings: PretupsSettings, minor_digits: int) -> None:
        self._day, self._settings, self._minor_digits = day, settings, minor_digits
        self._zone = ZoneInfo(settings.zone)
        self._unit = Unit.MINOR if settings.unit is Unit.MINOR else Unit.DECIMAL

    def line(self, row: Sequence[str], number: int) -> StatementLine:
        """One line. Raises CannotTell."""
        if len(row) != len(HEAD):
            raise CannotTell(f"report: line {number}")
        transfer, at, service, reference, original, receiver, amount, status = row
        kind, state, minor = _KINDS.get(service), _STATES.get(status), minor_of(amount, self._unit, self._minor_digits)
        customer = self._national(receiver)
        if kind is None or state is None or minor is None or minor <= 0 or not transfer or not customer:
            raise CannotTell(f"report: line {number}")
        sign = -1 if kind is StatementKind.REVERSAL else 1
        moved = sign * minor
        return StatementLine(kind, reference, original, transfer, transfer, customer, moved, moved, moved, state, self._moment(at, number))

    def _moment(self, text: str, number: int) -> datetime:
        try:
            at = datetime.strptime(text, self._settings.date_format).replace(tzinfo=self._zone)
        except ValueError:
            raise CannotTell(f"report: line {number}") from None
        if at.date() != self._day:
            raise CannotTell(f"report: line {number} is of another day")
        return at.astimezone(UTC)

    def _national(self, receiver: str) -> str:
        """The number as the books have it; "" where it is written otherwise than this link writes numbers."""
        prefix = self._settings.number_prefix
        if not receiver.isdecimal() or not receiver.startswith(prefix):
            return ""
        return ("0" if self._settings.drop_zero else "") + receiver.removeprefix(prefix)

    def check_total(self, row: Sequence[str], lines: Sequence[StatementLine]) -> None:
        """The last line says how many there are, and their amounts together: a report that was cut off has none. Raises CannotTell."""
        total = sum(line.amount_minor for line in lines)
        if len(row) != 3 or row[0] != _TOTAL or row[1] != str(len(lines)) or minor_of(row[2], self._unit, self._minor_digits) != total:
            raise CannotTell("report: total")
