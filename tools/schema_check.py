"""Fails when the tables in the code and the migrations disagree, tried on a fresh SQLite file."""

import logging
import tempfile
from pathlib import Path

from alembic import command

from recharge.books.schema import alembic_config, migrate


def main() -> None:
    """Run every migration, then ask Alembic what it would still change; it raises if that is anything."""
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'fresh.sqlite3'}"
        migrate(url)
        command.check(alembic_config(url))


if __name__ == "__main__":
    main()
