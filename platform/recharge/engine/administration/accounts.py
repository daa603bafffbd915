"""Opening accounts: a party's two, a link's stock, the house's own."""

from sqlalchemy import select

from recharge.books.tables.ledger import account
from recharge.engine.administration.office import Change

HOUSE_ACCOUNTS = ("hold", "revenue", "bank", "adjustment")
HOUSE = 0
# A reversal claws commission back that its earner may have moved to the deposit already: the account must be able to show it.
COMMISSION_FLOOR_MINOR = -(10**15)


def open_account(change: Change, kind: str, owner_id: int, balance_minor: int | None, floor_minor: int = 0) -> int:
    """A new account; its id. `balance_minor` is None for an account whose balance is derived from its postings."""
    account_id = change.ids.next()
    change.connection.execute(
        account.insert().values(id=account_id, kind=kind, owner_id=owner_id, balance_minor=balance_minor, floor_minor=floor_minor)
    )
    return account_id


def open_house_accounts(change: Change) -> None:
    """The platform's own accounts, once."""
    for kind in HOUSE_ACCOUNTS:
        open_account(change, kind, HOUSE, balance_minor=None)


def account_id(change: Change, kind: str, owner_id: int) -> int:
    """The id of an account that was opened with its owner."""
    match = (account.c.kind == kind) & (account.c.owner_id == owner_id)
    return int(change.connection.execute(select(account.c.id).where(match)).scalar_one())
