"""Terminals as they stand in the database: read for every message, so that any process can answer any of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, and_, select

from pos import tables
from pos.keys.vault import Kept, KeyName, KeyUse
from pos.profiles import PROFILES, Profile, TimeoutPolicy
from recharge import Database

OPEN, UPLOADING, CLOSED = "open", "uploading", "closed"
ACTIVE, BLOCKED = "active", "blocked"


@dataclass(frozen=True, slots=True)
class Terminal:
    """One terminal. `number` is F41, `batch_state` that of its newest batch ("" before the first)."""

    number: str
    merchant: str
    profile: Profile
    policy: TimeoutPolicy
    blocked: bool
    serial: str
    line: str
    master: Kept | None
    pin_key: Kept | None
    mac_key: Kept | None
    track_key: Kept | None
    work_version: int
    sign_in_trace: int | None
    sign_in_keys: bytes
    signed_in_at: datetime | None
    sign_in_wanted: bool
    batch: int
    batch_state: str
    parameters: int


class TerminalReader:
    """Reading terminals. Every call may raise SQLAlchemy's errors while the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sights(self, numbers: Iterable[str]) -> dict[str, Terminal]:
        """Those of the terminals that are registered, in one query."""
        wanted = sorted(set(numbers))
        if not wanted:
            return {}
        with self._database.read() as connection:
            rows = connection.execute(_QUERY.where(tables.terminal.c.terminal.in_(wanted))).all()
        return {row.terminal: _terminal(row) for row in rows}

    def all(self) -> Sequence[Row[Any]]:
        """Every terminal's row, by number, for people to read."""
        with self._database.read() as connection:
            return connection.execute(select(tables.terminal).order_by(tables.terminal.c.terminal)).all()


_BATCH = and_(tables.batch.c.terminal == tables.terminal.c.terminal, tables.batch.c.number == tables.terminal.c.batch)
_QUERY = select(tables.terminal, tables.batch.c.state.label("batch_state")).select_from(tables.terminal.outerjoin(tables.batch, _BATCH))


def _terminal(row: Row[Any]) -> Terminal:
    def kept(use: KeyUse, version: int, blob: bytes | None) -> Kept | None:
        return None if blob is None else Kept(KeyName(row.terminal, use, version), bytes(blob))

    return Terminal(
        number=row.terminal,
        merchant=row.merchant,
        profile=PROFILES[row.profile],
        policy=TimeoutPolicy(row.timeout_policy),
        blocked=row.state == BLOCKED,
        serial=row.serial,
        line=row.line,
        master=kept(KeyUse.MASTER, row.master_version, row.master),
        pin_key=kept(KeyUse.PIN, row.work_version, row.pin_key),
        mac_key=kept(KeyUse.MAC, row.work_version, row.mac_key),
        track_key=kept(KeyUse.TRACK, row.work_version, row.track_key),
        work_version=row.work_version,
        sign_in_trace=row.sign_in_trace,
        sign_in_keys=bytes(row.sign_in_keys or b""),
        signed_in_at=aware(row.signed_in_at),
        sign_in_wanted=bool(row.sign_in_wanted),
        batch=row.batch,
        batch_state=row.batch_state or "",
        parameters=row.parameters,
    )


def aware(moment: datetime | None) -> datetime | None:
    """A moment out of the tables."""
    return None if moment is None else moment.replace(tzinfo=UTC)
