"""A day's close with a carrier: a million orders in MariaDB against a million GB18030 lines, beside an ORM loop and a SQL join."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy.orm import Session, registry

from bank_settle.archive import Archive
from bank_settle.configuration import Carrier, Configuration
from bank_settle.days import Days
from bank_settle.files.profile import load_profile
from bank_settle.files.reading import Reading
from bank_settle.parts import Parts
from bank_settle.pipeline import Pipeline
from bench._province import mariadb_province
from bench._report import Result, against, write
from bench._settle_day import DAY, PLANTED, fill, write_file
from recharge.books.database import Database
from recharge.books.tables import ledger, orders, suppliers
from recharge.carrier_desk import CarrierDesk
from recharge.clock import SystemClock
from recharge.engine.day_books import DayBooks
from recharge.keys.store import KeyStore
from recharge.settings import Settings

ORDERS = int(os.environ.get("KONGCHONG_BENCH_ORDERS", "1000000"))
ORM_SHARE = 200
_LINE = "CREATE TABLE bench_line (reference BIGINT, charged BIGINT, number VARCHAR(16), face BIGINT, state VARCHAR(10), KEY (reference))"
_INSERT = "INSERT INTO bench_line (reference, charged, number, face, state) VALUES (?, ?, ?, ?, ?)"
_THEIRS = "SELECT COUNT(*) FROM bench_line b LEFT JOIN attempt a ON a.id = b.reference WHERE a.id IS NULL"
_OURS = "SELECT COUNT(*) FROM attempt a LEFT JOIN bench_line b ON b.reference = a.id WHERE b.reference IS NULL"
_DIFFER = (
    "SELECT COUNT(*) FROM attempt a JOIN bench_line b ON b.reference = a.id JOIN orders o ON o.id = a.order_id"
    " JOIN posting p ON p.order_id = a.order_id AND p.step = 2 WHERE p.account_id = (SELECT id FROM account WHERE kind = 'stock')"
    " AND (b.charged <> p.amount_minor OR b.number <> a.number OR b.face <> a.face_minor OR b.state <> 'SUCCESS')"
)
_TWICE = "SELECT COUNT(*) FROM (SELECT reference FROM bench_line GROUP BY reference HAVING COUNT(*) > 1) t"


def close_the_day(url: str, folder: Path) -> dict[str, int]:
    """Snapshot, statement, match and cases, as `kongchong settle` does them; what was found, by kind."""
    database, clock = Database(url), SystemClock()
    settings = Settings(database_url=url, master_key=SecretStr(bytes(range(32)).hex()))
    carrier = Carrier(link="CARRIER", form="carrier_platform", owner="BENCH", inbox=str(folder / "file"))
    configuration = Configuration(archive=folder / "archive", reports=folder / "reports", carriers=(carrier,))
    books, desk = DayBooks(database, settings.calendar, clock), CarrierDesk(database, KeyStore(bytes(range(32))), clock)
    parts = Parts(configuration, database, books, None, desk, Archive(folder / "archive"), Days(database, clock, "bench"), clock)  # type: ignore[arg-type]
    outcome = Pipeline(parts).run_scope("carrier:CARRIER", DAY)
    if outcome.waits is not None:
        raise RuntimeError(str(outcome.waits))
    found: dict[str, int] = outcome.day.facts["matched"]["breaks"]
    return found


def join_in_sql(url: str, folder: Path) -> dict[str, int]:
    """The file into a table, then three joins and a group: what a careful program does without a merge of its own."""
    database = Database(url)
    rows = Reading(load_profile("carrier_platform"), folder / "file", DAY, "BENCH").rows()
    with database.write() as connection:
        connection.exec_driver_sql(_LINE)
    batch: list[tuple[object, ...]] = []
    for row in rows:
        batch.append((int(row[0]), row[7], row[5], row[6], row[9].upper()))
        if len(batch) == 5000:
            _put(database, batch)
            batch = []
    _put(database, batch)
    with database.read() as connection:
        counts = {name: int(database.rows(connection, text)[0][0]) for name, text in _QUESTIONS.items()}
    with database.write() as connection:
        connection.exec_driver_sql("DROP TABLE bench_line")
    return counts


_QUESTIONS = {"theirs": _THEIRS, "ours": _OURS, "differ": _DIFFER, "twice": _TWICE}


def _put(database: Database, batch: list[tuple[object, ...]]) -> None:
    with database.write() as connection:
        database.change_many(connection, _INSERT, batch)


def loop_in_an_orm(url: str, folder: Path) -> dict[str, int]:
    """Line by line: look the attempt up, then its order, then its postings. One line in ORM_SHARE, or it would take all day."""
    mapper = registry()
    attempts, sales, postings = (type(name, (), {}) for name in ("Attempt", "Sale", "Posting"))
    for kind, table in ((attempts, suppliers.attempt), (sales, orders.orders), (postings, ledger.posting)):
        mapper.map_imperatively(kind, table)
    found: Counter[str] = Counter()
    rows = Reading(load_profile("carrier_platform"), folder / "file", DAY, "BENCH").rows()
    with Session(Database(url).engine) as session:
        for number, row in enumerate(rows):
            if number % ORM_SHARE:
                continue
            attempt: Any = session.get(attempts, int(row[0]))
            if attempt is None:
                found["theirs"] += 1
                continue
            sale: Any = session.get(sales, attempt.order_id)
            taken: list[Any] = session.query(postings).filter_by(order_id=sale.id, step=2).all()
            right = any(leg.amount_minor == row[7] for leg in taken) and attempt.number == row[5]
            found["matched" if right else "differ"] += 1
            session.expunge_all()
    return dict(found)


WAYS: dict[str, Callable[[str, Path], dict[str, int]]] = {"close": close_the_day, "sql": join_in_sql, "orm": loop_in_an_orm}


def measured(way: str, url: str, folder: Path) -> tuple[float, float, dict[str, int]]:
    """Seconds, peak memory in MB and what was found, of one way in a process of its own."""
    code = f"from bench import settlement; settlement.alone({way!r}, {url!r}, {str(folder)!r})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return told["seconds"], told["megabytes"], told["found"]


def alone(way: str, url: str, folder: str) -> None:
    """What the process of one way does: work, and say what it took."""
    begun = time.perf_counter()
    found = WAYS[way](url, Path(folder))
    seconds = round(time.perf_counter() - begun, 2)
    # Not getrusage: its peak begins with that of the process this one was forked from.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    megabytes = round(int(status.split("VmHWM:")[1].split()[0]) / 1024, 1)
    print(json.dumps({"seconds": seconds, "megabytes": megabytes, "found": found}))


def main() -> None:
    """Fill, then every way in turn."""
    with mariadb_province(4) as province, tempfile.TemporaryDirectory(prefix="kongchong-bench-") as name:
        folder = Path(name)
        database = Database(province.url)
        fill(database, ORDERS)
        database.close()
        lines = write_file(folder / "file", ORDERS)
        seconds, megabytes, found = measured("close", province.url, folder)
        if found != PLANTED:
            raise RuntimeError(f"found {found}, planted {PLANTED}")
        sql, sql_memory, _ = measured("sql", province.url, folder)
        orm, orm_memory, _ = measured("orm", province.url, folder)
    size = f"{ORDERS:,} orders, {lines:,} lines"
    joined = Result(f"SQL: file into a table, joins ({size})", sql, "s")
    looped = Result(f"ORM: line by line, 1 in {ORM_SHARE} measured ({size})", round(orm * ORM_SHARE, 1), "s, scaled")
    ours = Result(f"close: snapshot, statement, match, cases ({size})", seconds, "s")
    memory = [Result("close: peak memory", megabytes, "MB"), Result("SQL: peak memory of the client", sql_memory, "MB")]
    memory.append(Result("ORM: peak memory", orm_memory, "MB"))
    write("settlement", [against(ours, joined), against(ours, looped), joined, looped, *memory])


if __name__ == "__main__":
    main()
