"""The back office's commands on key versions: bring a new one in, make it the active one, end one."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from recharge import Database, stored
from stk_sms import tables
from stk_sms.cards.errors import CardError, CardProblem
from stk_sms.cards.keyring import MasterKeys
from stk_sms.cards.reading import CardReader
from stk_sms.cards.records import MOST_KEY_VERSION, KeyState, KeyVersion
from stk_sms.packet import Algorithm
from stk_sms.packet.diversify import check_master_key

_KEY_SET = re.compile("[A-Za-z0-9_-]{1,24}")


class KeyDesk:
    """Commands on the key versions of key sets: pending, active, retiring, dead, and never back."""

    def __init__(self, database: Database, masters: MasterKeys, now: Callable[[], datetime]) -> None:
        self._database, self._masters, self._now = database, masters, now
        self._reader = CardReader(database)

    def versions(self, key_set: str) -> list[KeyVersion]:
        """The versions of a key set with their states."""
        return self._reader.versions(key_set)

    def add(self, key_set: str, algorithm: Algorithm, kic: bytes, kid: bytes) -> int:
        """Bring in two master keys as the next version, pending. Raises CardError."""
        if not _KEY_SET.fullmatch(key_set):
            raise CardError(CardProblem.BAD_KEY_SET, key_set=key_set)
        for key in (kic, kid):
            try:
                check_master_key(algorithm, key)
            except ValueError as error:
                raise CardError(CardProblem.BAD_KEY, why=str(error)) from error
        if kic == kid:
            raise CardError(CardProblem.BAD_KEY, why="KIc and KID are the same")
        used = self._reader.versions(key_set)
        version = used[-1].version + 1 if used else 1
        if version > MOST_KEY_VERSION:
            raise CardError(CardProblem.NO_VERSION_LEFT, key_set=key_set)
        # The row comes first and is what two people at once meet at; without keys a pending version opens nothing.
        self._database.retrying(lambda connection: self._insert(connection, key_set, version, algorithm))
        self._masters.keep(key_set, version, kic, kid)
        return version

    def activate(self, key_set: str, version: int, keep: timedelta) -> None:
        """Make a pending version the active one; the one that was active is still taken for so long. Raises CardError."""

        def work(connection: Connection) -> None:
            until = stored(self._now() + keep)
            self._move(connection, key_set, version, KeyState.PENDING, KeyState.ACTIVE)
            columns = tables.key_version.c
            former = (columns.key_set == key_set) & (columns.version != version) & (columns.state == KeyState.ACTIVE.value)
            connection.execute(tables.key_version.update().where(former).values(state=KeyState.RETIRING.value, retire_at=until))

        try:
            self._masters.open(key_set, version)
        except LookupError as error:
            raise CardError(CardProblem.NO_KEY_VERSION, version=str(version)) from error
        self._database.retrying(work)

    def kill(self, key_set: str, version: int) -> None:
        """End a version at once, whatever still uses it: nothing under it is taken any more. Raises CardError."""
        self._database.retrying(lambda connection: self._kill(connection, key_set, version))

    def end_retired(self) -> int:
        """Enter the versions whose time is over as dead; how many. They were not taken any more as it is."""
        over = (tables.key_version.c.state == KeyState.RETIRING.value) & (tables.key_version.c.retire_at <= stored(self._now()))
        ended = tables.key_version.update().where(over).values(state=KeyState.DEAD.value)
        return self._database.retrying(lambda connection: connection.execute(ended).rowcount)

    def _insert(self, connection: Connection, key_set: str, version: int, algorithm: Algorithm) -> None:
        row = {"key_set": key_set, "version": version, "algorithm": algorithm.value, "state": KeyState.PENDING.value}
        connection.execute(tables.key_version.insert().values(**row, created_at=stored(self._now())))

    @staticmethod
    def _kill(connection: Connection, key_set: str, version: int) -> None:
        columns = tables.key_version.c
        mine = (columns.key_set == key_set) & (columns.version == version) & (columns.state != KeyState.DEAD.value)
        if connection.execute(tables.key_version.update().where(mine).values(state=KeyState.DEAD.value)).rowcount != 1:
            raise CardError(CardProblem.NO_KEY_VERSION, version=str(version))

    @staticmethod
    def _move(connection: Connection, key_set: str, version: int, before: KeyState, after: KeyState) -> None:
        columns = tables.key_version.c
        mine = (columns.key_set == key_set) & (columns.version == version)
        state = connection.scalar(select(columns.state).where(mine))
        if state is None:
            raise CardError(CardProblem.NO_KEY_VERSION, version=str(version))
        changed = connection.execute(tables.key_version.update().where(mine, columns.state == before.value).values(state=after.value))
        if changed.rowcount != 1:
            raise CardError(CardProblem.WRONG_STATE, iccid=f"{key_set} {version}", state=str(state))
