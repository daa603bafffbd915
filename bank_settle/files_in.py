"""Files as they came in: kept under their digest, one row a version; the same file again is nothing new, a corrected one supersedes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from bank_settle import tables
from recharge import stored


@dataclass(frozen=True, slots=True)
class FileIn:
    """One version of a scope's file of a day."""

    scope: str
    day: date
    version: int
    sha256: str
    profile: str
    name: str
    size: int
    facts: Mapping[str, Any]


def newest(connection: Connection, scope: str, day: date) -> FileIn | None:
    """The version that counts."""
    table = tables.file
    query = select(table).where(table.c.scope == scope, table.c.day == day).order_by(table.c.version.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _file(row)


def versions(connection: Connection, scope: str, day: date) -> list[FileIn]:
    """All versions, oldest first."""
    table = tables.file
    rows = connection.execute(select(table).where(table.c.scope == scope, table.c.day == day).order_by(table.c.version))
    return [_file(row) for row in rows]


def register(connection: Connection, item: FileIn, now: datetime) -> bool:
    """Note a file; False where the very same one was there already. Its version is one more than the newest."""
    table = tables.file
    same = (table.c.scope == item.scope) & (table.c.day == item.day)
    if connection.scalar(select(table.c.version).where(same, table.c.sha256 == item.sha256)) is not None:
        return False
    last = connection.scalar(select(table.c.version).where(same).order_by(table.c.version.desc()).limit(1)) or 0
    row = {"scope": item.scope, "day": item.day, "version": last + 1, "sha256": item.sha256, "profile": item.profile[:24]}
    facts = json.dumps(dict(item.facts), ensure_ascii=False, sort_keys=True)
    connection.execute(table.insert().values(**row, name=item.name[:200], size=item.size, facts=facts, received_at=stored(now)))
    return True


def _file(row: Any) -> FileIn:
    return FileIn(row.scope, row.day, row.version, row.sha256, row.profile, row.name, row.size, json.loads(row.facts))
