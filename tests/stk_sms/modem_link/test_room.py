"""The room shared by links: each card finds its own link, and the modems are given back with the last of them."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gsm.modem.channel import Event
from gsm.modem.sim_store import Stored
from gsm.modem.slot import Slot, SlotTimes
from stk_sms.modem_link.link import ModemSettings
from stk_sms.modem_link.room import Room
from tests.gsm.modem.fake import ICCID, FakeModem

TIMES = SlotTimes(greet=0.2, tick=0.02, check_every=0.3, sweep_every=0.2, retry=0.1, retry_given_up=0.5)
OTHER = "8962000000000000999"
WAIT = 30.0


@dataclass
class Link:
    """A link as the room sees it."""

    settings: ModemSettings
    slot: Slot | None = None
    pin_tried: bool = False
    taken: list[Stored] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.settings.name

    def take(self, stored: Sequence[Stored]) -> Sequence[Stored]:
        self.taken += stored
        return stored


@pytest.fixture
def modem(tmp_path: Path) -> Iterator[FakeModem]:
    with FakeModem(tmp_path / "tty" / "slot1") as made:
        yield made


@pytest.fixture
def room(modem: FakeModem) -> Room:
    return Room(f"{modem.path.parent}/*", TIMES)


def link(name: str, iccid: str = "", pin: str = "") -> Link:
    return Link(ModemSettings(name, "", iccid, pin=pin))


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < end, "in vain"
        time.sleep(0.01)


def test_a_card_finds_its_link_and_is_missed_when_it_goes(modem: FakeModem, room: Room) -> None:
    mine, other = link("mine", ICCID), link("other", OTHER)
    room.enter(other)
    room.enter(mine)
    until(lambda: mine.slot is not None)
    assert other.slot is None
    modem.unplug()
    until(lambda: mine.slot is None)
    room.leave(mine)
    room.leave(other)


def test_a_link_with_the_cards_number_comes_before_one_without(modem: FakeModem, room: Room) -> None:
    anybody, mine = link("anybody"), link("mine", ICCID)
    room.enter(mine)
    room.enter(anybody)
    until(lambda: mine.slot is not None)
    assert anybody.slot is None
    room.leave(anybody)
    room.leave(mine)


def test_a_link_that_comes_later_gets_the_card_that_was_a_strangers(modem: FakeModem, room: Room) -> None:
    other, mine = link("other", OTHER), link("mine", ICCID)
    room.enter(other)
    until(lambda: modem.heard("AT+CCID"))
    room.enter(mine)
    until(lambda: mine.slot is not None)
    room.leave(mine)
    room.leave(other)


def test_the_modems_are_given_back_with_the_last_link(modem: FakeModem, room: Room) -> None:
    first, second = link("first", ICCID), link("second", OTHER)
    room.enter(first)
    room.enter(second)
    until(lambda: first.slot is not None)
    room.leave(second)
    until(lambda: first.slot is not None)
    room.leave(first)
    room.leave(first)
    until(lambda: first.slot is None)
    room.enter(first)
    until(lambda: first.slot is not None)
    room.leave(first)


@pytest.mark.parametrize(("iccid", "pin", "given"), [(ICCID, "4711", "4711"), (ICCID, "", None), (OTHER, "4711", None)])
def test_a_pin_is_given_once_and_to_its_own_card(room: Room, iccid: str, pin: str, given: str | None) -> None:
    one = link("one", iccid, pin)
    room.enter(one)
    room.leave(one)
    room._guests.append(one)
    assert [room.pin_of(ICCID), room.pin_of(ICCID)] == [given, None]


def test_a_slot_without_a_link_keeps_its_messages(room: Room) -> None:
    slot = Slot("nobody", list, room, TIMES)
    assert list(room.keep(slot, [Stored(1, "00", None)])) == []
    room.heard(slot, Event("RING"))
    room.idle(slot)
    room.down(slot, "gone", given_up=False)
