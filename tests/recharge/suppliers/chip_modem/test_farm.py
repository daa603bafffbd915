"""The chips of one process: each modem's card finds its link, whichever came first, and the last link gives the modems back."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gsm.modem.channel import Event
from gsm.modem.sim_store import Stored
from gsm.modem.slot import Slot
from gsm.modem.startup import Identity, NotUp, Trouble
from recharge.books.chip_statements import ChipBook
from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.clock import SystemClock
from recharge.suppliers.chip_modem.chip import Chip
from recharge.suppliers.chip_modem.farm import FARMS, Farm
from recharge.suppliers.chip_modem.link import ChipModemLink
from recharge.suppliers.chip_modem.settings import read_settings
from recharge.suppliers.contract import LinkDesk, LinkParts, Told
from tests.gsm.modem.fake import ICCID, FakeModem
from tests.recharge.suppliers.chip_modem.farmyard import until
from tests.recharge.suppliers.chip_modem.test_link import TIMES

OTHER = "8962000000000000999"
NOWHERE = "/nowhere/at/all/*"


@pytest.fixture
def database(clean_sqlite_url: str) -> Iterator[Database]:
    made = Database(clean_sqlite_url)
    yield made
    made.close()


def parts(database: Database, iccid: str = ICCID, ports: str = NOWHERE, code: str = "CHIP", **settings: Any) -> LinkParts:
    told: list[Told] = []
    desk = LinkDesk(database, IdMaker(6, SystemClock()), told.append)
    secret = json.dumps({"service": "1234", "sim": "4711"}).encode()
    return LinkParts(code, {"iccid": iccid, "ports": ports} | settings, secret, SystemClock(), desk=desk)


def chip_of(made: LinkParts) -> Chip:
    assert made.desk is not None
    settings, pins = read_settings(made)
    return Chip(made, settings, pins, ChipBook(made.desk.database, made.desk.ids))


def slot(farm: Farm, name: str = "slot1") -> Slot:
    return Slot(name, list, farm, TIMES)


def test_a_card_finds_its_chip(database: Database) -> None:
    farm, chip = Farm(NOWHERE, TIMES), chip_of(parts(database))
    farm.add(chip)
    place = slot(farm)
    farm.up(place, Identity("35", ICCID))
    assert chip.slot is place
    row = ChipBook(database, IdMaker(7, SystemClock())).chip(ICCID)
    assert row is not None
    assert (row.state, row.slot, row.seen_in, row.imei) == ("ready", "slot1", "slot1", "35")
    farm.down(place, "silent", given_up=False)
    assert chip.slot is None


def test_a_strange_card_is_turned_away_and_has_no_pin(database: Database) -> None:
    farm = Farm(NOWHERE, TIMES)
    farm.add(chip_of(parts(database)))
    with pytest.raises(NotUp) as failed:
        farm.up(slot(farm), Identity("35", OTHER))
    assert failed.value.trouble is Trouble.STRANGE_CARD
    assert farm.pin_of(OTHER) is None
    assert farm.pin_of("") is None
    assert [farm.pin_of(ICCID), farm.pin_of(ICCID)] == ["4711", None]


def test_a_chip_that_left_is_strange(database: Database) -> None:
    farm, chip = Farm(NOWHERE, TIMES), chip_of(parts(database))
    farm.add(chip)
    farm.remove(chip)
    farm.remove(chip)
    with pytest.raises(NotUp):
        farm.up(slot(farm), Identity("35", ICCID))


def test_the_older_link_of_a_card_does_not_take_the_newer_one_along(database: Database) -> None:
    farm, older, newer = Farm(NOWHERE, TIMES), chip_of(parts(database)), chip_of(parts(database, gap_seconds=1))
    place = slot(farm)
    farm.add(older)
    farm.up(place, Identity("35", ICCID))
    place.identity = Identity("35", ICCID)
    farm.add(newer)
    assert newer.slot is place
    farm.remove(older)
    farm.up(place, Identity("35", ICCID))
    assert newer.slot is place


@pytest.mark.parametrize(
    ("why", "given_up", "state"),
    [("gone", False, "away"), ("stopped", False, "away"), ("silent", False, "quarantined"), ("silent", True, "quarantined")],
)
def test_how_a_chip_that_is_down_stands(database: Database, why: str, given_up: bool, state: str) -> None:
    farm, chip = Farm(NOWHERE, TIMES), chip_of(parts(database))
    farm.add(chip)
    place = slot(farm)
    farm.up(place, Identity("35", ICCID))
    farm.down(place, why, given_up)
    row = ChipBook(database, IdMaker(7, SystemClock())).chip(ICCID)
    assert row is not None
    assert (row.state, row.reason, row.seen_in) == (state, why, "")


def test_a_paused_chip_stays_paused_when_it_comes_back(database: Database) -> None:
    farm, chip, book = Farm(NOWHERE, TIMES), chip_of(parts(database)), ChipBook(database, IdMaker(7, SystemClock()))
    farm.add(chip)
    place = slot(farm)
    farm.up(place, Identity("35", ICCID))
    chip._gap(3, 0)
    farm.down(place, "silent", given_up=True)
    farm.up(place, Identity("35", ICCID))
    row = book.chip(ICCID)
    assert row is not None
    assert (row.state, row.reason) == ("paused", "stock_gap 3")


def test_what_a_slot_says_goes_to_its_chip(database: Database) -> None:
    farm, chip = Farm(NOWHERE, TIMES), chip_of(parts(database))
    farm.add(chip)
    place = slot(farm)
    farm.up(place, Identity("35", ICCID))
    stored = [Stored(1, "00FF", None)]
    assert list(farm.keep(place, stored)) == stored
    farm.heard(place, Event('+CUSD: 0,"promo",15'))
    farm.heard(place, Event("RING"))
    farm.idle(place)
    kept = ChipBook(database, IdMaker(7, SystemClock())).unread_texts(ICCID, datetime(2020, 1, 1, tzinfo=UTC))
    assert [(row.channel, row.text) for row in kept] == [("sms", ""), ("ussd", "promo")]


@pytest.mark.parametrize(("command", "done"), [(("true", "{slot}"), True), (("false",), False), (("/nowhere/uhubctl",), False)])
def test_power_is_cycled_by_the_deployments_command(command: tuple[str, ...], done: bool) -> None:
    assert Farm(NOWHERE, TIMES, command)._cycle("slot1") is done


def test_links_of_one_pattern_share_the_modems(database: Database, tmp_path: Path) -> None:
    async def play() -> None:
        ports = f"{tmp_path}/tty/*"
        first = ChipModemLink(parts(database, OTHER, ports, "CHIP1"), TIMES)
        second = ChipModemLink(parts(database, ICCID, ports, "CHIP2"), TIMES)
        try:
            await until(lambda: second._chip is not None and second._chip.slot is not None)
            assert len(FARMS._farms) == 1
            await first.close()
            assert second._chip is not None
            assert second._chip.slot is not None
        finally:
            await first.close()
            await second.close()
        assert not FARMS._farms

    with FakeModem(tmp_path / "tty" / "slot1"):
        asyncio.run(play())
