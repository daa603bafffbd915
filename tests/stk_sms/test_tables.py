"""The channel's tables: named as its own, and without room for a secret."""

import pytest
from sqlalchemy import Table
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.schema import CreateTable

from tests.stk_sms.till import OWN_TABLES

SECRET_WORDS = ("key", "password", "pin", "secret", "wrapped")


@pytest.mark.parametrize("table", OWN_TABLES, ids=lambda table: str(table.name))
def test_tables_carry_the_channels_name(table: Table) -> None:
    assert table.name.startswith("stk_")


@pytest.mark.parametrize("table", OWN_TABLES, ids=lambda table: str(table.name))
def test_no_column_is_made_for_a_secret(table: Table) -> None:
    names = {column.name for column in table.columns}
    assert not {name for name in names - {"key_set", "key_version"} if any(word in name for word in SECRET_WORDS)}


@pytest.mark.parametrize("table", OWN_TABLES, ids=lambda table: str(table.name))
def test_both_databases_can_make_it(table: Table) -> None:
    for dialect in (sqlite.dialect(), mysql.dialect()):
        assert table.name in str(CreateTable(table).compile(dialect=dialect))
