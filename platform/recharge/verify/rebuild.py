"""Derives every kept balance and counter from postings and orders alone, and names what the books have stored otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass

from recharge.books.database import Database
from recharge.books.statements import AnyRow
from recharge.verify.reader import Books, day_text, snapshot

OUTWARD = ("recharge", "bill_payment")
# A sale that ended in nothing, or was taken back, was counted out again on its own day.
UNCOUNTED = ("failed", "reversed")
_SOLD = "o.kind IN (?, ?) AND o.state NOT IN (?, ?)"
_SOLD_VALUES = (*OUTWARD, *UNCOUNTED)


@dataclass(frozen=True, slots=True)
class Difference:
    """One stored figure that is not what it should be. `what` is balance, day_count, day_minor, month_count, month_minor (of an
    account), orders or face_minor (of a usage scope); amounts in minor units, counts plain."""

    owner: str
    what: str
    stored: int
    derived: int


def differences(database: Database) -> list[Difference]:
    """Every stored figure that differs from the one derived; empty when the books are right."""
    with snapshot(database) as books:
        return list(all_differences(books))


def all_differences(books: Books) -> Iterator[Difference]:
    """The same within a snapshot that is open already."""
    yield from _balances(books)
    yield from _counters(books)
    yield from _usage(books)


_BALANCES = """
SELECT a.id, a.kind, a.owner_id, a.balance_minor, COALESCE(p.total, 0), COALESCE(c.waiting, 0) FROM account a
LEFT JOIN (SELECT account_id, SUM(amount_minor) AS total FROM posting GROUP BY account_id) p ON p.account_id = a.id
LEFT JOIN (SELECT account_id, SUM(amount_minor) AS waiting FROM accrual GROUP BY account_id) c ON c.account_id = a.id
WHERE a.balance_minor IS NOT NULL AND a.balance_minor + COALESCE(c.waiting, 0) <> COALESCE(p.total, 0) ORDER BY a.id
"""


def _balances(books: Books) -> Iterator[Difference]:
    for account_id, kind, owner_id, stored, total, waiting in books.rows(_BALANCES):
        yield Difference(_account(account_id, kind, owner_id), "balance", int(stored), int(total) - int(waiting))


_COUNTERS = f"""
SELECT a.id, a.kind, a.owner_id, a.day, a.month, a.day_count, a.day_minor, a.month_count, a.month_minor,
 SUM(CASE WHEN o.business_date = a.day THEN 1 ELSE 0 END), SUM(CASE WHEN o.business_date = a.day THEN o.face_minor ELSE 0 END),
 COUNT(o.id), SUM(COALESCE(o.face_minor, 0))
FROM account a LEFT JOIN orders o ON o.party_id = a.owner_id AND SUBSTR(o.business_date, 1, 7) = a.month AND {_SOLD}
WHERE a.kind = 'deposit'
GROUP BY a.id, a.kind, a.owner_id, a.day, a.month, a.day_count, a.day_minor, a.month_count, a.month_minor ORDER BY a.id
"""  # put together from the constants above
_NAMES = ("day_count", "day_minor", "month_count", "month_minor")


def _counters(books: Books) -> Iterator[Difference]:
    for row in books.rows(_COUNTERS, *_SOLD_VALUES):
        yield from _counter_differences(row)


def _counter_differences(row: AnyRow) -> Iterator[Difference]:
    owner = f"{_account(row[0], row[1], row[2])} {day_text(row[3]) or ''}"
    for name, stored, derived in zip(_NAMES, row[5:9], row[9:13], strict=True):
        if int(stored) != int(derived or 0):
            yield Difference(owner, name, int(stored), int(derived or 0))


_TOTALS = "SELECT scope, period, SUM(orders), SUM(face_minor) FROM usage_total GROUP BY scope, period"
_WAITING = "SELECT scope, business_date, SUM(orders), SUM(face_minor) FROM usage_accrual GROUP BY scope, business_date"
_SALES = f"SELECT o.business_date, COUNT(*), SUM(o.face_minor) FROM orders o WHERE {_SOLD} GROUP BY o.business_date"
_Sums = dict[tuple[str, str], tuple[int, int]]


def _usage(books: Books) -> Iterator[Difference]:
    """The platform's totals, and those of all tiers together (which tier a party had on a past day is not written down)."""
    derived = _derived_usage(books)
    stored: _Sums = {}
    for scope, period, count, face in books.rows(_TOTALS):
        _add(stored, (scope, period), count, face)
    for scope, day, count, face in books.rows(_WAITING):
        _add(stored, (scope, day), count, face)
        _add(stored, (scope, day[:7]), count, face)
    for key in sorted({*derived, *stored}):
        yield from _usage_differences(key, stored.get(key, (0, 0)), derived.get(key, (0, 0)))


def _derived_usage(books: Books) -> _Sums:
    derived: _Sums = {}
    for day, count, face in books.rows(_SALES, *_SOLD_VALUES):
        for scope in ("platform", "tier"):
            for period in (str(day_text(day)), str(day_text(day))[:7]):
                _add(derived, (scope, period), count, face)
    return derived


def _add(sums: _Sums, key: tuple[str, str], count: int, face_minor: int) -> None:
    before = sums.get(key, (0, 0))
    sums[key] = (before[0] + int(count), before[1] + int(face_minor))


def _usage_differences(key: tuple[str, str], stored: tuple[int, int], derived: tuple[int, int]) -> Iterator[Difference]:
    for name, is_stored, should in zip(("orders", "face_minor"), stored, derived, strict=True):
        if is_stored != should:
            yield Difference(" ".join(key), name, is_stored, should)


def _account(account_id: int, kind: str, owner_id: int) -> str:
    return f"{account_id} ({kind} {owner_id})"
