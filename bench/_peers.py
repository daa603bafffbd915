"""What the engine is measured against: the same rows written one order at a time, by an ORM and by the raw driver, and a bare commit.

The peers keep to what a careful program would do without committing together: conditional debit, unique keys, double entry, deferred
commission, messages in the same transaction; but they check no password, price, limit or duplicate.
"""

import multiprocessing
import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import create_engine, update
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, registry

from bench._province import Province
from bench._report import Result, quantile
from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.books.rows import AnswerRow, AttemptRow, MessageRow, OrderRow, RequestRow, insert_of
from recharge.books.tables import ledger, messages, orders, suppliers
from recharge.books.tables.metadata import moment_of, stamp
from recharge.clock import SystemClock

SECONDS = 3.0
MARIADB_PROCESSES = 8
_DEBIT = "UPDATE account SET balance_minor = balance_minor - 4900, version = version + 1 WHERE id = ? AND balance_minor >= 4900"
_ENTRY = "INSERT INTO entry (order_id, step, kind, business_date, at) VALUES (?, ?, ?, ?, ?)"
_POSTING = "INSERT INTO posting (order_id, step, account_id, amount_minor) VALUES (?, ?, ?, ?)"
_ACCRUAL = "INSERT INTO accrual (id, account_id, amount_minor) VALUES (?, ?, ?)"
_SENDING = "UPDATE orders SET state = 'sending', attempt_id = ?, attempts = 1 WHERE id = ? AND state = 'held'"
_SUCCEEDED = (
    "UPDATE orders SET state = 'succeeded', link_id = 1, delivered_minor = 5000, cost_minor = 4800, serial_number = 'SN1234567890',"
    " due_at = NULL, ended_at = ? WHERE id = ? AND state = 'sending'"
)
_ATTEMPT_ENDED = "UPDATE attempt SET state = 'succeeded', serial_number = 'SN1234567890', ended_at = ? WHERE id = ? AND state = 'sending'"


class Rows:
    """The rows of one order's life, made up."""

    def __init__(self, ids: IdMaker, accounts: list[int], house: list[int], number: int) -> None:
        self.now = stamp(SystemClock().now())
        self.day = self.now[:10]
        self.id, self.attempt_id = ids.next(), ids.next()
        self.account, self.ids, self.house, self.number = accounts[number % len(accounts)], ids, house, number

    def order(self) -> OrderRow:
        """The order as it is held."""
        return OrderRow(
            self.id, "recharge", "held", self.account, self.account, "web", "zh_CN", f"139{self.number % 10**8:08d}", 1, "北京",
            1, 5000, 4900, "[[1,10]]", 0,
            self.day, self.now, self.now, "", None, 0, None, None, None, "", "", None, None,
        )  # fmt: skip

    def request(self) -> RequestRow:
        """Its place in the memory of requests."""
        return RequestRow(self.account, f"peer{self.id}", b"0" * 16, self.now, self.id, "", "{}")

    def attempt(self) -> AttemptRow:
        """Its attempt."""
        return AttemptRow(
            self.attempt_id, self.id, "submit", 1, 1, "sending", "", 5000, 4800, None, "[]", self.now, "", "", None, None, 0, 0, None
        )

    def hold(self) -> list[tuple[int, int, int, int]]:
        """Two legs."""
        return [(self.id, 1, self.account, -4900), (self.id, 1, self.house[0], 4900)]

    def settle(self) -> list[tuple[int, int, int, int]]:
        """Six legs, three of them commissions."""
        amounts = (-4900, 4800, 10, 10, 10, 70)
        return [(self.id, 2, account, amount) for account, amount in zip(self.house, amounts, strict=True)]

    def accruals(self) -> list[tuple[int, int, int]]:
        """Three uplines."""
        return [(self.ids.next(), account, 10) for account in self.house[2:5]]

    def answer(self) -> AnswerRow:
        """What the supplier said."""
        return AnswerRow(self.ids.next(), self.attempt_id, self.id, self.now, "submit", "success", "0", "ok", "<Answer/>" * 10)

    def messages(self) -> list[MessageRow]:
        """To the agent and to the customer."""
        common = ("{}", "waiting", 0, self.now, self.now, None)
        return [
            MessageRow(self.ids.next(), self.id, "succeeded", to, self.account, channel, "", "zh_CN", *common)
            for to, channel in (("agent", "web"), ("customer", "sms"))
        ]


