"""The suite's own databases: private, empty, and as strict as the ones in production."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.mariadb import EmptiedDatabase, Server


def count_tables(url: str) -> int:
    engine = sa.create_engine(url)
    try:
        return len(sa.inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_a_database_starts_without_tables(database_url: str) -> None:
    assert count_tables(database_url) == 0


def test_a_database_can_be_written_and_read(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE word (text VARCHAR(20))"))
        connection.execute(sa.text("INSERT INTO word VALUES ('空充')"))
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT text FROM word")).scalar_one() == "空充"
    engine.dispose()


def test_an_sqlite_database_is_a_file_of_the_test(sqlite_url: str, tmp_path: Path) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    assert path.parent == tmp_path
    sqlite3.connect(path).close()
    assert path.exists()


@pytest.mark.mariadb
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("innodb_flush_log_at_trx_commit", "1"),
        ("transaction_isolation", "READ-COMMITTED"),
        ("collation_server", "utf8mb4_bin"),
        ("time_zone", "+00:00"),
        ("innodb_snapshot_isolation", "ON"),
        ("innodb_lock_wait_timeout", "5"),
        ("bind_address", "127.0.0.1"),
    ],
)
def test_the_server_is_as_strict_as_in_production(mariadb_server: Server, variable: str, value: str) -> None:
    name = {"transaction_isolation": "tx_isolation"}.get(variable, variable)
    rows = mariadb_server.run(f"SHOW GLOBAL VARIABLES LIKE '{name}'")
    assert [row[1] for row in rows] == [value]


@pytest.mark.mariadb
def test_the_server_listens_below_the_kernels_own_ports(mariadb_server: Server) -> None:
    assert 1024 < mariadb_server.port < 32768


@pytest.fixture
def small_database(mariadb_server: Server, worker_name: str) -> EmptiedDatabase:
    database = EmptiedDatabase(mariadb_server, f"small_{worker_name}")
    mariadb_server.create(database.name)
    mariadb_server.run(
        f"CREATE TABLE `{database.name}`.parent (id INT PRIMARY KEY)",
        f"CREATE TABLE `{database.name}`.child (id INT PRIMARY KEY, parent_id INT, FOREIGN KEY (parent_id) REFERENCES parent (id))",
        f"INSERT INTO `{database.name}`.parent VALUES (1)",
    )
    database.remember()
    return database


@pytest.mark.mariadb
def test_emptying_keeps_what_the_migrations_left(small_database: EmptiedDatabase) -> None:
    server, name = small_database.server, small_database.name
    server.run(f"INSERT INTO `{name}`.parent VALUES (2)", f"INSERT INTO `{name}`.child VALUES (1, 2)")
    small_database.empty()
    assert server.run(f"SELECT id FROM `{name}`.parent") == [(1,)]
    assert server.run(f"SELECT id FROM `{name}`.child") == []
    server.drop(name)


@pytest.mark.mariadb
def test_emptying_is_not_held_up_by_a_transaction_left_open(small_database: EmptiedDatabase) -> None:
    server, name = small_database.server, small_database.name
    with server.connection(name) as left_open:
        cursor = left_open.cursor()
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO parent VALUES (3)")
        small_database.empty()
    assert server.run(f"SELECT id FROM `{name}`.parent") == [(1,)]
    server.drop(name)


@pytest.mark.mariadb
def test_dropping_is_not_held_up_by_a_transaction_left_open(small_database: EmptiedDatabase) -> None:
    server, name = small_database.server, small_database.name
    with server.connection(name) as left_open:
        cursor = left_open.cursor()
        cursor.execute("BEGIN")
        cursor.execute("SELECT * FROM parent")
        server.drop(name)
    assert server.run(f"SHOW DATABASES LIKE '{name}'") == []


@pytest.mark.mariadb
def test_other_errors_than_a_held_lock_are_not_swallowed(mariadb_server: Server) -> None:
    with pytest.raises(Exception, match="syntax"):
        mariadb_server.insist("nowhere", lambda: mariadb_server.run("NO SUCH STATEMENT"))


@pytest.mark.mariadb
def test_a_dropped_database_is_gone(mariadb_server: Server, worker_name: str) -> None:
    name = f"gone_{worker_name}"
    mariadb_server.create(name)
    mariadb_server.drop(name)
    assert mariadb_server.run(f"SHOW DATABASES LIKE '{name}'") == []
