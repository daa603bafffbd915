"""Bank accounts that have an account of their own in the books: one where the platform keeps its money at several banks."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from recharge.books.tables.ledger import bank_account
from recharge.engine.administration import checks
from recharge.engine.administration.accounts import open_account
from recharge.engine.administration.office import Change, Desk, Duty, duty


class Banks(Desk):
    """Bank accounts in the books. Without any, all money at banks stands in one account, `bank`."""

    @duty(Duty.LINKS)
    def register(self, change: Change, code: str, name: str) -> int:
        """A bank account with its account in the books, `bank:CODE` from then on; its id. What stands in `bank` stays there until two
        people book it over."""
        code = checks.code("code", code)
        bank_id = change.ids.next()
        change.insert(bank_account, "bank", code, id=bank_id, code=code, name=checks.name(name))
        open_account(change, "bank", bank_id, balance_minor=None)
        change.note("bank_added", f"bank:{code}", name=name)
        return bank_id

    def all(self) -> Sequence[Row[Any]]:
        """Every bank account, by code."""
        with self.office.database.read() as connection:
            return connection.execute(select(bank_account).order_by(bank_account.c.code)).all()
