"""The table of number ranges is taken in whole or not at all; a ported number beats its range."""

import pytest
from sqlalchemy import select

from recharge.books.catalogue_reads import read_catalogue
from recharge.books.database import Database
from recharge.books.tables.catalogue import number_range, ported_number
from recharge.domain.numbers import range_of
from recharge.engine.administration import SHELL, Administration, AdministrationCode, AdministrationError
from tests.recharge.engine.administration.conftest import rows_in, seen_version

HEAD = "prefix,carrier,province\n"
GOOD = HEAD + "138,CMCC,\n1380013,CMCC,北京\n"


def province(database: Database, number: str) -> str | None:
    with database.read() as connection:
        found = range_of(number, read_catalogue(connection).ranges)
    return None if found is None else found.province


def refused(tree: Administration, text: str) -> str:
    with pytest.raises(AdministrationError) as error:
        tree.ranges.load(SHELL, text)
    assert error.value.code is AdministrationCode.BAD_RANGES
    return str(error.value.facts["lines"])


def test_the_longest_prefix_tells(tree: Administration, database: Database) -> None:
    assert tree.ranges.load(SHELL, GOOD) == 2
    assert province(database, "13800138000") == "北京"
    assert province(database, "13812345678") == ""
    assert province(database, "13000000000") is None


@pytest.mark.parametrize("text", ["\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), GOOD + "\n\n"])
def test_tables_as_other_programs_write_them(tree: Administration, text: str) -> None:
    assert tree.ranges.load(SHELL, text) == 2


@pytest.mark.parametrize(
    "line",
    [
        "13x,CMCC,",
        "1,CMCC,",
        "1380013800,CMCC,",
        "１３９,CMCC,",
        ",CMCC,",
        "139,NOBODY,",
        "139,,",
        "139,CMCC",
        "139,CMCC,北京,东城",
        "138,CMCC,",
        "139,CMCC," + "京" * 25,
        "139,CMCC,北\t京",
        '139,CMCC,"北京',
    ],
)
def test_one_bad_line_and_nothing_is_used(tree: Administration, database: Database, line: str) -> None:
    before = seen_version(database)
    assert "4" in refused(tree, GOOD + line + "\n")
    assert rows_in(database, number_range) == 0
    assert seen_version(database) == before


@pytest.mark.parametrize("text", ["", "138,CMCC,北京\n", HEAD, "carrier,prefix,province\n138,CMCC,\n", "\x00"])
def test_what_is_no_table_is_refused(tree: Administration, text: str) -> None:
    assert refused(tree, text).startswith("1:")


def test_every_bad_line_is_named_up_to_ten(tree: Administration) -> None:
    told = refused(tree, HEAD + "".join(f"x{number},CMCC,\n" for number in range(30)))
    assert told.count(";") == 10
    assert told.endswith("… 30")


def test_importing_again_overwrites_and_leaves_the_rest(tree: Administration, database: Database) -> None:
    tree.ranges.load(SHELL, GOOD)
    tree.ranges.load(SHELL, HEAD + "1380013,CMCC,天津\n139,CMCC,\n")
    assert province(database, "13800138000") == "天津"
    assert rows_in(database, number_range) == 3


def test_replacing_drops_what_the_table_does_not_name(tree: Administration, database: Database) -> None:
    tree.ranges.load(SHELL, GOOD)
    tree.ranges.load(SHELL, HEAD + "139,CMCC,\n", replace=True)
    assert province(database, "13800138000") is None
    assert rows_in(database, number_range) == 1


def test_a_large_table_goes_in_as_one(tree: Administration, database: Database) -> None:
    before = seen_version(database)
    text = HEAD + "".join(f"13{number:05},CMCC,北京\n" for number in range(3000))
    assert tree.ranges.load(SHELL, text) == 3000
    assert rows_in(database, number_range) == 3000
    assert seen_version(database) == before + 1


def test_a_ported_number_is_kept_once_and_can_come_back(tree: Administration, database: Database) -> None:
    carrier_id = tree.catalogue.add_carrier(SHELL, "CUCC", "中国联通")
    tree.ranges.port(SHELL, "13800138000", "CMCC")
    tree.ranges.port(SHELL, "13800138000", "CUCC")
    with database.read() as connection:
        assert connection.scalars(select(ported_number.c.carrier_id)).all() == [carrier_id]
    tree.ranges.unport(SHELL, "13800138000")
    assert rows_in(database, ported_number) == 0


@pytest.mark.parametrize("number", ["", "+8613800138000", "1", "1" * 17])
def test_a_ported_number_is_digits(tree: Administration, number: str) -> None:
    with pytest.raises(AdministrationError) as error:
        tree.ranges.port(SHELL, number, "CMCC")
    assert error.value.code is AdministrationCode.BAD_VALUE


def test_a_number_that_was_not_ported_cannot_come_back(tree: Administration) -> None:
    with pytest.raises(AdministrationError) as error:
        tree.ranges.unport(SHELL, "13800138000")
    assert error.value.code is AdministrationCode.UNKNOWN_OBJECT
