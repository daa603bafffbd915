"""`python -m pos` as a process of its own: started, killed in the middle of a sale, started again; and over TLS."""

import asyncio
import json
import os
import signal
import ssl
import subprocess
import sys
from asyncio import sslproto
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pos import __main__ as program
from pos.codec.frame import parse, write
from recharge import OrderState
from recharge.domain.outcomes import OutcomeState
from simulators.pos_terminal.faults import Faults, PowerCut
from simulators.pos_terminal.line import line_to
from simulators.pos_terminal.memory import DONE, Memory, State
from simulators.pos_terminal.terminal import Terminal
from tests.pos.certificates import make
from tests.pos.post import open_post
from tests.pos.stand import MASTER, MERCHANT, TERMINAL, Stand
from tests.pos.waiting import until
from tests.support.books import check_books
from tests.support.province import Province
from tests.support.world import MASTER_KEY, NUMBER, PASSWORD, ManualClock, World


@pytest.fixture
def settings(tmp_path: Path, free_port: int) -> Path:
    path = tmp_path / "pos.json"
    path.write_text(json.dumps({"listen": [{"port": free_port}], "answer_seconds": 2}))
    path.chmod(0o600)
    return path


def start(world: World, settings: Path) -> "subprocess.Popen[str]":
    """A process that is ready."""
    environment = os.environ | {
        "KONGCHONG_ENVIRONMENT": "development",
        "KONGCHONG_DATABASE_URL": world.url,
        "KONGCHONG_MASTER_KEY": MASTER_KEY.hex(),
    }
    command = [sys.executable, "-m", "pos", "--config", str(settings)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "pos ready\n"
    return process


def end(process: "subprocess.Popen[str]", how: signal.Signals) -> int:
    process.send_signal(how)
    process.wait(60)
    assert process.stdout is not None
    process.stdout.close()
    return process.returncode


def test_killed_between_the_commit_and_the_answer(clean_sqlite_url: str, tmp_path: Path, settings: Path, free_port: int) -> None:
    world = Province(clean_sqlite_url, clock=ManualClock(datetime.now(UTC)))
    world.deposit("A", "1000.00")
    stand = Stand(world)
    memory = Memory.make(tmp_path / "t.json", State(TERMINAL, MERCHANT, "SN000001", MASTER.hex()))

    def terminal(memory: Memory) -> Terminal:
        return Terminal(memory, line_to(("127.0.0.1", free_port))(), 10.0)

    async def killed() -> None:
        await terminal(memory).sign_in()
        with pytest.raises(PowerCut):
            await terminal(memory).recharge(NUMBER, 5000, PASSWORD, faults=Faults(cut_at="sent"))
        await until(lambda: bool(stand.orders()))

    async def asked_again() -> None:
        again = terminal(Memory(tmp_path / "t.json"))
        assert (await again.enquire()).code == "00"
        assert again.state.sales[0].state == DONE

    first = start(world, settings)
    asyncio.run(killed())
    assert end(first, signal.SIGKILL) == -signal.SIGKILL
    number = str(world.one("SELECT id FROM orders WHERE kind = 'recharge'"))
    world.clock.moment = datetime.now(UTC)
    stand.carrier(number, OutcomeState.SUCCESS)
    second = start(world, settings)
    asyncio.run(asked_again())
    assert end(second, signal.SIGTERM) == 0
    assert stand.engine.orders([number])[number].state is OrderState.SUCCEEDED
    assert stand.orders() == [(5000, "succeeded")]
    stand.close()
    check_books(world)
    world.close()


def test_settings_are_looked_at(settings: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["pos", "--config", str(settings), "--check"])
    program.main()
    assert capsys.readouterr().out == "ok\n"
    settings.write_text("{}")
    with pytest.raises(SystemExit) as caught:
        program.main()
    assert "listen" in str(caught.value)


def test_without_the_deployments_settings(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KONGCHONG_DATABASE_URL", raising=False)
    monkeypatch.setattr(sys, "argv", ["pos", "--config", str(settings)])
    with pytest.raises(SystemExit) as caught:
        program.main()
    assert "KONGCHONG_DATABASE_URL" in str(caught.value)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself."""
    return make(tmp_path_factory.mktemp("tls"))


def test_over_tls_with_small_buffers(
    stand: Stand, tmp_path: Path, free_port: int, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Set for the whole process by the service: put back after the test.
    monkeypatch.setattr(sslproto.SSLProtocol, "max_size", sslproto.SSLProtocol.max_size)
    files = {"certificate": str(certificate[0]), "key": str(certificate[1])}

    async def whole() -> None:
        async with open_post(stand, tmp_path, free_port, listen=[{"port": free_port, "tls": files}]):
            assert sslproto.SSLProtocol.max_size == 16 * 1024
            memory = Memory.make(tmp_path / "tls.json", State(TERMINAL, MERCHANT, "SN000001", MASTER.hex()))
            terminal = Terminal(memory, line_to(("127.0.0.1", free_port), certificate[0])(), 20.0)
            assert (await terminal.sign_in()).ended == "done"
            assert (await terminal.recharge(NUMBER, 5000, PASSWORD)).code == "00"
            with pytest.raises(ssl.SSLError):
                await asyncio.open_connection("127.0.0.1", free_port, ssl=ssl.create_default_context())

    asyncio.run(whole())


def test_only_terminals_with_a_certificate(
    stand: Stand, tmp_path: Path, free_port: int, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sslproto.SSLProtocol, "max_size", sslproto.SSLProtocol.max_size)
    files = {"certificate": str(certificate[0]), "key": str(certificate[1]), "clients": str(certificate[0])}
    stranger, known = (ssl.create_default_context(cafile=str(certificate[0])) for _ in range(2))
    known.load_cert_chain(*certificate)
    frame = write(parse(stand.hand.frame(stand.hand.message("0820", {}, network="301"))))

    async def answered(context: ssl.SSLContext) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", free_port, ssl=context)
        try:
            writer.write(frame)
            return await reader.read(100)
        finally:
            writer.close()

    async def whole() -> None:
        async with open_post(stand, tmp_path, free_port, listen=[{"port": free_port, "tls": files}]):
            assert await answered(known)
            with pytest.raises((ssl.SSLError, ConnectionError)):
                raise ConnectionError if await answered(stranger) == b"" else AssertionError

    asyncio.run(whole())
