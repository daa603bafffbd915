"""Points at which a process can be killed: before each SQL statement, around each commit, and around whatever leaves the house."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event

from recharge.books.database import Database

_LONGEST = 100


class Points:
    """Counts the points passed; at the given one the process gets SIGKILL. Their names go to a file, so that a failure can say where.

    After one statement is before the next one or before the commit: no I/O lies between, so each state is visited once.
    """

    def __init__(self, kill_at: int, trail: Path) -> None:
        self._kill_at, self._passed = kill_at, 0
        self._trail = os.open(trail, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)

    def reach(self, name: str) -> None:
        """One more point."""
        self._passed += 1
        os.write(self._trail, f"{name}\n".encode())
        if self._passed == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, database: Database) -> None:
        """Every statement and every commit of a database is a point from now on."""
        engine = database.engine
        # Plain statements pass SQLAlchemy by. What MariaDB gets together is one packet; on SQLite it is run set by set.
        for name in ("rows", "change", "change_many" if database.is_sqlite else "together"):
            setattr(database, name, self._before(getattr(database, name)))

        @event.listens_for(engine, "before_cursor_execute")
        def before(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith("BEGIN"):
                # SQLite's own word; the first statement after it finds the same.
                return
            self._reach_statement(statement)

        dialect: Any = engine.dialect
        commit = dialect.do_commit

        def around(connection: Any) -> None:
            self.reach("before commit")
            commit(connection)
            self.reach("after commit")

        dialect.do_commit = around

    def _before(self, run: Callable[..., Any]) -> Callable[..., Any]:
        def passing(connection: Connection, statement: Any, *values: Any) -> Any:
            self._reach_statement(statement if isinstance(statement, str) else f"{len(statement)} changes together")
            return run(connection, statement, *values)

        return passing

    def _reach_statement(self, statement: str) -> None:
        self.reach(" ".join(statement[:_LONGEST].split()))
