"""Values written into a statement: read back as they were, whatever they hold, and never taken for SQL."""

from datetime import UTC, date, datetime
from enum import IntEnum, StrEnum
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recharge.books.database import Database, RetryTransaction
from recharge.books.literals import ends_of, filled, literal, many_filled, row_literals
from recharge.books.statements import Change, Read

NAUGHTY = ("", "'", "''", "\\", "\\'", "'; DROP TABLE duty; --", '"', "?", "%s", "%(x)s", "%", "\n\r\t", "\x00", "\x1a", "空充'\\", "🀄")
PUT = "INSERT INTO order_event (id, order_id, at, kind, facts) VALUES (?, ?, ?, ?, ?)"
AT = "2026-11-20 09:00:00.000000"


class Step(IntEnum):
    """As the books number an entry's steps."""

    HOLD = 1


class Word(StrEnum):
    """A text that is more than a text."""

    HELD = "held"


def test_each_kind_of_value() -> None:
    values = [7, -(2**62), True, False, None, "a", b"\x00'", date(2026, 11, 20), datetime(2026, 11, 20, 9, 0, 0, 5), Step.HOLD]  # noqa: DTZ001
    written = ["7", str(-(2**62)), "1", "0", "NULL", "'a'", "x'0027'", "'2026-11-20'", "'2026-11-20 09:00:00.000005'", "1"]
    assert [literal(value) for value in values] == written
    assert row_literals(values) == ",".join(written)
    assert row_literals((1, None, "x", Step.HOLD, True)) == "1,NULL,'x',1,1"


@pytest.mark.parametrize("value", [1.5, Word.HELD, object(), [1], datetime(2026, 11, 20, tzinfo=UTC)])
def test_a_kind_no_column_has_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        literal(value)
    with pytest.raises(TypeError):
        row_literals((1, value))


@pytest.mark.parametrize("text", NAUGHTY)
def test_a_text_ends_where_it_ends(text: str) -> None:
    """Between the outer quotes stands no quote that is not doubled and no backslash that is not."""
    for written in (literal(text), row_literals((text,))):
        assert written[0] == written[-1] == "'"
        assert "'" not in written[1:-1].replace("''", "").replace("\\\\", "")
        assert "\\" not in written[1:-1].replace("\\\\", "")


def test_marks_and_values_must_agree() -> None:
    assert filled("SELECT ?, ?", [1, "?"]) == "SELECT 1, '?'"
    for values in ([1], [1, 2, 3]):
        with pytest.raises(ValueError, match="2 marks"):
            filled("SELECT ?, ?", values)


def test_only_an_insert_takes_many_rows() -> None:
    assert ends_of("INSERT INTO a (b, c) VALUES (?, ?)") == ("INSERT INTO a (b, c) VALUES ", "")
    for tail in (" ON CONFLICT (b) DO UPDATE SET c = excluded.c", " ON DUPLICATE KEY UPDATE c = VALUES(c)"):
        assert ends_of(f"INSERT INTO a (b, c) VALUES (?, ?){tail}") == ("INSERT INTO a (b, c) VALUES ", tail)
        assert list(many_filled(f"INSERT INTO a (b, c) VALUES (?, ?){tail}", [(1, 2), (3, 4)])) == [
            f"INSERT INTO a (b, c) VALUES (1,2),(3,4){tail}"
        ]
    for text in ("INSERT INTO a (b) VALUES (?) RETURNING b", "UPDATE a SET b = ? WHERE c IN (?)", "INSERT INTO a (b) SELECT ?"):
        assert ends_of(text) is None
    assert list(many_filled("UPDATE a SET b = ?", [(1,), (2,)])) == ["UPDATE a SET b = 1", "UPDATE a SET b = 2"]
    assert list(many_filled("INSERT INTO a (b) VALUES (?)", [(1,), (2,)])) == ["INSERT INTO a (b) VALUES (1),(2)"]
    assert [text.count("(") - 1 for text in many_filled("INSERT INTO a (b) VALUES (?)", [(n,) for n in range(2500)])] == [1000, 1000, 500]


def kept(database: Database) -> list[tuple[int, str]]:
    with database.read() as connection:
        return [(row[0], row[1]) for row in database.rows(connection, "SELECT id, facts FROM order_event ORDER BY id")]


@pytest.mark.parametrize("count", [1, 99, 100, 101, 250])
def test_rows_put_down_together_come_back_as_they_were(database: Database, count: int) -> None:
    rows = [(n, 1, AT, "x", NAUGHTY[n % len(NAUGHTY)]) for n in range(1, count + 1)]
    with database.write() as connection:
        assert database.change_many(connection, PUT, rows) == count
    assert kept(database) == [(row[0], row[4]) for row in rows]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.binary(max_size=16))
def test_any_text_and_octets_come_back_as_they_were(database: Database, text: str, octets: bytes) -> None:
    """As a value of a set, as one alone, and looked for."""
    with database.read() as connection:
        if not database.is_sqlite:
            assert database.rows(connection, f"SELECT {row_literals((text, 1))}, {literal(octets)}") == ((text, 1, octets),)
        assert [tuple(row) for row in database.rows(connection, "SELECT ?, ?", (text, octets))] == [(text, octets)]


def changes(*more: Change) -> list[Change]:
    return [Change(PUT, [(n, 1, AT, "x", "?;'") for n in (1, 2)]), *more]


def test_changes_go_together_and_each_is_counted_by_itself(database: Database) -> None:
    update = "UPDATE order_event SET facts = ? WHERE order_id = ? AND id > ?"
    with database.write() as connection:
        database.together(connection, changes(Change(update, [("b", 1, 1)], must_match=1), Change(update, [("c", 1, 0), ("d", 1, 1)], 3)))
        database.together(connection, [])
    assert kept(database) == [(1, "c"), (2, "d")]


def test_a_change_that_matches_too_few_undoes_them_all(database: Database) -> None:
    written = Change("UPDATE order_event SET facts = 'y' WHERE id = 3", must_match=1)
    for gone in (written, Change("UPDATE order_event SET facts = 'y' WHERE id = ?", [(3,)], 1)):
        with pytest.raises(RetryTransaction, match="0 of 1"), database.write() as connection:
            database.together(connection, changes(gone))
        assert kept(database) == []


def test_what_several_reads_find_comes_in_their_order(database: Database) -> None:
    with database.write() as connection:
        database.together(connection, changes())

    def ids(rows: Any) -> list[int]:
        return [row[0] for row in rows]

    text = "SELECT id FROM order_event WHERE id >= ? ORDER BY id"
    with database.read() as connection:
        asked = (Read(text, [1], ids), Read("", [], ids), Read(text, [3], ids), Read(text, [2], ids))
        assert database.ask(connection, *asked) == [[1, 2], [], [], [2]]
        assert [database.find(connection, read) for read in asked] == [[1, 2], [], [], [2]]
        assert database.rows(connection, "SELECT 1")[0][0] == 1
