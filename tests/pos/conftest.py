"""A point with a terminal, on SQLite and where a test asks for it on MariaDB too; its books are looked at when the test is over."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos.keys.vault import VaultError
from tests.pos.stand import Stand
from tests.support import machine
from tests.support.books import check_books
from tests.support.province import Province
from tests.support.world import World

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "246813"


@pytest.fixture
def stand_url(clean_sqlite_url: str) -> str:
    """Where the books are. A module that must hold on both databases overrides it with `clean_database_url`."""
    return clean_sqlite_url


@pytest.fixture
def world(stand_url: str) -> Iterator[World]:
    """A province with 1,000.00 in point A's deposit."""
    made = Province(stand_url)
    made.deposit("A", "1000.00")
    yield made
    check_books(made)
    made.close()


@pytest.fixture
def unsigned(world: World) -> Iterator[Stand]:
    """A terminal with its master key that has never signed in."""
    made = Stand(world)
    yield made
    made.close()


@pytest.fixture
def stand(unsigned: Stand) -> Stand:
    """A terminal that is signed in."""
    unsigned.sign_in()
    return unsigned


@pytest.fixture(scope="session")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """A fresh token with its master key; the library reads its settings once a process."""
    why = machine.softhsm_missing()
    if why is not None:
        machine.skip_or_fail(why)
    from pos.keys import token as backend

    folder = tmp_path_factory.mktemp("softhsm")
    settings = folder / "softhsm2.conf"
    (folder / "tokens").mkdir()
    settings.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(settings)
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "kongchong", "--pin", PIN, "--so-pin", "135791"],
        check=True,
        capture_output=True,
    )
    told = backend.TokenSettings(str(MODULE), "kongchong", PIN)
    assert PIN not in repr(told)
    backend.make_master(told)
    with pytest.raises(VaultError, match="already"):
        backend.make_master(told)
    yield told
    del os.environ["SOFTHSM2_CONF"]
