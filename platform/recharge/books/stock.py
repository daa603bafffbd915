"""Which account each link's stock is kept in."""

from sqlalchemy import Connection

from recharge.books.database import Database


def stock_accounts(database: Database, connection: Connection) -> dict[int, int]:
    """link id -> account id."""
    rows = database.rows(connection, "SELECT owner_id, id FROM account WHERE kind = 'stock'")
    return {row[0]: row[1] for row in rows}
