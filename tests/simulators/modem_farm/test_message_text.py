"""Messages in text mode by every character set: what is typed is read, what lies on the card is shown, and what cannot be is refused."""

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any, cast

import pytest

from simulators.modem_farm.answers import Failed
from simulators.modem_farm.message_text import moment, read_letters, text_lines, written
from simulators.modem_farm.modem import Modem, Profile
from simulators.modem_farm.pdu import EIGHT_BITS, SEVEN_BITS, UCS2, Deliver, Part, Report

AT = datetime(2026, 11, 21, 20, 40, 1, tzinfo=timezone(timedelta(hours=8)))


def modem(**profile: Any) -> Modem:
    """Only what text mode looks at."""
    return cast("Modem", SimpleNamespace(profile=Profile(**profile)))


def arrived(text: str, coding: int = SEVEN_BITS, sender: str = "+6281100000") -> Deliver:
    content = text.encode("utf-16-be") if coding == UCS2 else text.encode("ascii")
    return Deliver(sender, Part(content, coding), AT, "+62811000000")


@pytest.mark.parametrize(
    ("letters", "typed", "text"),
    [
        ("GSM", b"sn 1", "sn 1"),
        ("GSM", b"\x00", "@"),
        ("GSM", b"\x1b\x65", "€"),
        ("IRA", b"caf\xe9", "café"),
        ("UCS2", b"5145503C", "充值"),
        ("UCS2", b"5145503c", "充值"),
        ("HEX", b"1B65", "€"),
        ("HEX", b"", ""),
    ],
)
def test_what_is_typed_is_read_in_the_clients_letters(letters: str, typed: bytes, text: str) -> None:
    assert read_letters(modem(letters=letters), typed) == text


@pytest.mark.parametrize("letters", ["UCS2", "HEX"])
@pytest.mark.parametrize("typed", [b"5", b"xy", b"\xff\xfe", "充".encode()])
def test_what_is_not_hexadecimal_is_an_invalid_text(letters: str, typed: bytes) -> None:
    with pytest.raises(Failed) as refused:
        read_letters(modem(letters=letters), typed)
    assert (refused.value.family, refused.value.code) == ("CMS", 305)


@pytest.mark.parametrize(
    ("letters", "text", "shown"),
    [("GSM", "@€", "\x00\x1be"), ("IRA", "充€", "充€"), ("UCS2", "a充", "00615145"), ("HEX", "@a", "0061"), ("HEX", "充", "3F")],
)
def test_a_text_is_written_in_the_clients_letters(letters: str, text: str, shown: str) -> None:
    assert written(letters, text) == shown


@pytest.mark.parametrize(
    ("hours", "shown"),
    [(8, "26/11/21,20:40:01+32"), (0, "26/11/21,20:40:01+00"), (-9.5, "26/11/21,20:40:01-38"), (5.75, "26/11/21,20:40:01+23")],
)
def test_a_time_has_its_zone_in_quarters(hours: float, shown: str) -> None:
    assert moment(AT.replace(tzinfo=timezone(timedelta(hours=hours)))) == shown


def test_a_message_is_shown_with_its_sender_and_time() -> None:
    assert text_lines(modem(letters="IRA"), arrived("sn 1")) == ['"+6281100000",,"26/11/21,20:40:01+32"', "sn 1"]


@pytest.mark.parametrize(
    ("sender", "coding", "text", "tail"),
    [
        ("+6281100000", SEVEN_BITS, "sn 1", ',145,4,0,0,"+62811000000",145,4'),
        ("777", SEVEN_BITS, "sn 1", ',129,4,0,0,"+62811000000",145,4'),
        ("TELKOMSEL", UCS2, "充", ',208,4,0,8,"+62811000000",145,2'),
    ],
)
def test_the_whole_head_says_of_what_sort_a_number_is(sender: str, coding: int, text: str, tail: str) -> None:
    head, _ = text_lines(modem(letters="IRA", text_headers=True), arrived(text, coding, sender))
    assert head == f'"{sender}",,"26/11/21,20:40:01+32"{tail}'


@pytest.mark.parametrize(
    ("letters", "coding", "text", "shown"),
    [
        ("GSM", UCS2, "充", "5145"),
        ("IRA", UCS2, "充", "5145"),
        ("UCS2", UCS2, "充", "5145"),
        ("UCS2", SEVEN_BITS, "sn", "0073006E"),
        ("HEX", SEVEN_BITS, "sn", "736E"),
        ("IRA", EIGHT_BITS, "\x01\x02", "0102"),
    ],
)
def test_what_the_letters_do_not_have_is_shown_in_hexadecimal(letters: str, coding: int, text: str, shown: str) -> None:
    assert text_lines(modem(letters=letters), arrived(text, coding))[1] == shown


def test_in_ucs2_the_sender_is_in_hexadecimal_too() -> None:
    assert text_lines(modem(letters="UCS2"), arrived("x", sender="XL"))[0].startswith('"0058004C"')


def test_a_report_is_one_line() -> None:
    report = Report(42, "+6281389092678", AT, datetime(2026, 11, 21, 12, 41, tzinfo=UTC), 0x40)
    assert text_lines(modem(letters="IRA"), report) == ['6,42,"+6281389092678",145,"26/11/21,20:40:01+32","26/11/21,12:41:00+00",64']
