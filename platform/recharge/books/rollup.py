"""The roll-up: accruals drained into the figures they belong to. A row is added and deleted in one transaction, so each counts once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from recharge.books.database import Database, RetryTransaction
from recharge.books.statements import marks

# Larger batches hold the accounts' rows for longer and gain nothing (database.md, section 2).
BATCH = 2000

_CREDIT = "UPDATE account SET balance_minor = balance_minor + ?, version = version + 1 WHERE id = ? AND balance_minor + ? >= floor_minor"
_COUNT = "UPDATE usage_total SET orders = orders + ?, face_minor = face_minor + ? WHERE scope = ? AND scope_id = ? AND period = ?"
_FIRST_COUNT = "INSERT INTO usage_total (orders, face_minor, scope, scope_id, period) VALUES (?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class RolledUp:
    """One pass: rows drained, and the accounts that were left alone because they would have gone under their floor."""

    rows: int
    held_back: frozenset[int] = frozenset()


def roll_up(database: Database) -> RolledUp:
    """Drain everything that waits, batch by batch. Any number of processes may do it at the same time."""
    rows, held_back = 0, frozenset[int]()
    while (batch := drain_accruals(database, held_back)).rows or batch.held_back:
        rows, held_back = rows + batch.rows, held_back | batch.held_back
    while counted := drain_usage(database):
        rows += counted
    return RolledUp(rows, held_back)


def drain_accruals(database: Database, leave: Collection[int] = ()) -> RolledUp:
    """One batch of commission accruals into their accounts' balances; accounts in `leave` are not looked at.

    An account whose sum would take it under its floor (commission taken back after it was moved out) keeps its accruals: they
    are still counted as undrained, and go in with later credits.
    """
    if not _waiting(database, "accrual"):
        return RolledUp(0)
    return database.retrying(lambda connection: _drain_accruals(database, connection, sorted(leave)))


def _drain_accruals(database: Database, connection: Connection, leave: Sequence[int]) -> RolledUp:
    condition = f" WHERE account_id NOT IN ({marks(leave)})" if leave else ""
    text = f"SELECT id, account_id, amount_minor FROM accrual{condition} ORDER BY id LIMIT ?{database.skip_locked}"
    rows = database.rows(connection, text, [*leave, BATCH])
    sums: dict[int, int] = defaultdict(int)
    for _, account, amount in rows:
        sums[account] += amount
    # In the order of ids, like everybody who locks several accounts.
    credited = {account for account in sorted(sums) if _credit(database, connection, account, sums[account])}
    done = [row[0] for row in rows if row[1] in credited]
    _delete(database, connection, "accrual", done)
    return RolledUp(len(done), frozenset(sums) - credited)


def _credit(database: Database, connection: Connection, account: int, amount_minor: int) -> bool:
    return database.change(connection, _CREDIT, (amount_minor, account, amount_minor)) == 1


def drain_usage(database: Database) -> int:
    """One batch of what tiers and the platform sold into the totals of its day and of its month; the number of rows drained."""
    if not _waiting(database, "usage_accrual"):
        return 0
    return database.retrying(lambda connection: _drain_usage(database, connection))


def _drain_usage(database: Database, connection: Connection) -> int:
    text = f"SELECT id, scope, scope_id, business_date, orders, face_minor FROM usage_accrual ORDER BY id LIMIT ?{database.skip_locked}"
    rows = database.rows(connection, text, [BATCH])
    for key, (orders, face_minor) in sorted(_usage_sums(rows).items()):
        _count(database, connection, (orders, face_minor, *key))
    _delete(database, connection, "usage_accrual", [row[0] for row in rows])
    return len(rows)


def _usage_sums(rows: Iterable[Sequence[Any]]) -> dict[tuple[str, int, str], tuple[int, int]]:
    sums: dict[tuple[str, int, str], tuple[int, int]] = {}
    for _, scope, scope_id, day, orders, face_minor in rows:
        for period in (day, day[:7]):
            before = sums.get((scope, scope_id, period), (0, 0))
            sums[scope, scope_id, period] = (before[0] + orders, before[1] + face_minor)
    return sums


def _count(database: Database, connection: Connection, values: tuple[Any, ...]) -> None:
    if database.change(connection, _COUNT, values):
        return
    try:
        database.change(connection, _FIRST_COUNT, values)
    except IntegrityError as error:
        raise RetryTransaction("the total was begun by another process") from error


def _delete(database: Database, connection: Connection, table: str, ids: Sequence[int]) -> None:
    if not ids:
        return
    if database.change(connection, f"DELETE FROM {table} WHERE id IN ({marks(ids)})", ids) != len(ids):
        raise RetryTransaction(f"{table}: another process drained the same rows")


def _waiting(database: Database, table: str) -> bool:
    """Looked at first, so that an idle roll-up never takes SQLite's write lock."""
    with database.read() as connection:
        return bool(database.rows(connection, f"SELECT 1 FROM {table} LIMIT 1"))
