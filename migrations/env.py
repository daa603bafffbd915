"""How Alembic reaches the database: the URL comes from the caller, or from the settings when run by hand."""

import os
from typing import Any, Literal

from alembic import context

from bank_settle import tables as _settle_tables  # noqa: F401  its tables register themselves on the metadata
from pos import tables as _pos_tables  # noqa: F401  its tables register themselves on the metadata
from recharge.books.database import Database
from recharge.books.tables import metadata
from recharge.books.tables.metadata import UtcMoment
from stk_sms import tables as _stk_tables  # noqa: F401  its tables register themselves on the metadata
from web import tables as _web_tables  # noqa: F401  its tables register themselves on the metadata


def render(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Write our own column type by its short name into new revisions."""
    if kind == "type" and isinstance(item, UtcMoment):
        autogen_context.imports.add("from recharge.books.tables.metadata import UtcMoment")
        return "UtcMoment()"
    return False


def run() -> None:
    url = context.config.attributes.get("url") or os.environ["KONGCHONG_DATABASE_URL"]
    database = Database(url)
    with database.engine.connect() as connection:
        context.configure(connection=connection, target_metadata=metadata, render_item=render, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    database.close()


run()
