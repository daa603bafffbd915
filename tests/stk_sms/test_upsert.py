"""Rows written in one statement come back as they are, whatever stands in them, and meet what is there already."""

import pytest

from stk_sms import tables
from stk_sms.cards.reading import window_row
from stk_sms.cards.window import CounterWindow
from stk_sms.upsert import Upsert
from tests.stk_sms.till import ICCID, Till

MESSAGES = Upsert(tables.message, ("counter", "outcome"), {"answers": "answers + 1"})


@pytest.fixture
def till_url(clean_database_url: str) -> str:
    """Both databases."""
    return clean_database_url


def row(reference: str, counter: int = 1, number: str = "", amount: int | None = None, outcome: str = "taken") -> tuple[object, ...]:
    return (ICCID, reference, 1, counter, "2026-11-20 02:00:00.000001", 1, number, amount, outcome, "", 1)


def write(till: Till, upsert: Upsert, *rows: tuple[object, ...]) -> None:
    with till.world.database.write() as connection:
        till.world.database.together(connection, upsert.changes(till.world.database, rows))


def test_nothing_is_written_of_nothing(till: Till) -> None:
    write(till, MESSAGES)
    assert till.rows(tables.message) == []


@pytest.mark.parametrize("text", ["it's", '"; --', "%s ? :x", "\\", "充值", "{0}"])
def test_texts_are_texts(till: Till, text: str) -> None:
    write(till, MESSAGES, row("1:a", number=text, amount=-5), row("1:b", outcome=text))
    first, second = sorted(till.rows(tables.message), key=lambda kept: kept["reference"])
    assert (first["number"], first["amount_minor"], second["amount_minor"], second["outcome"]) == (text, -5, None, text)
    assert first["received_at"].microsecond == 1


def test_what_is_there_takes_over_some_columns_and_counts(till: Till) -> None:
    write(till, MESSAGES, row("1:a", 1, "138"), row("1:b", 2))
    write(till, MESSAGES, row("1:a", 7, "139", outcome="refused"), row("1:c", 3))
    kept = {each["reference"]: (each["counter"], each["number"], each["outcome"], each["answers"]) for each in till.rows(tables.message)}
    assert kept == {"1:a": (7, "138", "refused", 2), "1:b": (2, "", "taken", 1), "1:c": (3, "", "taken", 1)}


def test_octets_and_large_numbers(till: Till) -> None:
    windows = Upsert(tables.counter, ("high", "seen", "behind", "behind_steps"), {})
    window = CounterWindow((1 << 40) - 1, (1 << 64) - 1, 3, 2)
    write(till, windows, window_row((ICCID, 1), CounterWindow()), window_row((ICCID, 2), window))
    write(till, windows, window_row((ICCID, 1), window))
    assert [(each["high"], each["seen"], each["behind"]) for each in till.rows(tables.counter)] == [((1 << 40) - 1, b"\xff" * 8, 3)] * 2


def test_more_rows_than_one_statement_holds(till: Till) -> None:
    rows = [row(f"1:{number}", number) for number in range(1050)]
    write(till, MESSAGES, *rows)
    write(till, MESSAGES, *rows[500:])
    found = till.rows(tables.message)
    assert sorted(each["counter"] for each in found) == list(range(1050))
    assert sorted(each["answers"] for each in found) == [1] * 500 + [2] * 550
