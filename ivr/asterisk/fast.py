"""Calls that Asterisk brings to us, one connection each (FastAGI): the other way, for many processes behind one Asterisk."""

import logging
import socket
import socketserver
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import IO

from ivr.line import Answer, HungUp, Line, LineLost

_log = logging.getLogger(__name__)
_GREETING_SECONDS = 10.0
_GRACE_SECONDS = 20.0
_LONGEST_GREETING = 200
Carry = Callable[[Line], None]


class FastLine(Line):
    """One call on one socket. Keys are told by the answers alone; between two commands they are lost, which takes no time to speak of."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self._socket = connection
        self._file: IO[bytes] = connection.makefile("rb")
        connection.settimeout(_GREETING_SECONDS)
        self._told = self._greeting()

    @property
    def call_id(self) -> str:
        """Asterisk's Uniqueid."""
        return self._told.get("agi_uniqueid", "")

    @property
    def caller(self) -> str:
        """The caller's number as the network shows it."""
        return self._told.get("agi_callerid", "")

    def send(self, commands: Sequence[str], seconds: float) -> "Future[list[Answer]]":
        """Give commands, one after another; the first goes out now."""
        return _InTurn(self, list(commands), seconds + _GRACE_SECONDS)

    def typed_ahead(self) -> str:
        """Nothing is known of keys between two commands."""
        return ""

    def forget_keys(self, number: int | None = None) -> None:
        """There are none."""

    def give_back(self) -> None:
        """The dialplan goes on when the connection ends."""
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._file.close()
        self._socket.close()

    def write(self, command: str) -> None:
        """One command."""
        try:
            self._socket.sendall(command.encode() + b"\n")
        except (OSError, ValueError) as error:
            raise HungUp from error

    def read(self, seconds: float) -> Answer:
        """The answer to the command before. Raises HungUp, LineLost."""
        self._socket.settimeout(seconds)
        answer = Answer.read(self._line())
        if answer.status == 511 or (answer.status == 200 and answer.result == -1):
            raise HungUp
        return answer

    def _line(self) -> str:
        try:
            line = self._file.readline(4096)
            # Told on the way when the caller hangs up; the answer to the command in hand still comes.
            while line.strip() == b"HANGUP":
                line = self._file.readline(4096)
        except TimeoutError as error:
            raise LineLost("no answer in time") from error
        except (OSError, ValueError) as error:
            raise HungUp from error
        if not line:
            raise HungUp
        return line.decode("utf-8", "replace")

    def _greeting(self) -> dict[str, str]:
        """What Asterisk says of the call, up to an empty line."""
        told: dict[str, str] = {}
        for _ in range(_LONGEST_GREETING):
            line = self._line().strip()
            if not line:
                return told
            name, _, value = line.partition(": ")
            told[name] = value
        raise LineLost("no greeting of the gateway interface")


class _InTurn(Future[list[Answer]]):
    """The answers to commands of which each is given when the one before is done."""

    def __init__(self, line: FastLine, commands: list[str], seconds: float) -> None:
        super().__init__()
        self._line, self._commands, self._seconds = line, commands, seconds
        self._answers: list[Answer] = []
        # What only takes the time of asking is done at once, so that what is to be heard begins now.
        while len(self._answers) < len(commands) - 1 and not commands[len(self._answers)].startswith("EXEC"):
            line.write(commands[len(self._answers)])
            self._answers.append(line.read(seconds))
        line.write(commands[len(self._answers)])

    def result(self, timeout: float | None = None) -> list[Answer]:
        """All answers. Raises HungUp, LineLost."""
        self._answers.append(self._line.read(self._seconds))
        for command in self._commands[len(self._answers) :]:
            self._line.write(command)
            self._answers.append(self._line.read(self._seconds))
        return self._answers


class _Handler(socketserver.BaseRequestHandler):
    server: "FastServer"

    def handle(self) -> None:
        try:
            line = FastLine(self.request)
        except (HungUp, LineLost):
            _log.warning("a connection that was no call")
            return
        try:
            self.server.carry(line)
        finally:
            line.close()


class FastServer(socketserver.ThreadingTCPServer):
    """Listens for calls; a thread each."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 200

    def __init__(self, address: tuple[str, int], carry: Carry) -> None:
        super().__init__(address, _Handler)
        self.carry = carry
        self._thread = threading.Thread(target=self.serve_forever, args=(0.1,), name="fastagi", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more calls."""
        self.shutdown()
        self._thread.join()
        self.server_close()
