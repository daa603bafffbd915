"""The manager's connection: what asterisk-ami leaves broken holds here."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asterisk.ami import Action

from ivr.asterisk import link as link_module
from ivr.asterisk.link import Down, Link, Refused
from tests.ivr.asterisk.conftest import InThread
from tests.support import machine

WAIT = 30.0


class Owner:
    """Notes what the link tells."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.falls = 0
        self.told, self.fell = threading.Event(), threading.Event()
        self.act: Callable[[Any], None] = lambda _: None

    def on_event(self, event: Any) -> None:
        self.names.append(event.name)
        self.told.set()
        self.act(event)

    def on_fall(self) -> None:
        self.falls += 1
        self.fell.set()


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def link(fake: InThread, owner: Owner) -> Iterator[Link]:
    """Connected and logged in."""
    made = Link(fake.access.host, fake.access.port, owner.on_event, owner.on_fall)
    made.connect()
    made.login(fake.access.user, fake.access.secret)
    yield made
    made.disconnect()


def ping(link: Link) -> str:
    return str(link.request(Action("Ping")).keys["Ping"])


def test_login_sends_no_password(link: Link, fake: InThread) -> None:
    assert ping(link) == "Pong"
    assert link.stands


def test_a_wrong_secret_is_told_apart_from_no_connection(fake: InThread, owner: Owner) -> None:
    made = Link(fake.access.host, fake.access.port, owner.on_event, owner.on_fall)
    made.connect()
    with pytest.raises(Refused, match="Authentication failed"):
        made.login("kongchong", "another")
    made.disconnect()


def test_nobody_listens(owner: Owner) -> None:
    made = Link("127.0.0.1", machine.free_port(), owner.on_event, owner.on_fall)
    with pytest.raises(Down):
        made.connect()
    made.disconnect()
    assert not made.stands


def test_something_else_listens(owner: Owner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        made = Link("127.0.0.1", server.getsockname()[1], owner.on_event, owner.on_fall)

        def greet() -> None:
            connection, _ = server.accept()
            connection.sendall(b"220 mail.example ESMTP\r\n")
            connection.close()

        thread = threading.Thread(target=greet)
        thread.start()
        with pytest.raises(Down):
            made.connect()
        thread.join()
        made.disconnect()


def test_a_quiet_connection_is_a_good_one(link: Link) -> None:
    """The library leaves three seconds on the socket, after which its reader dies."""
    assert link._socket.gettimeout() is None


def test_octet_by_octet(link: Link, fake: InThread, owner: Owner) -> None:
    fake.exchange.manager.chop = 1
    assert ping(link) == "Pong"
    fake.tell("Hangup", ("Uniqueid", "1.1"))
    assert owner.told.wait(WAIT)


@pytest.mark.parametrize("value", ["x\r\nAction: Command", "x\ny", "x\0"])
def test_no_value_smuggles_a_second_action_in(link: Link, value: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        link.send_action(Action("Setvar", {"Variable": "A", "Value": value}))
    assert ping(link) == "Pong"


def test_a_listeners_fault_stops_nothing(link: Link, fake: InThread, owner: Owner, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: Any) -> None:
        raise RuntimeError("a fault")

    owner.act = fail
    fake.tell("Hangup")
    assert owner.told.wait(WAIT)
    owner.told.clear()
    fake.tell("Hangup")
    assert owner.told.wait(WAIT)
    assert ping(link) == "Pong"
    # The fault is written down by the listeners' thread, perhaps a moment after the answer is here.
    until = time.monotonic() + WAIT
    while "a fault" not in caplog.text and time.monotonic() < until:
        time.sleep(0.01)
    assert "a fault" in caplog.text


def test_a_listener_may_ask_and_wait(link: Link, fake: InThread, owner: Owner) -> None:
    answered = threading.Event()

    def ask(_: Any) -> None:
        assert ping(link) == "Pong"
        answered.set()

    owner.act = ask
    fake.tell("Hangup")
    assert answered.wait(WAIT)


def test_a_cut_is_told_once_and_to_everybody(link: Link, fake: InThread, owner: Owner) -> None:
    fake.exchange.manager.mute = True
    waiting = [link.send_action(Action("Ping")) for _ in range(5)]
    fake.cut()
    for future in waiting:
        with pytest.raises(Down):
            future.result(WAIT)
    assert owner.fell.wait(WAIT)
    with pytest.raises(Down):
        link.send_action(Action("Ping"))
    link.disconnect()
    assert (owner.falls, link._waiting) == (1, {})


def test_a_stalled_machine_is_given_up(link: Link, fake: InThread, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "ANSWER_SECONDS", 0.1)
    fake.exchange.manager.mute = True
    with pytest.raises(Down, match="no answer"):
        link.request(Action("Ping"))
    assert owner.fell.wait(WAIT)
    assert not link.stands


def test_disconnect_wakes_its_own_reader(link: Link, owner: Owner) -> None:
    link.disconnect()
    assert owner.falls == 1
    assert link._thread is not None
    assert not link._thread.is_alive()
    assert not link._pump.is_alive()
    link.disconnect()
    assert owner.falls == 1


def test_many_threads_mix_nothing(link: Link, fake: InThread) -> None:
    def ask(number: int) -> None:
        link.request(Action("Setvar", {"Variable": f"N{number}", "Value": str(number) * 50}))

    with ThreadPoolExecutor(16) as workers:
        list(workers.map(ask, range(200)))
    kept = {name: value for name, value in fake.exchange.variables.items() if name.startswith("N")}
    assert kept == {f"N{number}": str(number) * 50 for number in range(200)}


def test_a_pack_that_cannot_be_read_is_passed_over(link: Link, caplog: pytest.LogCaptureFixture) -> None:
    link._receive("Event:")
    link._receive("Response: ")
    link._receive("nonsense")
    assert ping(link) == "Pong"


def test_more_events_than_fit_end_the_connection(fake: InThread, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was lost would leave a call waiting for ever."""
    monkeypatch.setattr(link_module, "_MOST_WAITING", 2)
    held, going_on = threading.Event(), threading.Event()

    def hold(_: Any) -> None:
        held.set()
        going_on.wait(WAIT)

    owner.act = hold
    made = Link(fake.access.host, fake.access.port, owner.on_event, owner.on_fall)
    made.connect()
    made.login(fake.access.user, fake.access.secret)
    with contextlib.suppress(Down):
        made.request(Action("Ping"))
    assert held.wait(WAIT)
    for _ in range(5):
        fake.tell("Hangup")
    assert owner.fell.wait(WAIT)
    going_on.set()
    made.disconnect()
    assert not made.stands
