"""Fixtures for the whole suite: databases of both kinds, the browser, and a loud word about what is missing."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import hypothesis
import pytest
from argon2 import PasswordHasher

from tests.support import machine
from tests.support.mariadb import EmptiedDatabase, Server, shared_server, stop_shared_server

RUN_FOLDER = "KONGCHONG_TEST_RUN_FOLDER"
RUN_OWNER = "KONGCHONG_TEST_RUN_OWNER"

# How long one example takes says nothing on a machine that others use too.
hypothesis.settings.register_profile("kongchong", deadline=None, print_blob=True, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("kongchong")


def is_worker(config: pytest.Config) -> bool:
    """Is this one of pytest-xdist's workers, not the process a person started?"""
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    """The first process makes the folder all workers meet in."""
    if not is_worker(config):
        folder = tempfile.mkdtemp(prefix="kongchong-tests-")
        # The database server runs as another user and has to get in.
        os.chmod(folder, 0o755)  # noqa: PTH101, S103
        os.environ[RUN_FOLDER] = folder
        os.environ[RUN_OWNER] = str(os.getpid())


def pytest_unconfigure(config: pytest.Config) -> None:
    """The first process takes the server and the folder away."""
    if not is_worker(config):
        folder = Path(os.environ[RUN_FOLDER])
        stop_shared_server(folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests come first, in their own chance order: one that begins last would keep one worker busy and the others waiting."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what this machine could not test, and how to repeat a failed run."""
    for line in machine.missing_parts():
        terminalreporter.write_line(line, red=True, bold=True)
    if terminalreporter.stats.get("failed") or terminalreporter.stats.get("error"):
        seed = config.getoption("randomly_seed", default=None)
        terminalreporter.write_line(f"to repeat this order and this chance: --randomly-seed={seed}")


@pytest.fixture(scope="session", autouse=True)
def _quick_logins() -> Iterator[None]:
    """Hashing a login's password is made to take long; it does only where that is what is tested (recharge/keys/test_logins.py)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recharge.keys.logins._HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def run_folder() -> Path:
    """The folder shared by all workers of this run."""
    return Path(os.environ[RUN_FOLDER])


@pytest.fixture(scope="session")
def worker_name() -> str:
    """gw0, gw1, ...; main without workers."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def mariadb_server(run_folder: Path) -> Server:
    """The run's MariaDB server, started when the first test asks for it."""
    why = machine.mariadb_missing()
    if why is not None:
        machine.skip_or_fail(why)
    return shared_server(run_folder, int(os.environ[RUN_OWNER]))


@pytest.fixture(scope="session")
def database_numbers() -> Iterator[int]:
    """Numbers for the names of databases, never the same twice in a worker."""
    return count(1)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'kongchong.sqlite3'}"


@pytest.fixture
def mariadb_url(mariadb_server: Server, worker_name: str, database_numbers: Iterator[int]) -> Iterator[str]:
    """The address of an empty MariaDB database, gone after the test. Mark the test with `mariadb`."""
    name = f"test_{worker_name}_{next(database_numbers)}"
    mariadb_server.create(name)
    yield mariadb_server.url(name)
    mariadb_server.drop(name)


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.mariadb)])
def database_kind(request: pytest.FixtureRequest) -> str:
    """`sqlite` and `mariadb`, one after the other: what holds must hold on both."""
    return str(request.param)


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    """The address of an empty database without tables, once of each kind."""
    return str(request.getfixturevalue(f"{database_kind}_url"))


@pytest.fixture(scope="session")
def migrate() -> Callable[[str], None]:
    """Brings the database at an address to the newest schema."""
    from recharge.books.schema import migrate as migrate_database

    return migrate_database


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, migrate: Callable[[str], None]) -> Path:
    """A migrated, empty SQLite file to copy from; copying takes a millisecond, migrating much longer."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def clean_sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of an SQLite database with the newest schema and nothing in it."""
    path = tmp_path / "clean.sqlite3"
    for piece in sqlite_template.parent.glob("template.sqlite3*"):
        shutil.copy(piece, tmp_path / piece.name.replace("template", "clean"))
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def emptied_database(mariadb_server: Server, worker_name: str, migrate: Callable[[str], None]) -> Iterator[EmptiedDatabase]:
    """The worker's migrated MariaDB database."""
    database = EmptiedDatabase(mariadb_server, f"clean_{worker_name}")
    mariadb_server.create(database.name)
    migrate(database.url)
    database.remember()
    yield database
    mariadb_server.drop(database.name)


@pytest.fixture
def clean_mariadb_url(emptied_database: EmptiedDatabase) -> str:
    """The address of a MariaDB database with the newest schema and nothing in it. Mark the test with `mariadb`."""
    emptied_database.empty()
    return emptied_database.url


@pytest.fixture
def clean_database_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    """The address of a database with the newest schema and nothing in it, once of each kind."""
    return str(request.getfixturevalue(f"clean_{database_kind}_url"))


@pytest.fixture
def free_port() -> int:
    """A free TCP port on the loopback address, below the kernel's own range."""
    return machine.free_port()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Debian's browser program, for Playwright's `executable_path`. Mark the test with `browser`."""
    why = machine.chromium_missing()
    if why is not None:
        machine.skip_or_fail(why)
    return str(machine.chromium())
