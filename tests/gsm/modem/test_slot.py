"""A slot from an empty place to a working modem, through everything that can befall it."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from gsm.modem.channel import Event, NoAnswer
from gsm.modem.hub import Hub
from gsm.modem.sim_store import Stored
from gsm.modem.slot import Slot, SlotDown, SlotTimes, Talk
from gsm.modem.startup import Identity, NotUp, Trouble
from tests.gsm.modem.fake import ICCID, FakeModem
from tests.gsm.modem.test_sim_store import listed

TIMES = SlotTimes(greet=0.1, tick=0.02, check_every=0.2, sweep_every=0.3, retry=0.05, retry_given_up=0.3, reset_gone=0.2, reset_back=5.0)
WAIT = 30.0


class User:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.ups: list[Identity] = []
        self.downs: list[tuple[str, bool]] = []
        self.kept: list[Stored] = []
        self.events: list[str] = []
        self.idles = 0
        self.unwanted = self.fails = False

    def pin_of(self, iccid: str) -> str | None:
        return None

    def up(self, slot: Slot, identity: Identity) -> None:
        if self.unwanted:
            raise NotUp(Trouble.STRANGE_CARD)
        self.ups.append(identity)

    def down(self, slot: Slot, why: str, given_up: bool) -> None:
        self.downs.append((why, given_up))

    def keep(self, slot: Slot, stored: Sequence[Stored]) -> Sequence[Stored]:
        self.kept += stored
        return stored

    def heard(self, slot: Slot, event: Event) -> None:
        self.events.append(event.line)

    def idle(self, slot: Slot) -> None:
        self.idles += 1
        if self.fails:
            self.fails = False
            raise RuntimeError("mine")


@pytest.fixture
def user() -> User:
    return User()


@pytest.fixture
def slot(tmp_path: Path, user: User) -> Iterator[Slot]:
    path = tmp_path / "tty" / "slot1"
    made = Slot("slot1", lambda: [str(path)] if path.exists() else [], user, TIMES)
    made.start()
    yield made
    made.stop()


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < end, "in vain"
        time.sleep(0.01)


def test_a_modem_is_found_when_it_comes_and_missed_when_it_goes(modem: FakeModem, slot: Slot, user: User) -> None:
    until(lambda: slot.is_up and slot.signal)
    assert user.ups[0].iccid == ICCID
    modem.unplug()
    until(lambda: user.downs)
    assert user.downs == [("gone", False)]
    assert not slot.is_up
    with FakeModem(modem.path):
        until(lambda: slot.is_up)


def test_jobs_are_done_one_after_another(modem: FakeModem, slot: Slot) -> None:
    until(lambda: slot.is_up)
    together: list[int] = []

    def job(talk: Talk) -> int:
        together.append(1)
        assert len(together) == 1
        talk.channel.ask("AT")
        together.pop()
        return 7

    futures = [slot.run(job) for _ in range(5)]
    assert [future.result(WAIT) for future in futures] == [7] * 5


def test_a_jobs_failure_is_its_own(modem: FakeModem, slot: Slot) -> None:
    until(lambda: slot.is_up)

    def fails(_talk: Talk) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError):
        slot.run(fails).result(WAIT)
    assert slot.run(lambda talk: talk.signal().good).result(WAIT)


def test_without_a_modem_no_job_is_begun(slot: Slot) -> None:
    with pytest.raises(SlotDown):
        slot.run(lambda _talk: None).result(WAIT)


def test_jobs_that_wait_when_the_modem_goes_are_told(modem: FakeModem, slot: Slot) -> None:
    until(lambda: slot.is_up)
    go = threading.Event()

    def long(_talk: Talk) -> None:
        modem.unplug()
        go.wait(WAIT)

    first, second = slot.run(long), slot.run(lambda _talk: None)
    go.set()
    first.result(WAIT)
    with pytest.raises(SlotDown):
        second.result(WAIT)


def test_messages_are_swept_by_and_by_and_when_they_are_announced(modem: FakeModem, slot: Slot, user: User) -> None:
    def empty(fake: FakeModem, _command: str) -> None:
        fake.answers["AT+CMGL=4"] = ["OK"]
        fake.say("OK")

    modem.begins["AT+CMGD="] = empty
    until(lambda: slot.is_up)
    modem.answers["AT+CMGL=4"] = listed("一")
    until(lambda: user.kept)
    modem.answers["AT+CMGL=4"] = listed("二")
    modem.say('+CMTI: "SM",1')
    until(lambda: len(user.kept) == 2)
    assert len(modem.heard("AT+CMGD=")) == 2


@pytest.mark.parametrize("says", ["^SMMEMFULL", '^SMMEMFULL: "SM"', '+CMTI: "SM",3', "+CDSI: 1"])
def test_what_a_modem_says_of_its_card_has_it_swept(modem: FakeModem, user: User, says: str) -> None:
    seldom = SlotTimes(greet=0.1, tick=0.02, check_every=3600, sweep_every=3600)
    slot = Slot("slot1", lambda: [str(modem.path)], user, seldom)
    slot.start()
    try:
        until(lambda: user.idles)
        modem.answers["AT+CMGL=4"] = listed("一")
        modem.say(says)
        until(lambda: user.kept)
    finally:
        slot.stop()


def test_a_card_that_is_nearly_full_is_swept(modem: FakeModem, user: User, tmp_path: Path) -> None:
    modem.answers["AT+CPMS?"] = ['+CPMS: "SM",17,20,"SM",17,20,"SM",17,20', "OK"]
    seldom = SlotTimes(greet=0.1, tick=0.02, check_every=0.05, sweep_every=3600)
    slot = Slot("slot1", lambda: [str(modem.path)], user, seldom)
    slot.start()
    try:
        until(lambda: len(modem.heard("AT+CMGL")) > 2)
    finally:
        slot.stop()


def test_events_reach_the_job_that_waits_and_else_the_user(modem: FakeModem, slot: Slot, user: User) -> None:
    until(lambda: slot.is_up)
    modem.say('+CUSD: 0,"late",15')
    until(lambda: '+CUSD: 0,"late",15' in user.events)

    def waits(talk: Talk) -> Event | None:
        modem.say('+CUSD: 0,"mine",15')
        return talk.event(WAIT)

    assert slot.run(waits).result(WAIT) == Event('+CUSD: 0,"mine",15')
    assert slot.run(lambda talk: talk.event(0)).result(WAIT) is None


def test_a_silent_modem_is_reopened_reset_and_given_up(modem: FakeModem, slot: Slot, user: User) -> None:
    until(lambda: slot.is_up)
    modem.deaf = True
    until(lambda: ("silent", True) in user.downs)
    assert user.downs[0] == ("silent", False)
    modem.deaf = False
    until(lambda: slot.is_up)


def test_a_modem_that_missed_one_answer_is_brought_into_step(modem: FakeModem, slot: Slot, user: User) -> None:
    until(lambda: slot.is_up)
    modem.answers["AT+X"] = []
    with pytest.raises(NoAnswer):
        slot.run(lambda talk: talk.channel.ask("AT+X", seconds=0.05)).result(WAIT)
    until(lambda: len(modem.heard("AT+CGSN")) > 1)
    assert slot.run(lambda talk: talk.channel.ask("AT").ok).result(WAIT)
    assert not user.downs


def test_an_unwanted_card_is_left_alone_until_somebody_asks(modem: FakeModem, slot: Slot, user: User) -> None:
    user.unwanted = True
    until(lambda: ("strange_card", True) in user.downs)
    user.unwanted = False
    slot.try_again()
    until(lambda: slot.is_up)


def test_a_user_who_fails_is_brought_up_anew(modem: FakeModem, slot: Slot, user: User) -> None:
    until(lambda: slot.is_up)

    user.fails = True
    until(lambda: len(user.ups) == 2)
    assert user.downs == [("failed", False)]


def test_power_is_cycled_where_that_can_be_done(modem: FakeModem, user: User) -> None:
    modem.deaf = True
    cycled: list[str] = []

    def cycle(name: str) -> bool:
        cycled.append(name)
        modem.deaf = False
        return True

    slot = Slot("slot1", lambda: [str(modem.path)], user, TIMES, cycle_power=cycle)
    slot.start()
    try:
        until(lambda: slot.is_up)
    finally:
        slot.stop()
    assert cycled == ["slot1"]


def test_a_hub_finds_new_modems(tmp_path: Path, user: User) -> None:
    hub = Hub(f"{tmp_path}/tty/*", user, TIMES)
    hub.start()
    try:
        with FakeModem(tmp_path / "tty" / "slot1"):
            until(lambda: len(user.ups) == 1)
            with FakeModem(tmp_path / "tty" / "slot2"):
                until(lambda: len(user.ups) == 2)
        assert sorted(hub.slots) == ["slot1", "slot2"]
    finally:
        hub.stop()
