"""One connection kept up, and the beat without which Asterisk takes no calls."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ivr.asterisk import supervisor as supervisor_module
from ivr.asterisk.link import Link
from ivr.asterisk.supervisor import Access, Supervisor
from tests.ivr.asterisk.conftest import InThread

WAIT = 30.0


def until(true: Callable[[], bool]) -> None:
    """Wait for a condition, with a generous limit."""
    end = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


class Owner:
    """Counts what happens to the connection."""

    def __init__(self) -> None:
        self.ups = self.falls = 0

    def on_event(self, event: Any) -> None:
        """Nothing."""

    def on_up(self, link: Link) -> None:
        self.ups += 1

    def on_fall(self) -> None:
        self.falls += 1


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def supervisor(fake: InThread, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    monkeypatch.setattr(supervisor_module, "BEAT_SECONDS", 0.02)
    made = Supervisor(fake.access, owner)
    made.start()
    assert made.ready.wait(WAIT)
    yield made
    made.stop()


def test_it_says_who_serves_and_that_it_lives(supervisor: Supervisor, fake: InThread) -> None:
    assert fake.exchange.variables["IVR_ACTIVE"] == "kongchong"
    assert abs(int(fake.exchange.variables["IVR_BEAT"]) - time.time()) < WAIT
    fake.exchange.variables["IVR_BEAT"] = "1"
    until(lambda: fake.exchange.variables["IVR_BEAT"] != "1")
    assert fake.exchange.served


def test_while_it_rests_no_call_is_taken(supervisor: Supervisor, fake: InThread) -> None:
    supervisor.rest()
    until(lambda: fake.exchange.variables["IVR_BEAT"] == "0")
    assert not fake.exchange.served
    assert supervisor.link is not None


def test_a_cut_connection_comes_back(supervisor: Supervisor, fake: InThread, owner: Owner) -> None:
    fake.cut()
    until(lambda: owner.ups == 2 and supervisor.ready.is_set())
    assert owner.falls == 1


def test_a_stalled_machine_is_left_and_found_again(
    supervisor: Supervisor, fake: InThread, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.asterisk.link.ANSWER_SECONDS", 0.1)
    fake.exchange.manager.mute = True
    until(lambda: owner.falls >= 1)
    fake.exchange.manager.mute = False
    fake.exchange.manager.refuses_two = False
    monkeypatch.setattr("ivr.asterisk.link.ANSWER_SECONDS", 5.0)
    until(lambda: owner.ups >= 2 and supervisor.ready.is_set())


def test_it_waits_for_an_asterisk_that_is_not_there_yet(owner: Owner, caplog: pytest.LogCaptureFixture) -> None:
    late = InThread()
    made = Supervisor(late.access, owner)
    made.start()
    until(lambda: "no connection" in caplog.text)
    late.start()
    assert made.ready.wait(WAIT)
    made.stop()
    late.stop()


def test_a_wrong_secret_is_said_without_it(fake: InThread, owner: Owner, caplog: pytest.LogCaptureFixture) -> None:
    made = Supervisor(Access("127.0.0.1", fake.port, "kongchong", "wrong secret"), owner)
    made.start()
    until(lambda: "turns us away" in caplog.text)
    made.stop()
    assert "wrong secret" not in caplog.text
    assert not made.ready.is_set()


def test_the_pause_grows_and_is_short_again_after_a_success(owner: Owner) -> None:
    waited: list[float] = []
    made = Supervisor(Access("127.0.0.1", 1, "u", "s"), owner)

    def wait(timeout: float | None = None) -> bool:
        waited.append(timeout or 0.0)
        return False

    made._stopping = threading.Event()
    made._stopping.wait = wait  # type: ignore[method-assign]
    for _ in range(10):
        made._rest_a_while()
    assert all(0.05 <= pause <= 5.0 for pause in waited)
    assert waited[-1] >= 2.5


def test_whoever_beats_last_gets_the_next_call(supervisor: Supervisor, fake: InThread) -> None:
    """Another that served calls beside us is gone: with our next beat they are ours."""
    fake.exchange.variables["IVR_ACTIVE"] = "another"
    until(lambda: fake.exchange.variables["IVR_ACTIVE"] == "kongchong")


def test_resting_leaves_calls_to_whoever_serves_beside_us(supervisor: Supervisor, fake: InThread) -> None:
    supervisor.rest()
    until(lambda: fake.exchange.variables["IVR_BEAT"] == "0")
    fake.exchange.variables["IVR_BEAT"] = "5"
    time.sleep(0.1)
    assert fake.exchange.variables["IVR_BEAT"] == "5"
    assert supervisor.link is not None
