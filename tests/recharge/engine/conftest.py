"""The small province, for tests of the engine."""

from collections.abc import Iterator

import pytest

from tests.support.world import World


@pytest.fixture
def world(clean_database_url: str) -> Iterator[World]:
    """A province with 1,000.00 in point A's deposit."""
    made = World(clean_database_url)
    made.deposit("A", "1000.00")
    yield made
    made.close()
