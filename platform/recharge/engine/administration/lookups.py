"""Rows by the names people use for them. Each raises AdministrationError(UNKNOWN_OBJECT) for a name that is not there."""

from typing import Any

from sqlalchemy import Connection, Row, Table, select

from recharge.books.tables.catalogue import carrier, product
from recharge.books.tables.ledger import bank_account
from recharge.books.tables.parties import endpoint, party, person, tier
from recharge.books.tables.suppliers import link
from recharge.domain.requests import EndpointKind
from recharge.engine.administration.errors import unknown

_TABLES: dict[str, Table] = {
    "party": party,
    "person": person,
    "tier": tier,
    "carrier": carrier,
    "product": product,
    "link": link,
    "bank": bank_account,
}


def find(connection: Connection, kind: str, code: str) -> Row[Any] | None:
    """The row of that kind with that code, or None."""
    table = _TABLES[kind]
    return connection.execute(select(table).where(table.c.code == code.strip().upper())).first()


def row_of(connection: Connection, kind: str, code: str) -> Row[Any]:
    """The row of that kind with that code."""
    found = find(connection, kind, code)
    if found is None:
        raise unknown(kind, code)
    return found


def id_of(connection: Connection, kind: str, code: str) -> int:
    """Its id."""
    return int(row_of(connection, kind, code).id)


def id_or_none(connection: Connection, kind: str, code: str | None) -> int | None:
    """Its id; None for no code."""
    return None if code is None else id_of(connection, kind, code)


def find_endpoint(connection: Connection, kind: EndpointKind, identity: str) -> Row[Any] | None:
    """An endpoint by what names it, or None."""
    match = (endpoint.c.kind == kind.value) & (endpoint.c.identity == identity.strip())
    return connection.execute(select(endpoint).where(match)).first()


def endpoint_of(connection: Connection, kind: EndpointKind, identity: str) -> Row[Any]:
    """An endpoint by what names it."""
    found = find_endpoint(connection, kind, identity)
    if found is None:
        raise unknown("endpoint", identity)
    return found
