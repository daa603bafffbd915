"""The schema's life: bring a database to the newest revision, or say which one it has."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import migrations
from recharge.books.database import Database


def alembic_config(url: str) -> Config:
    """Alembic's settings for a database URL; no ini file is needed."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["url"] = url
    return config


def migrate(url: str) -> None:
    """Run all migrations that the database does not have yet."""
    command.upgrade(alembic_config(url), "head")


def is_current(database: Database) -> bool:
    """Whether the database stands at the newest revision."""
    with database.read() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    return present == ScriptDirectory.from_config(alembic_config(database.url)).get_current_head()
