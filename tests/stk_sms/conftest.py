"""The counter with its card, on SQLite and where a test asks for it on MariaDB too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.sim_card.card import SimCard
from tests.stk_sms.till import Till
from tests.support.province import Province


@pytest.fixture
def till_url(clean_sqlite_url: str) -> str:
    """Where the books are. A module that must hold on both databases overrides it with `clean_database_url`."""
    return clean_sqlite_url


@pytest.fixture
def till(till_url: str) -> Iterator[Till]:
    """Point A with 1,000.00 and one AES card."""
    world = Province(till_url)
    world.deposit("A", "1000.00")
    counter = Till(world)
    yield counter
    counter.close()
    world.close()


@pytest.fixture
def sim(till: Till, tmp_path: Path) -> SimCard:
    """The point's card."""
    return till.card(tmp_path)
