"""The channel's tables as the migrations make them, on both databases, and columns that hold the longest there is."""

from datetime import datetime

import pytest
from sqlalchemy import inspect

from pos import tables
from pos.crypto.des import xored
from pos.keys.soft import SoftVault
from pos.keys.vault import KeyName, KeyUse
from recharge import Database, KeyStore

MOMENT = datetime(2026, 11, 20, 10, 0, 0, 123456)  # noqa: DTZ001  as the tables hold it


@pytest.fixture
def database(clean_database_url: str) -> "Database":
    return Database(clean_database_url)


def test_they_are_all_there_with_their_columns(database: Database) -> None:
    found = inspect(database.engine)
    for table in tables.OWN_TABLES:
        assert {column["name"] for column in found.get_columns(table.name)} == {column.name for column in table.columns}
    database.close()


def test_the_longest_of_everything_is_kept_whole(database: Database) -> None:
    for table in tables.OWN_TABLES:
        row = {column.name: longest(column) for column in table.columns if column.name != "id"}
        with database.write() as connection:
            connection.execute(table.insert().values(**row))
            kept = connection.execute(table.select()).one()
        for name, value in row.items():
            found = getattr(kept, name)
            assert (bytes(found) if isinstance(value, bytes) else found) == value, (table.name, name)
    database.close()


def longest(column) -> object:  # type: ignore[no-untyped-def]
    """The longest value that a column says it holds."""
    kind = column.type.python_type
    if kind is bytes:
        return bytes(range(256))[-column.type.length :]
    if kind is str:
        return ("Z" * 200)[: column.type.length]
    return {int: 999_999, bool: True, datetime: MOMENT}.get(kind, MOMENT.date())


def test_a_wrapped_key_of_either_store_fits_its_column() -> None:
    name = KeyName("Z" * 24, KeyUse.COMPONENT, 999_999)
    blob = SoftVault(KeyStore(bytes(range(32)))).keep(name, xored(bytes(16), bytes(range(16)))).blob
    in_token = 2 * 32 + (len(blob) - 16)
    assert max(len(blob), in_token) <= tables.terminal.c.master.type.length  # type: ignore[attr-defined]


def test_a_sign_ins_keys_fit_their_column() -> None:
    assert tables.terminal.c.sign_in_keys.type.length >= 60  # type: ignore[attr-defined]
