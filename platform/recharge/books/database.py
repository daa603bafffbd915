"""The one way to a connection: SQLite or MariaDB behind the same few calls, with writers that retry what a database may ask to repeat."""

import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, Row, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError

from recharge.books.literals import filled, many_filled
from recharge.books.statements import AnyRow, Change, Driver, MariaDB, Read, Sqlite
from recharge.books.writer_lock import writer_lock

# Deadlock, lock wait, snapshot conflict, server gone, lost during query, not yet in the cluster; and a unique key that another
# process took since this transaction looked: the next try sees it.
_RETRYABLE_CODES = frozenset({1213, 1205, 1020, 2006, 2013, 1047, 1062})
MOST_TRIES = 6
_SHOWN = 60
_READ_ONLY = "kongchong_read_only"
_SQL_MODE = "TRADITIONAL,ONLY_FULL_GROUP_BY"
_ROLLBACK = Read("ROLLBACK", (), lambda _: None)
T = TypeVar("T")
Decide: TypeAlias = Callable[[Connection], Callable[[Connection], T]]
"""The first half of a write transaction, which reads and gives the second one, which writes."""
NamedRow: TypeAlias = Row[*tuple[Any, ...]]
"""A row whose columns can be had by name as well."""


class DatabaseBusy(Exception):
    """The database did not take a transaction within the allowed tries. Nothing of it is known to have been kept."""


class RetryTransaction(Exception):
    """Raised inside a transaction whose sight of the data was overtaken: it is rolled back and run again with the same keys."""


