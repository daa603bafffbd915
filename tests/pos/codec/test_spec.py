"""The table of fields is the one that the document tells a terminal's maker."""

import re

import pytest

from pos.codec.spec import BY_TYPE, FIELDS, MAC_FIELD, Kind, fields_of
from tests.support.source import ROOT

PACKING = (ROOT / "docs" / "pos.md").read_text(encoding="utf-8").partition("## Packing")[2].partition("### F48")[0]


def documented() -> dict[int, str]:
    """Each field's kind as the document words it."""
    found: dict[int, str] = {}
    for line in PACKING.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for numbers, kind in zip(cells[::2], cells[1::2], strict=False):
            if re.fullmatch(r"\d+(, \d+)*", numbers):
                kinds = kind.split(", ") if kind.count("ans") == 2 else [kind] * len(numbers.split(", "))
                found |= dict(zip(map(int, numbers.split(", ")), kinds, strict=True))
    return found


def worded(number: int) -> str:
    """A field of the table in the document's words."""
    spec = FIELDS[number]
    letter = {Kind.DIGITS: "n", Kind.TRACK: "z", Kind.TEXT: "an", Kind.OCTETS: "octets"}[spec.kind]
    if spec.prefix:
        return f"{'L' * (spec.prefix + 1)}VAR {letter}..{spec.length}".replace("octets..", "octets ..")
    return f"{spec.length} octets" if spec.kind is Kind.OCTETS else f"{letter}{spec.length}"


def test_the_document_names_every_field() -> None:
    assert set(documented()) == set(FIELDS)


@pytest.mark.parametrize("number", sorted(FIELDS))
def test_the_document_and_the_table_say_the_same(number: int) -> None:
    told = documented()[number].replace("ans", "an").replace(": octets", " octets")
    assert told.startswith(worded(number)), (number, told, worded(number))


def test_only_settlement_has_a_field_of_its_own() -> None:
    for mti, table in BY_TYPE.items():
        assert {number for number, spec in table.items() if spec != FIELDS[number]} == {48}, mti
    assert fields_of("0200") is FIELDS
    assert "digits ..322" in documented()[48]


def test_the_mac_is_the_last_field_and_has_eight_octets() -> None:
    assert max(FIELDS) == MAC_FIELD
    assert (FIELDS[MAC_FIELD].kind, FIELDS[MAC_FIELD].length, FIELDS[MAC_FIELD].prefix) == (Kind.OCTETS, 8, 0)


def test_only_field_23_stands_on_the_right() -> None:
    assert [number for number, spec in FIELDS.items() if spec.right] == [23]
