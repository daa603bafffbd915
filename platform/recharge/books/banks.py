"""Which account of the books a bank account of ours has."""

from typing import NamedTuple

from sqlalchemy import Connection

from recharge.books.database import Database

_BY_CODE = "SELECT b.id, a.id FROM bank_account b JOIN account a ON a.kind = 'bank' AND a.owner_id = b.id WHERE b.code = ?"


class BankLedger(NamedTuple):
    """A bank's account in the books. `bank_id` is None for the one that stands for all banks without an account of their own."""

    bank_id: int | None
    account_id: int


def bank_ledger(database: Database, connection: Connection, code: str) -> BankLedger | None:
    """The account of the bank account with that code; None where there is none."""
    rows = database.rows(connection, _BY_CODE, [code])
    return BankLedger(int(rows[0][0]), int(rows[0][1])) if rows else None
