"""From ttys to slots, and from a slot's ttys to the one to use."""

import queue
from pathlib import Path

import pytest

from gsm.modem.channel import Event
from gsm.modem.opening import CannotOpen, open_best, slots_of
from gsm.modem.serial_port import SerialPort
from tests.gsm.modem.fake import FakeModem


def test_ttys_of_one_device_are_one_slot(tmp_path: Path) -> None:
    for name in ("pci-0:1.2:1.0-port0", "pci-0:1.2:1.1-port0", "pci-0:1.3:1.0-port0", "pci-0:1.4:1.0", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    found = slots_of(f"{tmp_path}/*")
    assert {name: len(paths) for name, paths in found.items()} == {"pci-0:1.2": 2, "pci-0:1.3": 1, "pci-0:1.4:1.0": 1}
    assert slots_of(f"{tmp_path}/none*") == {}


def test_the_only_one_that_answers_is_taken(tmp_path: Path) -> None:
    heard: queue.SimpleQueue[Event] = queue.SimpleQueue()
    with FakeModem(tmp_path / "a") as silent, FakeModem(tmp_path / "b") as good:
        silent.deaf = True
        channel = open_best([str(silent.path), str(good.path)], SerialPort, heard.put, 0.05)
        assert channel is not None
        assert channel.name == "b"
        good.say("RING")
        assert heard.get(timeout=10) == Event("RING")
        channel.close()


def test_of_two_that_answer_the_one_that_speaks_by_itself_is_taken(tmp_path: Path) -> None:
    with FakeModem(tmp_path / "a") as quiet, FakeModem(tmp_path / "b") as speaking:

        def off(fake: FakeModem, _command: str) -> None:
            fake.say("OK")
            speaking.say("+CREG: 0")

        quiet.answers["AT+CFUN=4"] = off
        channel = open_best([str(quiet.path), str(speaking.path)], SerialPort, lambda _event: None, 0.5)
        assert channel is not None
        assert channel.name == "b"
        channel.close()


def test_where_none_answers_there_is_no_channel(tmp_path: Path) -> None:
    with FakeModem(tmp_path / "a") as silent:
        silent.deaf = True
        assert open_best([str(silent.path)], SerialPort, lambda _event: None, 0.02) is None


def test_a_port_held_by_another_is_not_opened(tmp_path: Path) -> None:
    with FakeModem(tmp_path / "a") as modem:
        held = SerialPort(str(modem.path))
        with pytest.raises(CannotOpen):
            open_best([str(modem.path)], SerialPort, lambda _event: None)
        held.close()
    with pytest.raises(CannotOpen):
        open_best([str(tmp_path / "gone")], SerialPort, lambda _event: None)
