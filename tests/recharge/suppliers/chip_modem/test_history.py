"""The operator's list of latest transactions, read for one order."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recharge.books.chip_statements import ChipOrder
from recharge.suppliers.chip_modem.history import Entry, Found, entries, search
from recharge.suppliers.chip_modem.settings import ChipSettings

NOW = datetime(2026, 11, 27, 12, 30, tzinfo=UTC)
SETTINGS = ChipSettings(iccid="8962000000000000001", unit_minor=100_000, zone="UTC", last_none="Belum ada")
TEXT = "Trx terakhir: 1) 27/11 12:20 10rb 081389092678 SN 1001; 2) 27/11 12:10 5rb 081300000001 SN 1002"


def order(**instead: Any) -> ChipOrder:
    made: dict[str, Any] = {"attempt_id": 7, "number": "081389092678", "face_minor": 1_000_000, "charge_minor": 0, "state": "unknown",
            "sent_at": NOW - timedelta(minutes=10)} | instead  # fmt: skip
    return ChipOrder(**made)


def nobody(_serial: str) -> int | None:
    return None


def test_a_list_is_read_with_its_moments() -> None:
    assert entries(TEXT, SETTINGS, NOW) == [
        Entry("081389092678", 10, "1001", NOW - timedelta(minutes=10)),
        Entry("081300000001", 5, "1002", NOW - timedelta(minutes=20)),
    ]
    assert entries("Belum ada transaksi.", SETTINGS, NOW) == []
    assert entries("Stok Anda: 10rb=5", SETTINGS, NOW) is None


def test_a_day_without_a_year_is_the_latest_one() -> None:
    listed = entries("31/12 23:59 10rb 081389092678 SN 1", SETTINGS, datetime(2027, 1, 1, 0, 5, tzinfo=UTC))
    assert listed
    assert listed[0].at == datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    impossible = entries("31/02 23:59 10rb 081389092678 SN 1", SETTINGS, NOW)
    assert impossible
    assert impossible[0].at is None


def test_an_order_is_found_by_number_amount_and_time() -> None:
    listed = entries(TEXT, SETTINGS, NOW) or []
    found = search(listed, order(), SETTINGS, nobody)
    assert isinstance(found, Entry)
    assert found.serial_number == "1001"


@pytest.mark.parametrize(
    ("instead", "proved", "found"),
    [
        # Not in the list, which reaches back beyond it.
        ({"number": "081377777777"}, None, Found.ABSENT),
        ({"face_minor": 2_000_000}, None, Found.ABSENT),
        # The only entry like it proves another order.
        ({}, 8, Found.ABSENT),
        # Sent before the list begins.
        ({"number": "081377777777", "sent_at": NOW - timedelta(hours=2)}, None, Found.CANNOT_TELL),
        # Listed, but long before it was sent.
        ({"sent_at": NOW - timedelta(minutes=1)}, None, Found.ABSENT),
    ],
)
def test_what_is_not_there(instead: dict[str, Any], proved: int | None, found: Found) -> None:
    assert search(entries(TEXT, SETTINGS, NOW) or [], order(**instead), SETTINGS, lambda _serial: proved) is found


def test_its_own_serial_number_is_its_own() -> None:
    assert isinstance(search(entries(TEXT, SETTINGS, NOW) or [], order(), SETTINGS, lambda _serial: 7), Entry)


def test_two_that_fit_prove_nothing() -> None:
    twice = TEXT.replace("5rb 081300000001", "10rb 081389092678")
    assert search(entries(twice, SETTINGS, NOW) or [], order(sent_at=NOW - timedelta(minutes=25)), SETTINGS, nobody) is Found.CANNOT_TELL


def test_a_list_with_more_lines_than_it_can_have_is_not_understood() -> None:
    short = SETTINGS.model_copy(update={"last_count": 1})
    asked = order(number="081377777777")
    assert search(entries(TEXT, SETTINGS, NOW) or [], asked, SETTINGS, nobody) is Found.ABSENT
    assert search(entries(TEXT, short, NOW) or [], asked, short, nobody) is Found.CANNOT_TELL


def test_an_empty_list_has_nothing() -> None:
    assert search([], order(), SETTINGS, nobody) is Found.ABSENT


def test_entries_without_a_time_reach_nowhere() -> None:
    plain = SETTINGS.model_copy(update={"last_line": r"(?P<units>\d+)rb (?P<number>\d+) SN (?P<sn>\w+)"})
    listed = entries(TEXT, plain, NOW) or []
    assert isinstance(search(listed, order(), plain, nobody), Entry)
    assert search(listed, order(number="081377777777"), plain, nobody) is Found.CANNOT_TELL
