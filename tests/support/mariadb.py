"""A private MariaDB server for a test run: shared by all workers, its databases private to one worker."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 100
STOP_SECONDS = 30
TRIES = 5

# MariaDB's error number for a lock somebody else holds on to.
LOCK_WAIT_TIMEOUT = 1205
IMPATIENT = "SET lock_wait_timeout = 1, innodb_lock_wait_timeout = 1"

# Kept, so that Python does not complain at the end that a child it started is still there: the keeper is meant to be.
_keepers: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True, slots=True)
class Server:
    """Where the run's server is found. Root has no password; only this machine can reach it."""

    socket: str
    port: int
    keeper_pid: int

    def url(self, database: str) -> str:
        """The SQLAlchemy address of one database."""
        return f"mysql+mysqldb://root@localhost/{database}?unix_socket={self.socket}&charset=utf8mb4"

    def create(self, database: str) -> None:
        """Make an empty database, in place of one of that name."""
        self.run(f"DROP DATABASE IF EXISTS `{database}`", f"CREATE DATABASE `{database}`")

    def drop(self, database: str) -> None:
        """Take a database away, whatever transactions somebody left open in it."""
        self.insist(database, lambda: self.run(IMPATIENT, f"DROP DATABASE IF EXISTS `{database}`"))

    def insist(self, database: str, work: Callable[[], object]) -> None:
        """Do work that open transactions may hold up: end them, and look again while new ones show up.

        The server's list of transactions may be a tenth of a second old, so one look is not enough.
        """
        for left in reversed(range(TRIES)):
            self.end_transactions(database)
            try:
                work()
            except Exception as error:  # the driver's exceptions are known only where the driver is built
                if not left or error.args[:1] != (LOCK_WAIT_TIMEOUT,):
                    raise
            else:
                return

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements one after another, committed one by one; the rows of the last one."""
        rows: list[tuple[Any, ...]] = []
        with self.connection() as connection, closing(connection.cursor()) as cursor:
            for statement in statements:
                cursor.execute(statement)
                rows = list(cursor.fetchall())
        return rows

    @contextmanager
    def connection(self, database: str = "") -> Iterator[Any]:
        """A raw connection that commits by itself."""
        import MySQLdb  # built only where MariaDB can be tested

        connection = MySQLdb.connect(unix_socket=self.socket, user="root", database=database, charset="utf8mb4", autocommit=True)
        with closing(connection):
            yield connection

    def end_transactions(self, database: str) -> None:
        """End the connections that hold an open transaction in a database: a test that was cut short leaves some."""
        held = self.run(
            "SELECT p.id FROM information_schema.processlist p"
            " JOIN information_schema.innodb_trx t ON t.trx_mysql_thread_id = p.id"
            f" WHERE p.db = '{database}' AND p.id <> CONNECTION_ID()"
        )
        for (identity,) in held:
            # It may have gone by itself since we looked.
            self.run(
                "SET @ended = 0",
                f"BEGIN NOT ATOMIC DECLARE CONTINUE HANDLER FOR 1094 SET @ended = 1; KILL {identity}; END",
            )


def _read(run_folder: Path) -> Server | None:
    path = run_folder / "mariadb" / "server.json"
    return Server(**json.loads(path.read_text())) if path.exists() else None


def shared_server(run_folder: Path, owner_pid: int) -> Server:
    """The run's server; the first worker that asks starts it, the others wait for it.

    Raises:
        RuntimeError: it does not start; says where its log is.
    """
    with (run_folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = _read(run_folder)
        return server if server is not None else _start(run_folder, owner_pid)


def _start(run_folder: Path, owner_pid: int) -> Server:
    log = run_folder / "keeper.log"
    command = [sys.executable, "-m", "tests.support.mariadb_keeper", str(run_folder), str(owner_pid)]
    with log.open("ab") as output:
        keeper = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
    _keepers.append(keeper)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and keeper.poll() is None:
        server = _read(run_folder)
        if server is not None:
            return server
        time.sleep(0.05)
    raise RuntimeError(f"MariaDB did not start: {log.read_text(errors='replace')[-2000:]}")


def stop_shared_server(run_folder: Path) -> None:
    """End the run's server, if one was started, and wait until its folder is gone."""
    server = _read(run_folder)
    if server is None:
        return
    os.kill(server.keeper_pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while (run_folder / "mariadb").exists() and time.monotonic() < deadline:
        time.sleep(0.05)


class EmptiedDatabase:
    """One database a worker keeps: migrated once, and brought back to what the migrations left before each test.

    Making all tables anew takes seconds, deleting a test's few rows takes milliseconds.
    """

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.name = name
        self._first_rows: dict[str, list[tuple[Any, ...]]] = {}

    @property
    def url(self) -> str:
        """Its SQLAlchemy address."""
        return self.server.url(self.name)

    def remember(self) -> None:
        """Note the rows the migrations left, to put them back later."""
        with self.server.connection(self.name) as connection, closing(connection.cursor()) as cursor:
            for table in self._tables(cursor):
                cursor.execute(f"SELECT * FROM `{table}`")
                self._first_rows[table] = list(cursor.fetchall())

    def empty(self) -> None:
        """Take every row away and put the first ones back."""
        self.server.insist(self.name, self._empty)

    def _empty(self) -> None:
        with self.server.connection(self.name) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(IMPATIENT)
            cursor.execute("SET foreign_key_checks = 0")
            connection.autocommit(False)
            for table in self._filled(cursor):
                cursor.execute(f"DELETE FROM `{table}`")
                first = self._first_rows.get(table, [])
                if first:
                    marks = ", ".join(["%s"] * len(first[0]))
                    cursor.executemany(f"INSERT INTO `{table}` VALUES ({marks})", first)
            connection.commit()

    def _filled(self, cursor: Any) -> list[str]:
        """Tables with rows, and those that should have some; asking for all at once takes a tenth of looking into each."""
        tables = self._tables(cursor)
        cursor.execute("SELECT " + ", ".join(f"EXISTS (SELECT 1 FROM `{table}`)" for table in tables))
        (filled,) = cursor.fetchall()
        return [table for table, has_rows in zip(tables, filled, strict=True) if has_rows or self._first_rows.get(table)]

    @staticmethod
    def _tables(cursor: Any) -> list[str]:
        cursor.execute("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
        return [row[0] for row in cursor.fetchall()]
