"""Unique amounts: an agent that wants to deposit is told an amount that nobody else is told meanwhile, a few fen above what it wants."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select

from bank_settle import tables
from bank_settle.banks.matching import Ticket
from recharge import BadAmount, Database, TooManyTickets, stored

MOST_ABOVE = 999


class NoAmountLeft(Exception):
    """All amounts near the wanted one are open for somebody."""


class TicketRules(NamedTuple):
    """How long a ticket runs, and how many a party may have running at once."""

    hours: int
    most: int


def open_ticket(database: Database, account: str, party_code: str, wanted_minor: int, now: datetime, rules: TicketRules) -> Ticket:
    """The party's own ticket for this amount while it runs, or the smallest free amount above it, reserved.

    Raises NoAmountLeft, TooManyTickets, BadAmount. Of several that a party asks for at once, one more than it may have can be opened.

    Unique keys decide between those who ask at once, of an amount (open_key) and of an asker (asked_key): who comes second looks again.
    """
    if wanted_minor < 1:
        raise BadAmount(str(wanted_minor))
    return database.retrying(lambda connection: _open(connection, account, party_code, wanted_minor, now, rules))


def _open(connection: Connection, account: str, party_code: str, wanted_minor: int, now: datetime, rules: TicketRules) -> Ticket:
    _expire(connection, now)
    table, asked_key = tables.ticket, f"{account}:{party_code}:{wanted_minor}"
    own = connection.execute(select(table).where(table.c.asked_key == asked_key)).one_or_none()
    if own is not None:
        return _ticket(own)
    # Nobody may take all amounts near one away from the others.
    running = (table.c.account == account) & (table.c.party_code == party_code) & table.c.asked_key.is_not(None)
    if (connection.scalar(select(func.count()).where(running)) or 0) >= rules.most:
        raise TooManyTickets(rules.most)
    amount, expires = _free_amount(connection, account, wanted_minor, now), now + timedelta(hours=rules.hours)
    row = {"account": account, "amount_minor": amount, "opened_at": stored(now), "expires_at": stored(expires), "party_code": party_code}
    keys = {"open_key": f"{account}:{amount}", "asked_key": asked_key}
    connection.execute(table.insert().values(**row, wanted_minor=wanted_minor, **keys))
    return Ticket(party_code, amount, expires)


def _free_amount(connection: Connection, account: str, wanted_minor: int, now: datetime) -> int:
    """The smallest amount above the wanted one that is nobody's. One that became free at this very moment is left for the next."""
    table = tables.ticket
    near = (table.c.account == account) & table.c.amount_minor.between(wanted_minor + 1, wanted_minor + MOST_ABOVE)
    told = table.c.open_key.is_not(None) | (table.c.opened_at == stored(now))
    taken = set(connection.scalars(select(table.c.amount_minor).where(near & told)))
    free = (wanted_minor + above for above in range(1, MOST_ABOVE + 1) if wanted_minor + above not in taken)
    found = next(free, None)
    if found is None:
        raise NoAmountLeft(str(wanted_minor))
    return found


def tickets_of(connection: Connection, account: str) -> dict[int, tuple[Ticket, ...]]:
    """All tickets of an account by amount, the newest first."""
    table = tables.ticket
    found: dict[int, list[Ticket]] = {}
    for row in connection.execute(select(table).where(table.c.account == account).order_by(table.c.opened_at.desc())):
        found.setdefault(row.amount_minor, []).append(_ticket(row))
    return {amount: tuple(tickets) for amount, tickets in found.items()}


def open_tickets(connection: Connection, now: datetime) -> list[Row[Any]]:
    """Tickets of all accounts whose amount is still waited for, the next to expire first."""
    table = tables.ticket
    wanted = table.c.open_key.is_not(None) & (table.c.expires_at > stored(now))
    return list(connection.execute(select(table).where(wanted).order_by(table.c.expires_at, table.c.account, table.c.amount_minor)))


def close_ticket(connection: Connection, account: str, amount_minor: int) -> None:
    """The money came: the amount is free again."""
    mine = tables.ticket.c.open_key == f"{account}:{amount_minor}"
    connection.execute(tables.ticket.update().where(mine).values(open_key=None, asked_key=None))


def _expire(connection: Connection, now: datetime) -> None:
    """Tickets that are over are not told again; a day later they give their amount back: until then late money finds whose it may be."""
    table = tables.ticket
    over = table.c.asked_key.is_not(None) & (table.c.expires_at <= stored(now))
    connection.execute(table.update().where(over).values(asked_key=None))
    old = table.c.open_key.is_not(None) & (table.c.expires_at < stored(now - timedelta(days=1)))
    connection.execute(table.update().where(old).values(open_key=None))


def _ticket(row: Row[Any]) -> Ticket:
    return Ticket(row.party_code, row.amount_minor, row.expires_at.replace(tzinfo=UTC), row.open_key is not None)
