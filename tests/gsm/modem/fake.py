"""A modem on a pty that answers as a test says; nothing of it is the product's."""

import os
import select
import threading
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

ICCID = "8962000000000000001"
IMEI = "350000000000017"
Answer = Callable[["FakeModem", str], object] | list[str]

START = {
    "AT": ["OK"], "ATE0": ["OK"], "AT+CMEE=1": ["OK"], "AT+CFUN=1": ["OK"], "AT+CPIN?": ["+CPIN: READY", "OK"], "AT+CGSN": [IMEI, "OK"],
    "AT+CCID": [f"+CCID: {ICCID}", "OK"], "AT+CREG=1": ["OK"], "AT+CMGF=0": ["OK"], 'AT+CSCS="GSM"': ["OK"], "AT+CNMI=2,1,0,0,0": ["OK"],
    "AT+CUSD=1": ["OK"], 'AT+CPMS="SM","SM","SM"': ["+CPMS: 0,20,0,20,0,20", "OK"], "AT+CSQ": ["+CSQ: 20,99", "OK"],
    "AT+CREG?": ["+CREG: 1,1", "OK"], "AT+CPMS?": ['+CPMS: "SM",0,20,"SM",0,20,"SM",0,20', "OK"], "AT+CMGL=4": ["OK"],
    "AT+CUSD=2": ["OK"],
}  # fmt: skip


class FakeModem:
    """Answers whole commands by `answers`, then those that begin so by `begins`; others with ERROR. `said` are all commands heard."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers: dict[str, Answer] = dict(START)
        self.begins: dict[str, Answer] = {}
        self.said: list[str] = []
        self.data: list[bytes] = []
        self.taking: Callable[[FakeModem, bytes], object] | None = None
        self.deaf = False
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self._waiting = b""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(os.ttyname(self._slave))
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._ended = threading.Event()
        self._thread.start()

    def __enter__(self) -> "FakeModem":
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    def say(self, *lines: str) -> None:
        """Lines with their ends."""
        self.raw("".join(f"\r\n{line}\r\n" for line in lines).encode("latin-1"))

    def raw(self, octets: bytes) -> None:
        """Just these octets; lost when it is gone."""
        if not self._ended.is_set():
            with suppress(OSError):
                os.write(self._master, octets)

    def prompt(self, take: Callable[["FakeModem", bytes], object]) -> None:
        """Ask for data; what comes before the end mark is given to `take`."""
        self.taking = take
        self.raw(b"\r\n> ")

    def heard(self, start: str) -> list[str]:
        """The commands that begin so."""
        return [command for command in self.said if command.startswith(start)]

    def unplug(self) -> None:
        """Take it away: the port fails for whoever has it open."""
        if not self._ended.is_set():
            self._ended.set()
            self.path.unlink(missing_ok=True)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _live(self) -> None:
        while not self._ended.is_set():
            if not select.select([self._master], [], [], 0.02)[0]:
                continue
            try:
                octets = os.read(self._master, 4096)
            except OSError:
                break
            for octet in octets:
                self._hear(bytes([octet]))
        self._ended.set()
        os.close(self._slave)
        os.close(self._master)

    def _hear(self, octet: bytes) -> None:
        if self.taking is not None:
            if octet == b"\x1b":
                self.taking, self._waiting = None, b""
                self.say("OK")
            elif octet == b"\x1a":
                take, data = self.taking, self._waiting
                self.taking, self._waiting = None, b""
                self.data.append(data)
                take(self, data)
            else:
                self._waiting += octet
        elif octet == b"\r":
            command, self._waiting = self._waiting.decode("latin-1").strip("\x1b\n"), b""
            if command and not self.deaf:
                self._obey(command)
        else:
            self._waiting += octet

    def _obey(self, command: str) -> None:
        self.said.append(command)
        found = self.answers.get(command)
        if found is None:
            found = next((answer for start, answer in self.begins.items() if command.startswith(start)), ["ERROR"])
        if callable(found):
            found(self, command)
        else:
            self.say(*found)
