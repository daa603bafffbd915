"""The back office's commands on terminals: register and bind, block and unblock, force a sign-in, list, and finance's work list."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Row, select

from pos import tables
from pos.problems import OfficeError, Problem
from pos.profiles import PROFILES, TimeoutPolicy
from pos.reversals import ASKED
from pos.terminals import ACTIVE, BLOCKED
from recharge import Database, stored

_TERMINAL = re.compile("[A-Z0-9]{8}")
_MERCHANT = re.compile("[A-Za-z0-9]{1,15}")
_SERIAL = re.compile("[!-~]{0,60}")
_LINE = re.compile("[0-9]{0,16}")
_MOST_REASON, _MOST_NOTE = 80, 160
_SIGNED_OFF: dict[str, Any] = dict.fromkeys(("pin_key", "mac_key", "track_key", "sign_in_keys", "sign_in_trace"))
BY_STAFF = "by_staff"


class EndpointBook(Protocol):
    """The engine's endpoints: a terminal is one, of kind pos_terminal, named by its number."""

    def bind(self, terminal: str, party_code: str) -> None:
        """Bind a terminal to a party. Raises ValueError where the party is not known or the terminal is another's."""
        ...


class Registry:
    """Commands on terminals. Each is one transaction; safe to give again."""

    def __init__(self, database: Database, endpoints: EndpointBook, now: Callable[[], datetime]) -> None:
        self._database, self._endpoints, self._now = database, endpoints, now

    def register(self, terminal: str, merchant: str, point: str, profile: str, policy: str = "", serial: str = "", line: str = "") -> bool:
        """Register a terminal and bind it to a point; False where it was registered so before. Raises OfficeError."""
        for what, value, form in (
            ("terminal", terminal, _TERMINAL),
            ("merchant", merchant, _MERCHANT),
            ("serial", serial, _SERIAL),
            ("line", line, _LINE),
        ):
            if not form.fullmatch(value):
                raise OfficeError(Problem.BAD_VALUE, what=what, value=value)
        if profile not in PROFILES:
            raise OfficeError(Problem.BAD_VALUE, what="profile", value=profile)
        try:
            self._endpoints.bind(terminal, point)
        except ValueError as error:
            raise OfficeError(Problem.NO_BINDING, why=str(error)) from error
        told = {"merchant": merchant, "profile": profile, "serial": serial, "line": line}
        told["timeout_policy"] = TimeoutPolicy(policy).value if policy else PROFILES[profile].policy.value
        return self._database.retrying(lambda connection: self._insert(connection, terminal, told))

    def block(self, terminal: str, reason: str) -> None:
        """Turn the terminal away from its next message on; it may still learn what became of its sales. Raises OfficeError."""
        self._change(terminal, {"state": BLOCKED, "reason": reason[:_MOST_REASON]}, f"blocked: {reason}")

    def unblock(self, terminal: str) -> None:
        """Let it work again, once it has signed in: what it sent while it was blocked is under keys that are gone. Raises OfficeError."""
        self._change(terminal, {**_SIGNED_OFF, "state": ACTIVE, "reason": ""}, "unblocked")

    def force_sign_in(self, terminal: str) -> None:
        """End its sign-in: its next message is told to sign in again. Raises OfficeError."""
        self._change(terminal, {**_SIGNED_OFF, "sign_in_wanted": True}, "sign-in wanted")

    def note(self, terminal: str, what: str) -> None:
        """Enter what staff did about a terminal. Raises OfficeError where it is not registered."""
        self._change(terminal, {}, what)

    def differences(self, *, all_of_them: bool = False) -> Sequence[Row[Any]]:
        """What settlements left for finance, oldest first; with `all_of_them` also what was cleared."""
        query = select(tables.difference).order_by(tables.difference.c.id)
        if not all_of_them:
            query = query.where(tables.difference.c.cleared_at.is_(None))
        with self._database.read() as connection:
            return connection.execute(query).all()

    def clear(self, number: int, note: str) -> None:
        """Finance has seen to a difference. Raises OfficeError."""
        columns = tables.difference.c
        mine = (columns.id == number) & columns.cleared_at.is_(None)
        values = {"cleared_at": stored(self._now()), "note": note[:_MOST_NOTE]}
        done = self._database.retrying(
            lambda connection: connection.execute(tables.difference.update().where(mine).values(**values)).rowcount
        )
        if done != 1:
            raise OfficeError(Problem.UNKNOWN_DIFFERENCE, number=str(number))

    def forget(self, before: datetime) -> int:
        """Drop uploads of batches that were closed before, and reversals that were finished before; how many rows."""
        moment, batch, upload, reversal = stored(before), tables.batch.c, tables.upload.c, tables.reversal.c
        closed = select(batch.terminal).where(batch.terminal == upload.terminal, batch.number == upload.batch, batch.closed_at < moment)
        finished = (reversal.asked_at < moment) & (reversal.state != ASKED)

        def work(connection: Connection) -> int:
            uploads = connection.execute(tables.upload.delete().where(closed.exists())).rowcount
            return uploads + connection.execute(tables.reversal.delete().where(finished)).rowcount

        return self._database.retrying(work)

    def batches(self, terminal: str, count: int) -> Sequence[Row[Any]]:
        """A terminal's newest batches."""
        columns = tables.batch.c
        query = select(tables.batch).where(columns.terminal == terminal).order_by(columns.number.desc()).limit(count)
        with self._database.read() as connection:
            return connection.execute(query).all()

    def _insert(self, connection: Connection, terminal: str, told: dict[str, str]) -> bool:
        present = connection.execute(select(tables.terminal).where(tables.terminal.c.terminal == terminal)).one_or_none()
        if present is not None:
            if any(getattr(present, name) != value for name, value in told.items()):
                raise OfficeError(Problem.THERE_ALREADY, terminal=terminal)
            return False
        row: dict[str, Any] = {
            "terminal": terminal,
            "state": ACTIVE,
            "reason": "",
            "master_version": 0,
            "work_version": 0,
            "sign_in_wanted": False,
            "batch": 0,
            "parameters": 0,
            "status": "",
            "registered_at": stored(self._now()),
        }
        connection.execute(tables.terminal.insert().values(**row, **told))
        self._enter(connection, terminal, "registered")
        return True

    def _change(self, terminal: str, values: dict[str, Any], what: str) -> None:
        def work(connection: Connection) -> None:
            mine = tables.terminal.c.terminal == terminal
            found = connection.scalar(select(tables.terminal.c.terminal).where(mine).with_for_update())
            if found is None:
                raise OfficeError(Problem.UNKNOWN_TERMINAL, terminal=terminal)
            if values:
                connection.execute(tables.terminal.update().where(mine).values(**values))
            self._enter(connection, terminal, what)

        self._database.retrying(work)

    def _enter(self, connection: Connection, terminal: str, what: str) -> None:
        row = {"at": stored(self._now()), "terminal": terminal, "kind": BY_STAFF, "peer": "", "detail": what[:_MOST_NOTE]}
        connection.execute(tables.event.insert().values(**row))
