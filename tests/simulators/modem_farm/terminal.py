"""A person at a terminal, for tests: types AT commands into a tty and waits for what comes, without knowing how a modem works inside."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import serial

PATIENCE_SECONDS = 30.0
FINAL = re.compile(rb"(?:^|\r\n)(OK|ERROR|NO CARRIER|\+CM[ES] ERROR: [^\r]*)\r\n")


class Silence(AssertionError):
    """What was waited for did not come."""


def until(condition: Callable[[], object], what: str = "condition", seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for something to become true."""
    over = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > over:
            raise Silence(what)
        time.sleep(0.01)


class Terminal:
    """An open tty. `seen` is everything that came and was not yet taken."""

    def __init__(self, path: Path) -> None:
        until(path.exists, f"{path}")
        self.tty = serial.Serial(str(path), 115_200, timeout=0.02, exclusive=True)
        self.seen = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self.tty.close()

    def type(self, text: str | bytes) -> None:
        """Type without waiting."""
        self.tty.write(text.encode("latin-1") if isinstance(text, str) else text)

    def look(self) -> bytes:
        """Read what is there."""
        self.seen += self.tty.read(self.tty.in_waiting or 1)
        return self.seen

    def wait(self, pattern: str | bytes, seconds: float = PATIENCE_SECONDS) -> re.Match[bytes]:
        """Wait until a pattern came; takes everything up to its end."""
        wanted = re.compile(pattern.encode("latin-1") if isinstance(pattern, str) else pattern)
        over = time.monotonic() + seconds
        while not (found := wanted.search(self.seen)):
            if time.monotonic() > over:
                raise Silence(f"{wanted.pattern!r} not in {self.seen!r}")
            self.look()
        self.seen = self.seen[found.end() :]
        return found

    def ask(self, command: str, seconds: float = PATIENCE_SECONDS) -> list[str]:
        """Type a command; the lines up to its final result, which is the last."""
        self.type(command + "\r")
        return self.lines_until(FINAL, seconds)

    def lines_until(self, pattern: re.Pattern[bytes], seconds: float = PATIENCE_SECONDS) -> list[str]:
        over = time.monotonic() + seconds
        while not (found := pattern.search(self.seen)):
            if time.monotonic() > over:
                raise Silence(f"no final result in {self.seen!r}")
            self.look()
        taken, self.seen = self.seen[: found.end()], self.seen[found.end() :]
        return [line.decode("latin-1") for line in taken.split(b"\r\n") if line.strip()]

    def ok(self, command: str) -> list[str]:
        """Ask; the lines before the OK, which must come."""
        *lines, final = self.ask(command)
        assert final == "OK", (command, lines, final)
        return lines

    def until_ok(self, command: str) -> list[str]:
        """Ask again until it is answered with OK: a modem that has just started takes its time."""
        answers: list[str] = []

        def good() -> bool:
            answers[:] = self.ask(command)
            return answers[-1] == "OK"

        until(good, command)
        return answers[:-1]

    def silent(self, seconds: float = 0.3) -> bool:
        """Whether nothing comes for a while: only for saying that something did not happen."""
        over = time.monotonic() + seconds
        while time.monotonic() < over:
            if self.look():
                return False
        return True

    def ready(self) -> Self:
        """Switch echo off, errors and unsolicited lines on, and wait for the network."""
        self.until_ok("ATE0")
        self.seen = b""
        for command in ("AT+CMEE=1", "AT+CREG=0", "AT+CUSD=1", "AT+CMGF=0", "AT+CNMI=2,1,0,1,0"):
            self.ok(command)
        until(lambda: self.ok("AT+CREG?") == ["+CREG: 0,1"], "registered")
        return self

    def ussd(self, code: str) -> tuple[int, str]:
        """Send a USSD code; state and text of the answer."""
        assert self.ask(f'AT+CUSD=1,"{code}",15')[-1] == "OK"
        return self.cusd()

    def cusd(self) -> tuple[int, str]:
        """Wait for a +CUSD line."""
        found = self.wait(rb'\+CUSD: (\d)(?:,"([^"]*)",\d+)?\r\n')
        return int(found.group(1)), (found.group(2) or b"").decode("latin-1")

    def announced(self) -> int:
        """Wait for a +CMTI line; the message's place."""
        return int(self.wait(rb'\+CMTI: "[A-Z]+",(\d+)\r\n').group(1))

    def send_pdu(self, octets: str, length: int) -> list[str]:
        """Send a short message in PDU mode; the answer's lines."""
        self.type(f"AT+CMGS={length}\r")
        self.wait(rb"\r\n> ")
        self.type(octets + "\x1a")
        return self.lines_until(FINAL)

    def send_text(self, number: str, text: str) -> list[str]:
        """Send a short message in text mode."""
        self.type(f'AT+CMGS="{number}"\r')
        self.wait(rb"\r\n> ")
        self.type(text + "\x1a")
        return self.lines_until(FINAL)
