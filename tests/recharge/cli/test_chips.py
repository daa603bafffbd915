"""Dealer chips from the terminal."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recharge.books.chip_statements import ChipBook, ChipOrder
from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.clock import SystemClock
from recharge.domain.outcomes import OutcomeState
from tests.recharge.cli.conftest import Terminal

ICCID = "8962000000000000001"
SETTINGS = json.dumps({"iccid": ICCID, "recharge": "*777*{number}*{units}#"})


@pytest.fixture
def chip(terminal: Terminal, clean_sqlite_url: str, tmp_path: Path) -> Terminal:
    """A chip that has sold once and waits for a person."""
    secret = tmp_path / "chip.secret"
    secret.touch(mode=0o600)
    secret.write_text("{}", encoding="ascii")
    terminal.done("party", "add", "HQ", "本部", "--kind", "platform")
    terminal.done("link", "add", "CHIP1", "卡一", "chip_modem", "--settings", SETTINGS, "--secret-file", str(secret))
    database = Database(clean_sqlite_url)
    book, now = ChipBook(database, IdMaker(9, SystemClock())), datetime.now(UTC)
    book.make_chip(ICCID, "CHIP1", now)
    book.change_chip(
        ICCID, now, state="paused", reason="stock_gap 3", slot="s1", seen_in="s1", told={0: (500_00, now - timedelta(hours=1))}, told_at=now
    )
    book.begin(ICCID, ChipOrder(77, "13800138000", 50_00, 48_00, "", now))
    book.settle(77, OutcomeState.SUCCESS, now, "RULE", "SN9")
    database.close()
    return terminal


def test_chips_are_listed_with_their_stock(chip: Terminal) -> None:
    [row] = chip.lines("chip", "list")
    assert row[:5] == ["CHIP1", ICCID, "paused", "stock_gap 3", "s1"]
    assert (row[6], row[8], row[9]) == ("500.00", "452.00", "0")


def test_the_latest_orders_show_no_full_number(chip: Terminal) -> None:
    [row] = chip.lines("chip", "last", "CHIP1")
    assert row[1:] == ["77", "138****8000", "50.00", "success", "SN9", "RULE"]


def test_a_chip_is_released_and_held(chip: Terminal) -> None:
    chip.done("chip", "release", "CHIP1")
    assert chip.lines("chip", "list")[0][2:4] == ["ready", ""]
    chip.done("chip", "hold", "CHIP1", "stocktaking")
    assert chip.lines("chip", "list")[0][2:4] == ["paused", "stocktaking"]
    assert "NOBODY" in chip.refused("chip", "release", "NOBODY")


def test_pace_and_hours(chip: Terminal) -> None:
    chip.done("chip", "pace", "CHIP1", "--gap", "12", "--hour", "40")
    chip.done("chip", "hours", "CHIP1", "08:00", "22:00")
    settings = json.loads(chip.lines("link", "list")[0][5])
    assert (settings["gap_seconds"], settings["most_an_hour"], settings["opens"], settings["closes"]) == (12.0, 40, "08:00", "22:00")
    assert "in order" in chip.done("check")
