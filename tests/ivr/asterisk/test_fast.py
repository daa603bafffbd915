"""FastAGI: the same dialogue over a connection a call, spoken to as Asterisk does, and by a real Asterisk."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from ivr.asterisk.fast import FastServer
from ivr.line import HungUp, Line, LineLost
from simulators.sip_caller.ears import Library
from tests.ivr.shop import LINE, PASSWORD, Shop
from tests.ivr.stage import real_stage, served, served_in_thread
from tests.support import machine
from tests.support.asterisk import Asterisk

GREETING = f"agi_request: agi://127.0.0.1\nagi_uniqueid: box-1700000000.1\nagi_callerid: {LINE}\n\n"


class Caller:
    """Asterisk's side of one call: carries out commands, and has keys for each Read."""

    def __init__(self, port: int, greeting: str = GREETING) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 30)
        self._file = self._socket.makefile("rb")
        self._socket.sendall(greeting.encode())
        self.commands: list[str] = []
        self.heard: list[str] = []
        self._keyed = ""

    def goes(self, *answers: str) -> None:
        """Until the call ends, or the answers are used up and the caller hangs up; "" is silence."""
        waiting = list(answers)
        with closing(self._socket), closing(self._file):
            while line := self._file.readline().decode().strip():
                self.commands.append(line)
                if line.startswith("EXEC Read") and not waiting:
                    self._socket.sendall(b"HANGUP\n200 result=-1\n")
                    self._file.readline()
                    return
                self._socket.sendall((self._answer(line, waiting) + "\n").encode())

    def _answer(self, line: str, waiting: list[str]) -> str:
        if line.startswith(("EXEC Read", "EXEC Playback")):
            files = line.split(" ", 2)[2].split(",")[1 if line.startswith("EXEC Read") else 0]
            self.heard += [file.removeprefix("kongchong/") for file in files.split("&") if file]
        if line.startswith("EXEC Read"):
            self._keyed = waiting.pop(0)
        if line.startswith("GET FULL VARIABLE"):
            return f"200 result=1 ({'OK' if self._keyed else 'TIMEOUT'}:{self._keyed})"
        return "200 result=0"


@pytest.fixture
def fast_port(shop: Shop) -> Iterator[int]:
    port = machine.free_port()
    with served(shop.engine, fast_port=port) as service:
        assert service.fast_port == port
        yield port


def test_a_recharge(shop: Shop, fast_port: int) -> None:
    caller = Caller(fast_port)
    caller.goes("1", "13800138000", "50", PASSWORD, "1", "0")
    assert caller.heard[0] == "greeting"
    assert caller.heard[-1] == "bye"
    assert "result/succeeded" in caller.heard
    assert caller.commands[-1] == "HANGUP"
    assert 'SET VARIABLE IVR_KEYED ""' in caller.commands
    assert shop.orders() == [("recharge", "13800138000", 5000, "succeeded")]
    assert shop.references() == ["box-1700000000.1-1"]


@pytest.mark.parametrize("answers", [(), ("1",), ("1", "13800138000", "50", PASSWORD)])
def test_who_hangs_up_orders_nothing(shop: Shop, fast_port: int, answers: tuple[str, ...]) -> None:
    Caller(fast_port).goes(*answers)
    assert shop.orders() == []


def test_silence_is_not_a_key(shop: Shop, fast_port: int) -> None:
    caller = Caller(fast_port)
    caller.goes("", "", "")
    assert [name for name in caller.heard if name.startswith("bad/")] == ["bad/silence", "bad/silence", "bad/too-many"]


@pytest.mark.parametrize("greeting", ["", "GET / HTTP/1.1\r\n" + "X-Y: z\r\n" * 300])
def test_a_connection_that_is_no_call(shop: Shop, fast_port: int, greeting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_connection(("127.0.0.1", fast_port), 30) as connection:
        connection.sendall(greeting.encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""
    caller = Caller(fast_port)
    caller.goes("0")
    assert caller.heard[-1] == "bye"


def meets(answer: bytes, use: Callable[[Line], object]) -> BaseException | None:
    """What a line does when Asterisk answers so."""
    met: list[BaseException | None] = []

    def carry(line: Line) -> None:
        try:
            use(line)
            met.append(None)
        except (HungUp, LineLost) as error:
            met.append(error)

    server = FastServer(("127.0.0.1", 0), carry)
    server.start()
    with (
        socket.create_connection(("127.0.0.1", int(server.server_address[1])), 30) as connection,
        closing(connection.makefile("rb")) as file,
    ):
        connection.sendall(GREETING.encode())
        if answer:
            file.readline()
            connection.sendall(answer)
        connection.shutdown(socket.SHUT_WR)
        while file.readline():
            continue
    server.stop()
    return met[0]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"200 result=-1\n", HungUp),
        (b"511 Command Not Permitted on a dead channel\n", HungUp),
        (b"HANGUP\n", HungUp),
        (b"", HungUp),
        (b"what?\n", LineLost),
        (b"200 result=0\n", HungUp),
    ],
)
def test_what_asterisk_may_answer(answer: bytes, error: type[Exception]) -> None:
    assert isinstance(meets(answer, lambda line: line.ask(["greeting"], 1, 1.0)), error)


@pytest.mark.asterisk
def test_a_real_asterisk_brings_its_calls(asterisk: Asterisk, library: Library, shop: Shop) -> None:
    """The same Asterisk may serve calls either way; its globals say which. Where nobody listens, the call is not taken."""
    port = machine.free_port()
    asterisk.console("dialplan set global IVR_WAY fast")
    asterisk.console(f"dialplan set global IVR_FAST 127.0.0.1:{port}")

    async def scene() -> None:
        async with real_stage(asterisk, library) as stage:
            assert await stage.refused(LINE) == ["busy"]
            async with served_in_thread(shop.engine, fast_port=port):
                caller = await stage.call(LINE)
                await caller.press("1")
                for key, question in (("13800138000#", "enter/number"), ("50#", "enter/amount"), (f"{PASSWORD}#", "enter/password")):
                    await caller.hear_at_last(question, whole=False)
                    await caller.press(key)
                await caller.hear_at_last("read-back/recharge", whole=False)
                await caller.press("1")
                await caller.hear_at_last("result/succeeded")
                await caller.hang_up()

    try:
        asyncio.run(scene())
    finally:
        asterisk.console("dialplan set global IVR_WAY async")
    assert shop.orders() == [("recharge", "13800138000", 5000, "succeeded")]
