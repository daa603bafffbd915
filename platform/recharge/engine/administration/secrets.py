"""Secrets that processes need and no person reads: wrapped under the local master key, never changed, only followed."""

from sqlalchemy import func, select

from recharge.books.tables.control import secret
from recharge.engine.administration import checks
from recharge.engine.administration.errors import bad
from recharge.engine.administration.office import Change, Desk, Duty, duty

_LONGEST = 900
_MOST_NAME = 64


class Secrets(Desk):
    """Keeping secrets: link keys, terminal keys, SIM master keys."""

    @duty(Duty.SECRETS)
    def keep(self, change: Change, purpose: str, name: str, value: bytes) -> int:
        """Keep a secret (1 to 900 bytes) as the newest version under its purpose and name; the version's id."""
        if not 1 <= len(value) <= _LONGEST:
            raise bad("length", len(value))
        match = (secret.c.purpose == purpose) & (secret.c.name == name)
        version = (change.connection.scalar(select(func.max(secret.c.version)).where(match)) or 0) + 1
        return _insert(change, purpose, name, version, change.keys.wrap(purpose, name, version, value))

    @duty(Duty.SECRETS)
    def keep_wrapped(self, change: Change, purpose: str, name: str, version: int, wrapped: bytes) -> int:
        """Keep a secret that the key store has wrapped, as the version it was wrapped for; the version's id."""
        change.keys.unwrap(purpose, name, version, wrapped)
        return _insert(change, purpose, name, version, wrapped)


def _insert(change: Change, purpose: str, name: str, version: int, wrapped: bytes) -> int:
    if not purpose or not name:
        raise bad("name", name)
    checks.printable("purpose", purpose, 24)
    checks.printable("name", name, _MOST_NAME)
    secret_id = change.ids.next()
    row = {"id": secret_id, "purpose": purpose, "name": name, "version": version, "wrapped": wrapped, "created_at": change.now}
    change.insert(secret, "secret", name, **row)
    change.note("secret_kept", f"{purpose}:{name}", version=version)
    return secret_id