class Database:
    """Connections to one database, given by its SQLAlchemy URL.

    `read()` and `write()` are context managers that give a Connection; a write commits at the end or rolls back.
    `retrying(work)` runs `work(connection)` in a write and repeats it a bounded number of times on deadlock or lost connection;
    the work must carry its own unique keys, because a lost commit may have been kept.
    """

    def __init__(self, url: str, pool_size: int = 8) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else _mariadb_engine(url, pool_size)
        self._writer = writer_lock(make_url(url).database or "") if self.is_sqlite else None
        self._written_by: Connection | None = None
        self._driver: Driver = Sqlite() if self.is_sqlite else MariaDB()
        dialect: Any = self.engine.dialect
        self._errors: type[Exception] = dialect.dbapi.Error
        # SQLite has one writer for the whole file: the row locks that MariaDB needs would be a syntax error there.
        self.for_update = "" if self.is_sqlite else " FOR UPDATE"
        self.skip_locked = "" if self.is_sqlite else " FOR UPDATE SKIP LOCKED"

    @contextmanager
    def read(self, *, unchanging: bool = False) -> Iterator[Connection]:
        """A connection for reading; what it wrote by mistake is rolled back. What it sees is `unchanging` also while others write."""
        options: dict[str, Any] = {_READ_ONLY: True}
        if unchanging and not self.is_sqlite:
            options["isolation_level"] = "REPEATABLE READ"
        with self.engine.connect().execution_options(**options) as connection:
            # Statements that pass SQLAlchemy by do not make it begin, and only what it has begun does it end when it closes.
            connection.begin()
            yield connection

    def look(self, *reads: Read[Any]) -> list[Any]:
        """What several statements find by themselves, in no transaction of anybody's; on MariaDB one way to the server and back."""
        if self.is_sqlite:
            with self.read() as connection:
                return self.ask(connection, *reads)
        with self.engine.connect() as connection:
            try:
                *found, _ = self.ask(connection, *reads, _ROLLBACK)
            except BaseException:
                # Whatever of it was done, nobody gets a connection with something left open.
                connection.invalidate()
                raise
            return found

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection in a transaction that commits when the block ends and rolls back when it raises."""
        if self._writer is None:
            with self.engine.begin() as connection:
                yield connection
            return
        with self._writer:
            connection = self._kept_open()
            try:
                with connection.begin():
                    yield connection
            except DBAPIError:
                # What went wrong may have been the connection.
                connection.close()
                raise

    def _kept_open(self) -> Connection:
        """SQLite's one writer has one connection, whose pages it still knows from the time before."""
        if self._written_by is None or self._written_by.closed:
            self._written_by = self.engine.connect()
        return self._written_by

    def retrying(self, work: Callable[[Connection], T]) -> T:
        """Run a write transaction until it is kept. Raises DatabaseBusy when it is not after MOST_TRIES tries.

        Raises IntegrityError where it can never be kept.
        """
        cause: Exception | None = None
        for attempt in range(MOST_TRIES):
            try:
                with self.write() as connection:
                    return work(connection)
            except (RetryTransaction, OperationalError, InterfaceError, IntegrityError) as error:
                if not _may_retry(error):
                    raise
                cause = error
                # Writers that met must not meet again at the same instant.
                time.sleep(random.uniform(0, 0.005 * 2**attempt))
        if isinstance(cause, IntegrityError):
            # Nobody's passing key: what was to be written can never be.
            raise cause
        raise DatabaseBusy from cause

    def in_two_halves(self, decide: "Decide[T]", *, apart: bool = True) -> T:
        """Run a write transaction until it is kept, as `retrying` does: `decide(connection)` reads, and gives what will put down.

        The second half must find each row that it changes as the first one read it (guards, versions, unique keys) or raise
        RetryTransaction; what was overtaken is decided again by the writer itself. So is, at once, what is not to be done `apart`.
        """
        if self.is_sqlite and apart:
            with suppress(RetryTransaction, OperationalError, InterfaceError, IntegrityError):
                return self.once_in_two_halves(decide)
        return self.retrying(lambda connection: decide(connection)(connection))

    def once_in_two_halves(self, decide: "Decide[T]") -> T:
        """The same, tried once. SQLite has one writer at a time: the first half is done beside it, on what was kept until then."""
        if self.is_sqlite:
            with self.read() as connection:
                put_down = decide(connection)
            with self.write() as connection:
                return put_down(connection)
        with self.write() as connection:
            return decide(connection)(connection)

    def rows(self, connection: Connection, text: str, values: Sequence[Any] = ()) -> Sequence[AnyRow]:
        """All rows of a plain statement written with `?` placeholders, as the driver gives them."""
        found: list[Sequence[AnyRow]] = self._driven(connection, self._driver.ask, [Read(text, values, _as_they_are)])
        return found[0]

    def find(self, connection: Connection, read: Read[T]) -> T:
        """What one statement finds."""
        return read.of(self.rows(connection, read.text, read.values) if read.text else ())

    def ask(self, connection: Connection, *reads: Read[Any]) -> list[Any]:
        """What several statements find, in their order; MariaDB gets them in one packet: one way to the server and back."""
        asked = [read for read in reads if read.text]
        found = iter(self._driven(connection, self._driver.ask, asked) if asked else ())
        return [read.of(next(found) if read.text else ()) for read in reads]

    def named(self, connection: Connection, text: str, values: Sequence[Any] = ()) -> Sequence[NamedRow]:
        """The same with columns that have names; slower, for where few rows are read."""
        statement, bound = (text, tuple(values)) if self.is_sqlite else (filled(text, values), ())
        return connection.exec_driver_sql(statement, bound).fetchall()

    def change(self, connection: Connection, text: str, values: Sequence[Any] = ()) -> int:
        """Run a plain changing statement; the number of rows it matched."""
        return sum(self._driven(connection, self._driver.carry_out, [Change(text, [tuple(values)] if values else ())]))

    def change_many(self, connection: Connection, text: str, many: Sequence[tuple[Any, ...]]) -> int:
        """Run a plain changing statement for many value tuples (multi-row INSERTs on MariaDB); the number of rows it matched."""
        if not many:
            return 0
        if self.is_sqlite:
            return sum(self._driven(connection, self._driver.carry_out, [Change(text, many)]))
        # Each by itself: what may be any number of rows must not become one packet.
        return sum(self.change(connection, statement) for statement in many_filled(text, many))

    def together(self, connection: Connection, changes: Sequence[Change]) -> None:
        """Run changes in their order; MariaDB gets them in one packet, so that they cost one way to the server and back.

        Raises RetryTransaction where a change did not match as many rows as it must.
        """
        matched = self._driven(connection, self._driver.carry_out, changes)
        for change, count in zip(changes, matched, strict=True):
            if change.must_match is not None and count != change.must_match:
                raise RetryTransaction(f"{count} of {change.must_match} rows were as read: {change.text[:_SHOWN]}")

    def _driven(self, connection: Connection, work: Callable[[Any, Sequence[Any]], list[Any]], statements: Sequence[Any]) -> list[Any]:
        """The driver's errors become SQLAlchemy's, like those of any other statement."""
        try:
            return work(connection.connection.dbapi_connection, statements)
        except self._errors as error:
            raise self._translated(connection, error) from error

    def _translated(self, connection: Connection, error: Exception) -> Exception:
        dialect: Any = self.engine.dialect
        gone = dialect.is_disconnect(error, connection.connection, None)
        if gone:
            # Others in the pool went with it: a server that was started again knows none of them.
            connection.invalidate(error)
            self.engine.dispose()
        return _as_sqlalchemys(self.engine, error, gone=gone)

    def close(self) -> None:
        """Give all connections back."""
        if self._writer is not None and self._written_by is not None:
            with self._writer:
                self._written_by.close()
        self.engine.dispose()


