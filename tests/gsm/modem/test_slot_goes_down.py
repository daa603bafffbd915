"""A slot whose modem goes at the worst moment: one word for it, and no job that waits for ever or comes to another modem."""

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from gsm.modem.slot import Slot, SlotDown, Talk
from tests.gsm.modem.fake import FakeModem
from tests.gsm.modem.test_slot import TIMES, WAIT, User, until


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


@pytest.mark.parametrize("command", ["AT+CSQ", "AT+CREG?", "AT+CPMS?", "AT+CMGL=4"])
def test_unplugged_while_it_is_looked_after_is_gone(modem: FakeModem, slot: Slot, user: User, command: str) -> None:
    until(lambda: slot.is_up)
    modem.answers[command] = lambda fake, _: fake.unplug()
    until(lambda: user.downs)
    assert user.downs == [("gone", False)]


def test_what_the_modem_does_not_answer_is_no_unplugging(modem: FakeModem, slot: Slot, user: User) -> None:
    until(lambda: slot.is_up)
    modem.deaf = True
    until(lambda: user.downs)
    assert user.downs[0][0] in {"silent", "NoAnswer"}


def test_jobs_that_wait_while_the_modem_goes_are_told(modem: FakeModem, slot: Slot) -> None:
    until(lambda: slot.is_up)
    behind: list[Future[Any]] = []

    def pulls(talk: Talk) -> None:
        behind.extend(slot.run(lambda _talk: "done by another modem") for _ in range(3))
        modem.unplug()
        talk.channel.gone.wait(WAIT)

    slot.run(pulls).result(WAIT)
    for future in behind:
        with pytest.raises(SlotDown):
            future.result(WAIT)
    with FakeModem(modem.path) as again:
        until(lambda: slot.is_up)
        assert slot.run(lambda talk: talk.channel.ask("AT").ok).result(WAIT)
        again.unplug()


def test_a_job_that_was_called_off_is_not_done(modem: FakeModem, slot: Slot) -> None:
    until(lambda: slot.is_up)
    done: list[str] = []

    def calls_off(_talk: Talk) -> None:
        assert slot.run(lambda _talk: done.append("in vain")).cancel()

    slot.run(calls_off).result(WAIT)
    assert slot.run(lambda talk: talk.signal().good).result(WAIT)
    assert done == []


def test_after_the_end_every_job_is_turned_away(modem: FakeModem, slot: Slot) -> None:
    until(lambda: slot.is_up)
    slot.stop()
    assert not slot.is_up
    with pytest.raises(SlotDown, match="slot1"):
        slot.run(lambda _talk: None).result(0)
