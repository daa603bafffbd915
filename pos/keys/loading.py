"""Bringing keys in: as components by different people, each with its check value, or in a TR-31 block under a protection key."""

import hmac
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from pos import tables
from pos.crypto.des import check_value, xored
from pos.crypto.tr31 import BadKeyBlock, open_block
from pos.keys.soft import SoftVault
from pos.keys.vault import Kept, KeyName, KeyUse, KeyVault
from pos.problems import OfficeError, Problem
from recharge import Database, stored

KEY_OCTETS = 16
_NAME = re.compile(r"[A-Z0-9_-]{1,24}")
_CHECKS = (4, 6, 8)
_MASTER_USAGES, _TDES = ("K0", "K1"), "T"


class KeyLoading:
    """Components wait, wrapped, until the last one is there; then they become the key and are gone.

    Components and protection keys are opened in this program's memory, by the soft store: the key they make goes into the vault.
    """

    def __init__(self, database: Database, vault: KeyVault, soft: SoftVault, now: Callable[[], datetime]) -> None:
        self._database, self._vault, self._soft, self._now = database, vault, soft, now

    def component(self, owner: str, use: KeyUse, ordinal: int, of: int, key: bytes, check: str, person: str) -> str:
        """Bring one component of a terminal's master key or of a protection key; the whole key's check value with the last, else "".

        Raises OfficeError where the check value is not the component's, or the same person brought another one.
        """
        self._check_component(owner, use, ordinal, of, key, check)
        name = KeyName(f"{owner}/{use.value}"[:64], KeyUse.COMPONENT, ordinal)
        wrapped = self._soft.keep(name, key).blob
        row = {"owner": owner, "use": use.value, "ordinal": ordinal, "wrapped": wrapped, "check_value": check.upper(), "person": person}
        return self._database.retrying(lambda connection: self._put(connection, row, of))

    def block(self, terminal: str, protection: str, text: str) -> str:
        """Take a terminal's master key out of a TR-31 block under a protection key; its check value. Raises OfficeError."""
        with self._database.read() as connection:
            found = connection.execute(select(tables.protection_key).where(tables.protection_key.c.name == protection)).one_or_none()
        if found is None:
            raise OfficeError(Problem.NO_KEY, name=protection)
        kept = Kept(KeyName(protection, KeyUse.PROTECTION, found.version), bytes(found.wrapped))
        try:
            opened = open_block(self._soft.clear(kept), text.strip())
        except BadKeyBlock as error:
            raise OfficeError(Problem.BAD_BLOCK, why=str(error)) from None
        if opened.usage not in _MASTER_USAGES or opened.algorithm != _TDES or len(opened.key) != KEY_OCTETS:
            raise OfficeError(Problem.BAD_BLOCK, why=f"{opened.usage} {opened.algorithm} {len(opened.key)}")
        self._database.retrying(lambda connection: self._keep_master(connection, terminal, opened.key))
        return check_value(opened.key).hex().upper()

    @staticmethod
    def _check_component(owner: str, use: KeyUse, ordinal: int, of: int, key: bytes, check: str) -> None:
        if use not in (KeyUse.MASTER, KeyUse.PROTECTION) or not _NAME.fullmatch(owner):
            raise OfficeError(Problem.BAD_VALUE, what="name", value=owner)
        if not 2 <= of <= 3 or not 1 <= ordinal <= of:
            raise OfficeError(Problem.BAD_VALUE, what="component", value=f"{ordinal}/{of}")
        if len(key) != KEY_OCTETS or len(check) not in _CHECKS:
            raise OfficeError(Problem.WRONG_CHECK)
        if not hmac.compare_digest(check_value(key).hex().upper()[: len(check)], check.upper()):
            raise OfficeError(Problem.WRONG_CHECK)

    def _put(self, connection: Connection, row: dict[str, Any], of: int) -> str:
        columns = tables.component.c
        mine = (columns.owner == row["owner"]) & (columns.use == row["use"])
        others = connection.execute(select(tables.component).where(mine, columns.ordinal != row["ordinal"]).with_for_update()).all()
        if any(other.person == row["person"] for other in others):
            raise OfficeError(Problem.SAME_PERSON)
        connection.execute(tables.component.delete().where(mine, columns.ordinal == row["ordinal"]))
        connection.execute(tables.component.insert().values(**row, at=stored(self._now())))
        present = connection.execute(select(tables.component).where(mine).order_by(columns.ordinal)).all()
        if [item.ordinal for item in present] != list(range(1, of + 1)):
            return ""
        key = self._together(present)
        self._keep(connection, row["owner"], KeyUse(row["use"]), key)
        connection.execute(tables.component.delete().where(mine))
        return check_value(key).hex().upper()

    def _together(self, components: Sequence[Row[Any]]) -> bytes:
        key = bytes(KEY_OCTETS)
        for item in components:
            name = KeyName(f"{item.owner}/{item.use}"[:64], KeyUse.COMPONENT, item.ordinal)
            key = xored(key, self._soft.clear(Kept(name, bytes(item.wrapped))))
        return key

    def _keep(self, connection: Connection, owner: str, use: KeyUse, key: bytes) -> None:
        if use is KeyUse.MASTER:
            self._keep_master(connection, owner, key)
            return
        columns = tables.protection_key.c
        version = (connection.scalar(select(columns.version).where(columns.name == owner)) or 0) + 1
        kept = self._soft.keep(KeyName(owner, use, version), key)
        connection.execute(tables.protection_key.delete().where(columns.name == owner))
        row = {"name": owner, "version": version, "wrapped": kept.blob, "at": stored(self._now())}
        connection.execute(tables.protection_key.insert().values(**row))

    def _keep_master(self, connection: Connection, terminal: str, key: bytes) -> None:
        """A new master key ends the sign-in that stood under the old one."""
        columns = tables.terminal.c
        mine = columns.terminal == terminal
        version = connection.scalar(select(columns.master_version).where(mine).with_for_update())
        if version is None:
            raise OfficeError(Problem.UNKNOWN_TERMINAL, terminal=terminal)
        kept = self._vault.keep(KeyName(terminal, KeyUse.MASTER, version + 1), key)
        forgotten = dict.fromkeys(("pin_key", "mac_key", "track_key", "sign_in_keys", "sign_in_trace"))
        values = {"master": kept.blob, "master_version": version + 1} | forgotten
        connection.execute(tables.terminal.update().where(mine).values(**values))