def one_by_one_raw(province: Province, case: str) -> Result:
    """The driver itself, three commits an order."""
    return _measure(province, case, _raw_life)


def one_by_one_orm(province: Province, case: str) -> Result:
    """Mapped classes and a session, three commits an order."""
    return _measure(province, case, _orm_life)


def bare_commits(province: Province, case: str) -> Result:
    """One inserted row and its commit, one after the other: the least anything can take."""
    connection, mark = _connect(province.url)
    ids, took = IdMaker(900, SystemClock()), list[float]()
    cursor, over = connection.cursor(), time.perf_counter() + SECONDS
    while time.perf_counter() < over:
        begun = time.perf_counter()
        if mark == "?":
            cursor.execute("BEGIN IMMEDIATE")
        cursor.execute(_ACCRUAL.replace("?", mark), (ids.next(), 1, 0))
        connection.commit()
        took.append(time.perf_counter() - begun)
    connection.close()
    return Result(case, round(len(took) / SECONDS, 1), "commits/s", quantile(took, 0.5), quantile(took, 0.99))


def bare_commits_of_rows(province: Province, case: str) -> Result:
    """The rows that taking one order in writes, by the driver, one order after the other: nothing is read, asked or decided."""
    return _measure(province, case, _raw_hold, processes=1)


def _measure(province: Province, case: str, make: Callable[[str, IdMaker], Callable[[Rows], None]], processes: int | None = None) -> Result:
    """By default as many processes as serve the database best: one writer on SQLite, eight on MariaDB."""
    processes = processes or (1 if province.url.startswith("sqlite") else MARIADB_PROCESSES)
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes) as pool:
        found = pool.starmap(_work, [(province.url, make, worker) for worker in range(processes)])
    took = [seconds for part in found for seconds in part]
    return Result(case, round(len(took) / SECONDS, 1), "orders/s", quantile(took, 0.5), quantile(took, 0.99))


def _work(url: str, make: Callable[[str, IdMaker], Callable[[Rows], None]], worker: int) -> list[float]:
    database = Database(url)
    with database.read() as connection:
        accounts = [row[0] for row in database.rows(connection, "SELECT id FROM account WHERE kind = 'deposit' AND balance_minor > 0")]
        house = [row[0] for row in database.rows(connection, "SELECT id FROM account WHERE kind <> 'deposit' ORDER BY id LIMIT 6")]
    database.close()
    ids = IdMaker(910 + worker, SystemClock())
    run, took, number = make(url, ids), list[float](), worker * 10_000_000
    over = time.perf_counter() + SECONDS
    while time.perf_counter() < over:
        begun = time.perf_counter()
        number += 1
        run(Rows(ids, accounts, house, number))
        took.append(time.perf_counter() - begun)
    return took


def _connect(url: str) -> tuple[Any, str]:
    made = make_url(url)
    if made.get_backend_name() == "sqlite":
        connection = sqlite3.connect(str(made.database), isolation_level=None)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA wal_autocheckpoint=8000")
        return connection, "?"
    import MySQLdb  # noqa: PLC0415  not there where only SQLite is

    return MySQLdb.connect(unix_socket=made.query["unix_socket"], user="root", database=made.database, charset="utf8mb4"), "%s"


class _Raw:
    """An order's life by the driver alone; each step is one commit."""

    def __init__(self, url: str) -> None:
        self._connection, self._mark = _connect(url)
        self._cursor = self._connection.cursor()

    def hold(self, rows: Rows) -> None:
        """Taken in."""
        self._begin()
        self._run(_DEBIT, rows.account)
        self._run(insert_of("request", RequestRow), *rows.request())
        self._run(insert_of("orders", OrderRow), *rows.order())
        self._run(_ENTRY, rows.id, 1, "hold", rows.day, rows.now)
        self._run_many(_POSTING, rows.hold())
        self._connection.commit()

    def send(self, rows: Rows) -> None:
        """Its attempt, before it leaves the house."""
        self._begin()
        self._run(insert_of("attempt", AttemptRow), *rows.attempt())
        self._run(_SENDING, rows.attempt_id, rows.id)
        self._connection.commit()

    def finish(self, rows: Rows) -> None:
        """Ended well."""
        self._begin()
        self._run(_SUCCEEDED, rows.now, rows.id)
        self._run(_ATTEMPT_ENDED, rows.now, rows.attempt_id)
        self._run(insert_of("answer", AnswerRow), *rows.answer())
        self._run(_ENTRY, rows.id, 2, "settle", rows.day, rows.now)
        self._run_many(_POSTING, rows.settle())
        self._run_many(_ACCRUAL, rows.accruals())
        self._run_many(insert_of("outbox", MessageRow), rows.messages())
        self._connection.commit()

    def _begin(self) -> None:
        if self._mark == "?":
            self._cursor.execute("BEGIN IMMEDIATE")

    def _run(self, text: str, *values: Any) -> None:
        self._cursor.execute(text.replace("?", self._mark), values)

    def _run_many(self, text: str, rows: Sequence[tuple[Any, ...]]) -> None:
        self._cursor.executemany(text.replace("?", self._mark), rows)


