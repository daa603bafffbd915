"""Web logins: argon2 passwords, wrong tries counted in the database, and nothing that tells a known user name from an unknown one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from recharge.books.database import Database
from recharge.books.tables.parties import endpoint, login
from recharge.clock import Clock
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.requests import EndpointKind
from recharge.keys.store import PASSWORD_KEY_VERSION, KeyStore

SHORTEST, LONGEST = 10, 128
# OWASP's second choice for argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_UNKNOWN_PLACES = 4096


@dataclass(frozen=True, slots=True)
class LoginRules:
    """After `most_tries` wrong tries in a row a login rests for `pause`."""

    most_tries: int = 5
    pause: timedelta = timedelta(minutes=15)


def check_new_login(password: str, user_name: str) -> bool:
    """Whether a password may be used for a login: 10 to 128 characters, not the user name (ASVS 6.2.1, 6.2.9)."""
    return SHORTEST <= len(password) <= LONGEST and password.casefold() != user_name.casefold()


def hash_login(password: str) -> str:
    """The argon2id text that stands for a password."""
    return _HASHER.hash(password)


class Logins:
    """Checks web logins. A try is counted and committed before the password is looked at, so that no number of parallel tries gets more."""

    def __init__(self, database: Database, clock: Clock, keys: KeyStore, rules: LoginRules | None = None) -> None:
        self._database = database
        self._clock = clock
        self._keys = keys
        self._rules = rules or LoginRules()

    def check(self, user_name: str, password: str) -> int:
        """The endpoint's id. Raises Refusal(WRONG_PASSWORD) or, while the login rests, Refusal(PASSWORD_LOCKED) with `minutes`.

        An unknown user name costs the same work and is refused in the same words, also with the same pause after as many tries.
        """
        login_id, kept = self._database.retrying(lambda connection: self._count_try(connection, user_name))
        if not _matches(kept, password[:LONGEST]):
            raise Refusal(RefusalCode.WRONG_PASSWORD)
        self._database.retrying(self._forget_tries(login_id, kept, password))
        return login_id

    def _count_try(self, connection: Connection, user_name: str) -> tuple[int, str]:
        """Take one of the tries that are left; the login's id and its hash."""
        now = self._clock.now()
        login_id, kept = self._find(connection, user_name, now)
        mine = login.c.endpoint_id == login_id
        over = mine & (login.c.locked_until <= now)
        connection.execute(login.update().where(over).values(tries=0, locked_until=None))
        free = mine & login.c.locked_until.is_(None)
        if connection.execute(login.update().where(free).values(tries=login.c.tries + 1)).rowcount == 0:
            raise self._resting(connection, login_id, now)
        used_up = free & (login.c.tries >= self._rules.most_tries)
        connection.execute(login.update().where(used_up).values(locked_until=now + self._rules.pause))
        return login_id, kept

    def _find(self, connection: Connection, user_name: str, now: datetime) -> tuple[int, str]:
        name = user_name.strip().lower()
        joined = login.join(endpoint, endpoint.c.id == login.c.endpoint_id)
        match = (endpoint.c.kind == EndpointKind.WEB_LOGIN.value) & (endpoint.c.identity == name)
        found = connection.execute(select(login.c.endpoint_id, login.c.password_hash).select_from(joined).where(match)).first()
        return (found.endpoint_id, found.password_hash) if found else self._place_of_unknown(connection, name, now)

    def _place_of_unknown(self, connection: Connection, name: str, now: datetime) -> tuple[int, str]:
        """Where wrong tries of a name nobody has are counted: one of a bounded number of places with negative ids.

        Which one depends on the master key, so that nobody can make two names meet there on purpose and learn from it.
        """
        digest = self._keys.password_mac(PASSWORD_KEY_VERSION, b"user name", 0, 0, name)
        place = -1 - int.from_bytes(digest[:8], "big") % _UNKNOWN_PLACES
        known = connection.scalar(select(login.c.endpoint_id).where(login.c.endpoint_id == place))
        if known is None:
            try:
                with connection.begin_nested():
                    connection.execute(login.insert().values(endpoint_id=place, password_hash="", tries=0, changed_at=now))
            except IntegrityError:
                # Another try for the same place was a moment earlier: both count there.
                return place, ""
        return place, ""

    def _resting(self, connection: Connection, login_id: int, now: datetime) -> Refusal:
        until = connection.scalar(select(login.c.locked_until).where(login.c.endpoint_id == login_id))
        seconds = (until - now).total_seconds() if until else 0.0
        return Refusal(RefusalCode.PASSWORD_LOCKED, {"minutes": max(1, -(-int(seconds) // 60))})

    def _forget_tries(self, login_id: int, kept: str, password: str) -> Callable[[Connection], None]:
        newer = hash_login(password) if _HASHER.check_needs_rehash(kept) else kept

        def forget(connection: Connection) -> None:
            # Only if it is still the same password: a reset meanwhile must stand.
            same = (login.c.endpoint_id == login_id) & (login.c.password_hash == kept)
            connection.execute(login.update().where(same).values(tries=0, locked_until=None, password_hash=newer))

        return forget


def _matches(kept: str, password: str) -> bool:
    """Compare, with the same work when there is nothing to compare with."""
    try:
        _HASHER.verify(kept or _nobodys_hash(), password)
    except VerifyMismatchError:
        return False
    return bool(kept)


@cache
def _nobodys_hash() -> str:
    return hash_login("a password that belongs to nobody")
