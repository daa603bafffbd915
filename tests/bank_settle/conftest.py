"""A small province with a carrier's list, on each database and on SQLite alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bank_settle.scene import Scene
from tests.support.templates import quick_templates as quick_templates


@pytest.fixture
def scene(clean_sqlite_url: str, tmp_path: Path) -> Iterator[Scene]:
    """On SQLite."""
    made = Scene(clean_sqlite_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def any_scene(clean_database_url: str, tmp_path: Path) -> Iterator[Scene]:
    """Once on each database."""
    made = Scene(clean_database_url, tmp_path)
    yield made
    made.close()