def _raw_life(url: str, _: IdMaker) -> Callable[[Rows], None]:
    raw = _Raw(url)

    def life(rows: Rows) -> None:
        raw.hold(rows)
        raw.send(rows)
        raw.finish(rows)

    return life


def _raw_hold(url: str, _: IdMaker) -> Callable[[Rows], None]:
    return _Raw(url).hold


class _Mapped:
    """A mapped row."""

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)


_registry = registry()
# Classes made at run time have attributes that only the mapper knows.
_CLASSES: dict[str, Any] = {
    name: type(name, (_Mapped,), {})
    for name in ("account", "request", "orders", "entry", "posting", "accrual", "attempt", "answer", "outbox")
}
_TABLES = {
    "account": ledger.account, "request": orders.request, "orders": orders.orders, "entry": ledger.entry, "posting": ledger.posting,
    "accrual": ledger.accrual, "attempt": suppliers.attempt, "answer": suppliers.answer, "outbox": messages.outbox,
}  # fmt: skip


def _orm_life(url: str, _: IdMaker) -> Callable[[Rows], None]:
    if not _registry.mappers:
        for name, made in _CLASSES.items():
            _registry.map_imperatively(made, _TABLES[name])
    engine = Database(url).engine if url.startswith("sqlite") else create_engine(url, isolation_level="READ COMMITTED")

    def life(rows: Rows) -> None:
        with Session(engine) as session:
            account = _CLASSES["account"]
            debit = update(account).where(account.id == rows.account, account.balance_minor >= 4900)
            session.execute(debit.values(balance_minor=account.balance_minor - 4900))
            session.add_all([_made("request", rows.request()), _made("orders", rows.order()), *_entry(rows, 1, "hold", rows.hold())])
            session.commit()
            session.add(_made("attempt", rows.attempt()))
            order = session.get_one(_CLASSES["orders"], rows.id)
            order.state, order.attempt_id, order.attempts = "sending", rows.attempt_id, 1
            session.commit()
            order = session.get_one(_CLASSES["orders"], rows.id)
            order.state, order.ended_at, order.due_at = "succeeded", moment_of(rows.now), None
            attempt = session.get_one(_CLASSES["attempt"], rows.attempt_id)
            attempt.state, attempt.ended_at = "succeeded", moment_of(rows.now)
            session.add_all([_made("answer", rows.answer()), *_entry(rows, 2, "settle", rows.settle())])
            session.add_all([_CLASSES["accrual"](id=key, account_id=to, amount_minor=amount) for key, to, amount in rows.accruals()])
            session.add_all([_made("outbox", item) for item in rows.messages()])
            session.commit()

    return life


def _entry(rows: Rows, step: int, kind: str, legs: list[tuple[int, int, int, int]]) -> list[Any]:
    day = moment_of(rows.now).date()
    head = _CLASSES["entry"](order_id=rows.id, step=step, kind=kind, business_date=day, at=moment_of(rows.now))
    return [head, *(_CLASSES["posting"](order_id=key, step=at, account_id=to, amount_minor=amount) for key, at, to, amount in legs)]


def _made(name: str, row: Any) -> Any:
    values = row._asdict()
    for column in _TABLES[name].columns:
        value = values.get(column.name)
        if isinstance(value, str) and column.name in {"held_at", "due_at", "claimed_at", "received_at", "at", "created_at", "ended_at"}:
            values[column.name] = moment_of(value)
        if isinstance(value, str) and column.name == "business_date":
            values[column.name] = moment_of(f"{value} 00:00:00.000000").date()
    return _CLASSES[name](**values)
