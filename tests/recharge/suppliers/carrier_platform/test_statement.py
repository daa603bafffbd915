"""The daily statement: the page's own file is read, and a file wrong in any part is rejected whole."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from recharge.domain.outcomes import OutcomeState
from recharge.suppliers.carrier_platform.statement import read_statement
from recharge.suppliers.contract import CannotTell, StatementKind
from tests.recharge.suppliers.carrier_platform.vectors import page

_, VECTORS = page()
FILE = VECTORS["statement answer: the file of section 8"].body
DAY = date(2026, 11, 21)


def test_the_pages_file_is_read() -> None:
    first, second, third = read_statement(FILE, "province-agent", DAY)
    assert (first.kind, first.reference, first.state) == (StatementKind.RECHARGE, "70000000000000000001", OutcomeState.SUCCESS)
    assert (first.amount_minor, first.charged_minor, first.delivered_minor) == (5000, 5000, 5000)
    assert first.finished_at == datetime(2026, 11, 21, 12, 40, 1, tzinfo=UTC)
    assert (second.state, second.serial_number) == (OutcomeState.REVERSED, "SN26112100000024")
    assert (third.kind, third.original_reference, third.amount_minor) == (StatementKind.REVERSAL, second.reference, -10000)


def resealed(text: str) -> bytes:
    """The file with a right checksum for its new content; count and sums stay as they stand in the trailer."""
    before, _, trailer = text.rstrip("\n").rpartition("\n")
    content = (before + "\n").encode("gb18030")
    fields = [*trailer.split("|")[:-1], hashlib.sha256(content).hexdigest()]
    return content + "|".join(fields).encode() + b"\n"


def test_an_empty_day_is_a_statement_too() -> None:
    lines = FILE.decode("gb18030").splitlines()
    assert read_statement(resealed(f"{lines[0]}\nT|0|0|0|0|x\n"), "province-agent", DAY) == []


def changed(before: str, after: str) -> bytes:
    text = FILE.decode("gb18030")
    assert before in text
    return resealed(text.replace(before, after, 1))


SPOILT: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "one line": lambda: b"H\n",
    "cut in the middle": lambda: FILE[: len(FILE) // 2],
    "cut at a line": lambda: FILE[: FILE.rindex(b"T|")],
    "last line feed gone": lambda: FILE[:-1],
    "carriage returns": lambda: FILE.replace(b"\n", b"\r\n"),
    "not GB18030": lambda: FILE.replace(b"\xbf", b"\xff\xff", 1),
    "UTF-8": lambda: FILE.decode("gb18030").encode(),
    "a byte order mark": lambda: b"\xef\xbb\xbf" + FILE,
    "other partner": lambda: changed("province-agent", "somebody-else"),
    "other day": lambda: changed("|20261121|", "|20261120|"),
    "other offset": lambda: changed("+08:00", "+09:00"),
    "line number": lambda: changed("D|2|", "D|4|"),
    "line twice": lambda: changed("\nD|2|", "\n" + FILE.decode("gb18030").splitlines()[1] + "\nD|2|"),
    "line missing": lambda: changed(FILE.decode("gb18030").splitlines()[3] + "\n", ""),
    "kind": lambda: changed("|R|", "|X|"),
    "state": lambda: changed("|SUCCESS|", "|DONE|"),
    "amount": lambda: changed("|5000|5000|5000|SUCCESS", "|5001|5000|5000|SUCCESS"),
    "charged": lambda: changed("|5000|5000|5000|SUCCESS", "|5000|5001|5000|SUCCESS"),
    "delivered": lambda: changed("|5000|5000|5000|SUCCESS", "|5000|5000|5001|SUCCESS"),
    "no amount": lambda: changed("|5000|5000|5000|SUCCESS", "||5000|5000|SUCCESS"),
    "time": lambda: changed("|20261121204001", "|20261321204001"),
    "field too many": lambda: changed("|20261121204001", "|20261121204001|"),
    "count": lambda: changed("T|3|", "T|4|"),
    "checksum": lambda: FILE[:-5] + b"0000\n",
    "something after the trailer": lambda: FILE + b"D|4|\n",
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_file_is_rejected_whole(name: str) -> None:
    with pytest.raises(CannotTell):
        read_statement(SPOILT[name](), "province-agent", DAY)


def test_a_file_of_another_day_is_rejected() -> None:
    with pytest.raises(CannotTell, match="header"):
        read_statement(FILE, "province-agent", date(2026, 11, 22))


def test_every_byte_counts() -> None:
    for position in range(len(FILE)):
        spoilt = bytearray(FILE)
        spoilt[position] ^= 1
        with pytest.raises(CannotTell):
            read_statement(bytes(spoilt), "province-agent", DAY)
