"""Service passwords in the database: wrong tries written back, passwords set and changed."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from recharge.books.changes import PARTY, record_change
from recharge.books.database import Database
from recharge.books.intake_reads import CredentialRow
from recharge.books.tables.metadata import stamp
from recharge.keys.store import PASSWORD_KEY_VERSION, KeyStore, new_salt

_TRIES = "UPDATE credential SET tries = ?, locked_until = ?, locked = ? WHERE id = ?"
_SET = (
    "UPDATE credential SET salt = ?, mac = ?, key_version = ?, must_change = ?, tries = 0, locked_until = NULL, locked = ?,"
    " changed_at = ? WHERE party_id = ? AND person_id = ?"
)
_INSERT = (
    "INSERT INTO credential (id, party_id, person_id, salt, mac, key_version, must_change, tries, locked_until, locked, changed_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, 0, NULL, ?, ?)"
)


def save_tries(database: Database, connection: Connection, credentials: Iterable[CredentialRow]) -> None:
    """Write back the counted tries of the locked credentials that changed."""
    for item in credentials:
        if item.changed:
            until = None if item.state.locked_until is None else stamp(item.state.locked_until)
            database.change(connection, _TRIES, (item.state.tries, until, item.state.locked, item.id))


def set_password(
    database: Database,
    connection: Connection,
    keys: KeyStore,
    holder: tuple[int, int],
    digits: str,
    *,
    temporary: bool,
    now: datetime,
    new_id: int,
) -> None:
    """Give (party id, person id or 0) a service password; a temporary one must be changed before anything else.

    Wrong tries are forgotten and a lock is lifted: whoever sets a password has been identified.
    """
    party_id, person_id = holder
    salt = new_salt()
    mac = keys.password_mac(PASSWORD_KEY_VERSION, salt, party_id, person_id, digits)
    values = (salt, mac, PASSWORD_KEY_VERSION, temporary, False, stamp(now))
    if database.change(connection, _SET, (*values, party_id, person_id)) == 0:
        database.change(connection, _INSERT, (new_id, party_id, person_id, *values))
        record_change(connection, PARTY, party_id)
