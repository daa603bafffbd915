"""Any text at all offered as a table of number ranges: taken in whole as it reads, or refused with nothing changed."""

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.books.tables.catalogue import carrier, number_range
from recharge.engine.administration import SHELL, Administration, AdministrationCode, AdministrationError
from recharge.engine.administration.ranges import COLUMNS
from recharge.keys.store import KeyStore
from tests.recharge.engine.administration.conftest import SetClock

MANY = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
PREFIX = st.text("0123456789", min_size=1, max_size=10)
CARRIER = st.sampled_from(["CMCC", "CUCC", "NOBODY", ""])
PROVINCE = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=26)
ANY = st.lists(st.tuples(PREFIX, CARRIER, PROVINCE), max_size=12)
GOOD = st.lists(
    st.tuples(
        st.text("0123456789", min_size=2, max_size=9), st.sampled_from(["CMCC", "CUCC"]), st.sampled_from(["", "北京", "a,b", 'a"b'])
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda line: line[0],
)


@pytest.fixture
def desks(clean_sqlite_url: str) -> Iterator[Administration]:
    clock = SetClock()
    made = Administration(Database(clean_sqlite_url), IdMaker(1, clock), clock, KeyStore(bytes(range(32))))
    for code in ("CMCC", "CUCC"):
        made.catalogue.add_carrier(SHELL, code, code)
    yield made
    made.office.database.close()


def table(lines: list[tuple[str, str, str]]) -> str:
    """The lines as another program would write them."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(lines)
    return text.getvalue()


def kept(desks: Administration) -> dict[str, tuple[str, str]]:
    """What stands in the database: carrier and province by prefix."""
    query = select(number_range.c.prefix, carrier.c.code, number_range.c.province).join(carrier, carrier.c.id == number_range.c.carrier_id)
    with desks.office.database.read() as connection:
        return {row.prefix: (row.code, row.province) for row in connection.execute(query)}


def is_good(lines: list[tuple[str, str, str]]) -> bool:
    """The rules once more, in other words."""
    prefixes = [prefix for prefix, _, _ in lines]
    return (
        bool(lines)
        and len(set(prefixes)) == len(prefixes)
        and all(len(prefix) in range(2, 10) for prefix in prefixes)
        and all(code in {"CMCC", "CUCC"} for _, code, _ in lines)
        and all(len(province) <= 24 and province.isprintable() for _, _, province in lines)
    )


@MANY
@given(st.one_of(ANY, GOOD))
def test_a_table_is_taken_in_exactly_or_not_at_all(desks: Administration, lines: list[tuple[str, str, str]]) -> None:
    desks.ranges.load(SHELL, "prefix,carrier,province\n130,CUCC,\n", replace=True)
    if not is_good(lines):
        with pytest.raises(AdministrationError) as error:
            desks.ranges.load(SHELL, table(lines), replace=True)
        assert error.value.code is AdministrationCode.BAD_RANGES
        assert kept(desks) == {"130": ("CUCC", "")}
        return
    assert desks.ranges.load(SHELL, table(lines), replace=True) == len(lines)
    assert kept(desks) == {prefix: (code, province) for prefix, code, province in lines}


@MANY
@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text_is_understood_or_refused(desks: Administration, text: str) -> None:
    desks.ranges.load(SHELL, "prefix,carrier,province\n130,CUCC,\n", replace=True)
    with pytest.raises(AdministrationError) as error:
        desks.ranges.load(SHELL, text)
    assert error.value.code is AdministrationCode.BAD_RANGES
    assert kept(desks) == {"130": ("CUCC", "")}


@MANY
@given(GOOD, GOOD)
def test_two_tables_one_after_the_other(
    desks: Administration, first: list[tuple[str, str, str]], second: list[tuple[str, str, str]]
) -> None:
    desks.ranges.load(SHELL, table(first), replace=True)
    desks.ranges.load(SHELL, table(second))
    merged = {prefix: (code, province) for prefix, code, province in [*first, *second]}
    assert kept(desks) == merged
