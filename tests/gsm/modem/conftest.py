"""A modem on a pty and a channel to it, both closed after the test."""

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from gsm.modem.channel import Channel, Event
from gsm.modem.serial_port import SerialPort
from tests.gsm.modem.fake import FakeModem


@pytest.fixture
def modem(tmp_path: Path) -> Iterator[FakeModem]:
    with FakeModem(tmp_path / "tty" / "slot1") as made:
        yield made


@pytest.fixture
def events() -> "queue.SimpleQueue[Event]":
    return queue.SimpleQueue()


@pytest.fixture
def channel(modem: FakeModem, events: "queue.SimpleQueue[Event]") -> Iterator[Channel]:
    made = Channel(SerialPort(str(modem.path)), events.put, "test")
    yield made
    made.close()
