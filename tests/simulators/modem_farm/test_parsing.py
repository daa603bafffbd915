"""A command line taken apart, and answers in the forms a client may choose."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.modem_farm.answers import Call, Failed, cme, cms, error_line
from simulators.modem_farm.parsing import arguments, commands


def names(line: str) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(call.name, call.mode, call.arguments) for call in commands(line)]


@pytest.mark.parametrize(
    ("line", "calls"),
    [
        ("", []),
        ("E0V1", [("E", "run", ("0",)), ("V", "run", ("1",))]),
        ("e0+cmee=1;+creg?", [("E", "run", ("0",)), ("+CMEE", "set", ("1",)), ("+CREG", "read", ())]),
        ("&F", [("&F", "run", ())]),
        ("S0=2", [("S0", "set", ("2",))]),
        ("S0?", [("S0", "read", ("",))]),
        ("+CMGF=?", [("+CMGF", "test", ())]),
        ("+CSQ", [("+CSQ", "run", ())]),
        ('+CUSD=1,"*777*0812*10#;x",15;+CSQ', [("+CUSD", "set", ("1", "*777*0812*10#;x", "15")), ("+CSQ", "run", ())]),
        ("^STGI=0,1", [("^STGI", "set", ("0", "1"))]),
        ("D*100#;", [("D", "run", ("*100#;",))]),
        ("+CNMI=2, 1 ,,0", [("+CNMI", "set", ("2", "1", "", "0"))]),
        ('+CPIN= "00 00"', [("+CPIN", "set", ("00 00",))]),
        (";;+CSQ;", [("+CSQ", "run", ())]),
    ],
)  # fmt: skip
def test_lines(line: str, calls: list[tuple[str, str, tuple[str, ...]]]) -> None:
    assert names(line) == calls


@pytest.mark.parametrize("line", ["=", "+", "+CSQ 5", "+CREG?5", "E0=", "?", '+CUSD=1,"*777'])
def test_lines_that_are_none(line: str) -> None:
    with pytest.raises(Failed):
        names(line)


@given(st.text(st.characters(codec="latin-1"), max_size=60))
def test_no_line_breaks_the_parser(line: str) -> None:
    with suppress(Failed):
        names(line)


@given(st.lists(st.text(st.characters(codec="ascii", exclude_characters='",', exclude_categories=["Cc", "Zs"])), min_size=1, max_size=5))
def test_arguments_come_back(values: list[str]) -> None:
    assert list(arguments(",".join(values))) == values
    assert list(arguments(",".join(f'"{value}"' for value in values))) == values


def test_arguments_of_a_call() -> None:
    call = Call("+X", "set", ("5", "", "x"))
    assert (call.argument(0), call.argument(1, "d"), call.argument(7, "d")) == ("5", "d", "d")
    assert (call.number(0), call.number(1, 3), call.number(9, 4)) == (5, 3, 4)


@pytest.mark.parametrize(("place", "most"), [(2, 255), (0, 4), (9, 255)])
def test_arguments_that_are_no_numbers(place: int, most: int) -> None:
    with pytest.raises(Failed) as failed:
        Call("+X", "set", ("5", "", "x")).number(place, most=most)
    assert (failed.value.family, failed.value.code) == ("CME", 50)


@pytest.mark.parametrize(
    ("failed", "lines"),
    [
        (cme(10), ["ERROR", "+CME ERROR: 10", "+CME ERROR: SIM not inserted"]),
        (cme(999), ["ERROR", "+CME ERROR: 999", "+CME ERROR: unknown"]),
        (cms(322), ["+CMS ERROR: 322", "+CMS ERROR: 322", "+CMS ERROR: memory full"]),
        (Failed(), ["ERROR", "ERROR", "ERROR"]),
    ],
)
def test_errors(failed: Failed, lines: list[str]) -> None:
    assert [error_line(failed, detail) for detail in (0, 1, 2)] == lines
