"""The platform's own accounts."""

from recharge.books.database import Database
from recharge.domain.posting_rules import House


class NotSetUp(Exception):
    """The database has no platform yet: its first party opens the house accounts."""


def house_accounts(database: Database) -> House:
    """The ids of the house accounts. Raises NotSetUp."""
    text = "SELECT kind, id FROM account WHERE owner_id = 0 AND kind IN ('hold', 'revenue', 'bank', 'adjustment')"
    with database.read() as connection:
        found = {row[0]: row[1] for row in database.rows(connection, text)}
    try:
        return House(found["hold"], found["revenue"], found["bank"], found["adjustment"])
    except KeyError as error:
        raise NotSetUp("register the platform party first (kongchong seed, or kongchong party add)") from error
