"""One shape for every bank's statement, and the checks that hold for all of them."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from bank_settle.files.errors import BadFile, Fault


class BankLine(NamedTuple):
    """One booked movement. `amount_minor` is positive for what came in; `balance_minor` is the balance after it where the bank tells it."""

    day: date
    amount_minor: int
    balance_minor: int | None
    text: str
    payer_account: str = ""
    payer_name: str = ""
    virtual_account: str = ""
    our_reference: str = ""
    bank_reference: str = ""
    reversal: bool = False


@dataclass(frozen=True, slots=True)
class BankStatement:
    """A statement of one account. `number` is the bank's own count of statements (None: it does not count)."""

    account: str
    currency: str
    lines: tuple[BankLine, ...]
    opening_minor: int | None = None
    closing_minor: int | None = None
    number: int | None = None
    pending: int = field(default=0, compare=False)

    @property
    def moved_minor(self) -> int:
        """What all lines add up to."""
        return sum(line.amount_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose statement and which day is looked for."""

    account: str
    currency: str
    day: date
    minor_digits: int = 2


def checked(statement: BankStatement, wanted: Wanted) -> BankStatement:
    """The statement, if account, currency, days, balances and references hold. Raises BadFile."""
    if statement.account and statement.account != wanted.account:
        raise BadFile(Fault.WRONG_OWNER)
    if statement.currency and statement.currency != wanted.currency:
        raise BadFile(Fault.CURRENCY, detail=statement.currency)
    for number, line in enumerate(statement.lines, 1):
        if line.day > wanted.day:
            raise BadFile(Fault.DATE, number)
    _check_twice(statement.lines)
    filled = _with_balances(statement)
    opening, closing = filled.opening_minor, filled.closing_minor
    if opening is not None and closing is not None and opening + filled.moved_minor != closing:
        raise BadFile(Fault.BALANCE)
    return filled


def _check_twice(lines: Iterable[BankLine]) -> None:
    seen = set()
    for number, line in enumerate(lines, 1):
        key = (line.bank_reference, line.amount_minor, line.balance_minor)
        if line.bank_reference and key in seen:
            raise BadFile(Fault.TWICE, number)
        seen.add(key)


def _with_balances(statement: BankStatement) -> BankStatement:
    """Where every line tells the balance after it, they must follow one another; opening and closing then follow from them."""
    lines = statement.lines
    if not lines or any(line.balance_minor is None for line in lines):
        return statement
    before: int | None = None
    for number, line in enumerate(lines, 1):
        after = line.balance_minor or 0
        if before is not None and before + line.amount_minor != after:
            raise BadFile(Fault.BALANCE, number)
        before = after
    first = (lines[0].balance_minor or 0) - lines[0].amount_minor
    opening = first if statement.opening_minor is None else statement.opening_minor
    closing = before if statement.closing_minor is None else statement.closing_minor
    return replace(statement, opening_minor=opening, closing_minor=closing)


def line_ids(account: str, lines: Iterable[BankLine]) -> Iterator[int]:
    """A number for each line that follows from what the bank said, so that a line imported twice is one line.

    The bank's own reference where it has one; else date, amount, balance and text, with an ordinal for lines that are alike.
    """
    alike: dict[tuple[object, ...], int] = {}
    for line in lines:
        said = (line.bank_reference, line.amount_minor, line.balance_minor)
        key = said if line.bank_reference else (line.day, line.amount_minor, line.balance_minor, line.text, line.payer_account)
        alike[key] = alike.get(key, 0) + 1
        digest = hashlib.sha256(repr((account, key, alike[key])).encode()).digest()
        yield int.from_bytes(digest[:8], "big") >> 1


def breaks_between(before: BankStatement | None, after: BankStatement) -> list[str]:
    """What does not hold between two statements that follow each other: names of cases (bank_opening, bank_gap)."""
    found: list[str] = []
    if before is None:
        return found
    if None not in (before.closing_minor, after.opening_minor) and before.closing_minor != after.opening_minor:
        found.append("bank_opening")
    if before.number is not None and after.number is not None and after.number != 1 and after.number != before.number + 1:
        found.append("bank_gap")
    return found
