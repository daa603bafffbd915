"""Who is signed in: sessions kept in the site's own table, so that any of them can be ended from the server's side."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Row, or_

from recharge import Database
from web.tables import session

IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=8)
# A click is not worth a write: how far `seen_at` may lag behind.
TOUCH_EVERY = timedelta(seconds=30)
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser. `token` is what its cookie carries; times aware UTC."""

    token: str
    endpoint_id: int
    language: str
    created_at: datetime
    seen_at: datetime


class Sessions:
    """The table of sessions. Only the digest of a token is stored. Every call may raise SQLAlchemy's errors while the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, endpoint_id: int, language: str, address: str, now: datetime) -> Session:
        """A new session under a new token; what has run out for the same login is cleared away."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        row = {
            "endpoint_id": endpoint_id,
            "language": language,
            "address": address[:45],
            "created_at": _stored(now),
            "seen_at": _stored(now),
        }
        with self._database.write() as connection:
            connection.execute(session.delete().where(session.c.endpoint_id == endpoint_id, _run_out(now)))
            connection.execute(session.insert().values(token_digest=digest(token), **row))
        return Session(token, endpoint_id, language, now, now)

    def find(self, token: str, now: datetime) -> Session | None:
        """The session behind a cookie's token, unless it was ended, stood idle too long or is too old."""
        with self._database.read() as connection:
            wanted = session.select().where(session.c.token_digest == digest(token), ~_run_out(now))
            row = connection.execute(wanted).one_or_none()
        return None if row is None else _session(token, row)

    def touch(self, found: Session, now: datetime) -> None:
        """Note that its person did something."""
        if now - found.seen_at < TOUCH_EVERY:
            return
        with self._database.write() as connection:
            connection.execute(session.update().where(_is(found)).values(seen_at=_stored(now)))

    def speak(self, found: Session, language: str) -> None:
        """Keep the language its person chose."""
        with self._database.write() as connection:
            connection.execute(session.update().where(_is(found)).values(language=language))

    def end(self, found: Session) -> None:
        """End one session: its cookie opens nothing from now on."""
        with self._database.write() as connection:
            connection.execute(session.delete().where(_is(found)))

    def look(self) -> None:
        """Read something: raises SQLAlchemy's errors while the database is away."""
        with self._database.read() as connection:
            connection.execute(session.select().limit(1))

    def end_all(self, endpoint_id: int) -> int:
        """End every session of a login; how many there were."""
        with self._database.write() as connection:
            return connection.execute(session.delete().where(session.c.endpoint_id == endpoint_id)).rowcount


def digest(token: str) -> str:
    """What stands in the table for a token: its SHA-256 in hex. The token has 256 random bits, so it needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def _is(found: Session) -> ColumnElement[bool]:
    return session.c.token_digest == digest(found.token)


def _run_out(now: datetime) -> ColumnElement[bool]:
    return or_(session.c.seen_at <= _stored(now - IDLE), session.c.created_at <= _stored(now - ABSOLUTE))


def _stored(moment: datetime) -> datetime:
    # Whole seconds, rounded down, are what both databases keep in a DATETIME.
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def _session(token: str, row: Row[tuple[object, ...]]) -> Session:
    return Session(token, row.endpoint_id, row.language, row.created_at.replace(tzinfo=UTC), row.seen_at.replace(tzinfo=UTC))