def _as_they_are(rows: Sequence[AnyRow]) -> Sequence[AnyRow]:
    return rows


def _as_sqlalchemys(engine: Engine, error: Exception, *, gone: bool = False) -> Exception:
    """A driver's error as SQLAlchemy raises it; what the statement carried is not in it."""
    dialect: Any = engine.dialect
    return DBAPIError.instance(None, None, error, dialect.dbapi.Error, True, gone, dialect)


def _may_retry(error: Exception) -> bool:
    if isinstance(error, RetryTransaction):
        return True
    assert isinstance(error, DBAPIError)
    arguments: tuple[Any, ...] = error.orig.args if error.orig is not None else ()
    return bool(arguments) and (arguments[0] in _RETRYABLE_CODES or "database is locked" in str(arguments[0]))


def _sqlite_engine(url: str) -> Engine:
    # What a statement carries may be a wrapped key or the shadow of a password: no error repeats it.
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 20, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        # The driver's own BEGIN comes too late (at the first change); ours is issued by `begin` below.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA cache_size=-65536")
        # The log may grow to 32 MiB: pages that every batch writes again go into the file once for many batches.
        cursor.execute("PRAGMA wal_autocheckpoint=8000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the write lock first: a reader that becomes a writer could only fail.
        reading = connection.get_execution_options().get(_READ_ONLY)
        try:
            connection.connection.cursor().execute("BEGIN" if reading else "BEGIN IMMEDIATE").close()
        except sqlite3.Error as error:
            raise _as_sqlalchemys(engine, error) from error

    return engine


def _mariadb_engine(url: str, pool_size: int) -> Engine:
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=False,
        # Each transaction ends by itself, or its connection does: a ROLLBACK after every COMMIT would be one more way to the server.
        pool_reset_on_return=None,
        pool_recycle=1800,
        isolation_level="READ COMMITTED",
        hide_parameters=True,
        # Matched rows, not changed ones, are counted, so that a conditional update tells whether its condition held.
        # Text must mean the same wherever the server stands: see literals.py.
        connect_args={"charset": "utf8mb4", "init_command": f"SET time_zone='+00:00', sql_mode='{_SQL_MODE}'", "client_flag": 2},
    )
