"""A serial port: ours alone, read in pieces, and exact about what had left when it fails."""

import os
import threading
import time
from pathlib import Path

import pytest

from gsm.modem.serial_port import READ_SECONDS, CutOff, SerialPort
from tests.gsm.modem.fake import FakeModem


def test_what_is_written_is_heard_and_what_is_said_is_read(modem: FakeModem) -> None:
    port = SerialPort(str(modem.path))
    port.write(b"AT\r")
    read = b""
    while b"OK\r\n" not in read:
        read += port.read()
    assert modem.said == ["AT"]
    port.close()


def test_a_quiet_port_gives_nothing_after_a_while(modem: FakeModem) -> None:
    port = SerialPort(str(modem.path))
    began = time.monotonic()
    assert port.read() == b""
    assert time.monotonic() - began >= READ_SECONDS / 2
    port.close()


def test_a_port_is_opened_once(modem: FakeModem) -> None:
    port = SerialPort(str(modem.path))
    with pytest.raises(OSError, match="lock"):
        SerialPort(str(modem.path))
    port.close()
    SerialPort(str(modem.path)).close()


def test_a_port_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        SerialPort(str(tmp_path / "none"))


def test_after_a_modem_is_gone_nothing_leaves(modem: FakeModem) -> None:
    port = SerialPort(str(modem.path))
    modem.unplug()
    with pytest.raises(CutOff) as failed:
        port.write(b"AT\r")
    assert failed.value.written == 0
    port.close()


def test_closing_twice_and_writing_after_it(modem: FakeModem) -> None:
    port = SerialPort(str(modem.path))
    port.close()
    port.close()
    with pytest.raises(CutOff) as failed:
        port.write(b"AT\r")
    assert failed.value.written == 0


def test_a_reader_that_waits_comes_out_when_the_port_is_closed(modem: FakeModem) -> None:
    port = SerialPort(str(modem.path))
    ended = threading.Event()

    def read() -> None:
        try:
            while port.read() == b"":
                continue
        except (OSError, TypeError):
            ended.set()

    reader = threading.Thread(target=read)
    reader.start()
    port.close()
    assert ended.wait(10)
    reader.join()


def test_a_port_that_takes_a_part_says_how_much(modem: FakeModem, monkeypatch: pytest.MonkeyPatch) -> None:
    port = SerialPort(str(modem.path))
    written = iter([2])
    real = os.write

    def few(handle: int, octets: bytes) -> int:
        count = next(written, None)
        if count is None:
            raise OSError("no more")
        return real(handle, octets[:count])

    monkeypatch.setattr("gsm.modem.serial_port.os.write", few)
    with pytest.raises(CutOff) as failed:
        port.write(b"AT+CUSD\r")
    assert failed.value.written == 2
    monkeypatch.undo()
    port.close()


def test_a_port_that_takes_nothing_is_given_up(modem: FakeModem, monkeypatch: pytest.MonkeyPatch) -> None:
    port = SerialPort(str(modem.path))
    monkeypatch.setattr("gsm.modem.serial_port.select.select", lambda *_: ([], [], []))
    with pytest.raises(CutOff, match="takes nothing"):
        port.write(b"AT\r")
    monkeypatch.undo()
    port.close()
