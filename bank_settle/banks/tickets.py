"""Unique amounts: an agent that wants to deposit is told an amount that nobody else is told meanwhile, a few fen above what it wants."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from bank_settle import tables
from bank_settle.banks.matching import Ticket
from recharge import Database

MOST_ABOVE = 999


class NoAmountLeft(Exception):
    """All amounts near the wanted one are open for somebody."""


def open_ticket(database: Database, account: str, party_code: str, wanted_minor: int, now: datetime, hours: int) -> Ticket:
    """Reserve the smallest free amount above the wanted one. Raises NoAmountLeft."""
    for above in range(1, MOST_ABOVE + 1):
        amount = wanted_minor + above
        expires = now + timedelta(hours=hours)
        row = {"account": account, "amount_minor": amount, "opened_at": _naive(now), "expires_at": _naive(expires)}
        try:
            with database.write() as connection:
                _expire(connection, now)
                key = f"{account}:{amount}"
                connection.execute(tables.ticket.insert().values(**row, party_code=party_code, wanted_minor=wanted_minor, open_key=key))
        except IntegrityError:
            # That amount is somebody's: the next one up.
            continue
        return Ticket(party_code, amount, expires)
    raise NoAmountLeft(str(wanted_minor))


def tickets_of(connection: Connection, account: str) -> dict[int, tuple[Ticket, ...]]:
    """All tickets of an account by amount, the newest first."""
    table = tables.ticket
    found: dict[int, list[Ticket]] = {}
    for row in connection.execute(select(table).where(table.c.account == account).order_by(table.c.opened_at.desc())):
        ticket = Ticket(row.party_code, row.amount_minor, row.expires_at.replace(tzinfo=UTC), row.open_key is not None)
        found.setdefault(row.amount_minor, []).append(ticket)
    return {amount: tuple(tickets) for amount, tickets in found.items()}


def close_ticket(connection: Connection, account: str, amount_minor: int) -> None:
    """The money came: the amount is free again."""
    mine = tables.ticket.c.open_key == f"{account}:{amount_minor}"
    connection.execute(tables.ticket.update().where(mine).values(open_key=None))


def _expire(connection: Connection, now: datetime) -> None:
    """Tickets whose time was over a day ago give their amount back; until then late money still finds whose it may be."""
    old = tables.ticket.c.expires_at < _naive(now - timedelta(days=1))
    connection.execute(tables.ticket.update().where(old).values(open_key=None))


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
