"""The line against plain sockets: whole frames, half frames, nobody there, nobody answering, and TLS."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from simulators.pos_terminal.line import NoAnswer, NoLine, TcpLine, host_of, line_to
from tests.support import machine

FRAME = b"\x00\x03abc"


@contextmanager
def peer(serve: Callable[[socket.socket], None], times: int = 1) -> Iterator[int]:
    """A server that takes some calls, one after the other."""
    server = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        for _ in range(times):
            call, _ = server.accept()
            with call:
                serve(call)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        thread.join(30)
        server.close()


def talk(port: int, steps: Callable[[TcpLine], Awaitable[None]], secured: ssl.SSLContext | None = None) -> None:
    async def whole() -> None:
        line = TcpLine("127.0.0.1", port, secured)
        try:
            await steps(line)
        finally:
            await line.close()

    asyncio.run(whole())


def echo(call: socket.socket) -> None:
    call.sendall(call.recv(100))
    call.recv(100)


def test_a_frame_out_and_a_frame_back() -> None:
    async def steps(line: TcpLine) -> None:
        await line.open()
        await line.send(FRAME)
        assert await line.receive(30) == b"abc"

    with peer(echo) as port:
        talk(port, steps)


def test_a_frame_that_comes_in_pieces_is_put_together() -> None:
    def serve(call: socket.socket) -> None:
        call.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in FRAME + FRAME:
            call.sendall(bytes([octet]))
        call.recv(1)

    async def steps(line: TcpLine) -> None:
        await line.open()
        assert [await line.receive(30), await line.receive(30)] == [b"abc", b"abc"]

    with peer(serve) as port:
        talk(port, steps)


@pytest.mark.parametrize("said", [b"", b"\x00", b"\x00\x09abc"])
def test_a_host_that_hangs_up_gave_no_answer(said: bytes) -> None:
    async def steps(line: TcpLine) -> None:
        await line.open()
        await line.send(FRAME)
        with pytest.raises(NoAnswer) as caught:
            await line.receive(30)
        assert caught.value.reason == "98"

    def serve(call: socket.socket) -> None:
        call.recv(100)
        call.sendall(said)

    with peer(serve) as port:
        talk(port, steps)


def test_a_silent_host_is_waited_for_as_long_as_told_and_then_hung_up() -> None:
    heard = []

    def serve(call: socket.socket) -> None:
        while octets := call.recv(100):
            heard.append(octets)

    async def steps(line: TcpLine) -> None:
        await line.open()
        await line.send(FRAME)
        with pytest.raises(NoAnswer):
            await line.receive(0.05)
        with pytest.raises(NoAnswer):
            await line.send(FRAME)
        with pytest.raises(NoAnswer):
            await line.receive(0.05)

    with peer(serve) as port:
        talk(port, steps)
    assert b"".join(heard) == FRAME


def test_nobody_there_is_no_line() -> None:
    async def steps(line: TcpLine) -> None:
        with pytest.raises(NoLine):
            await line.open()

    talk(machine.free_port(), steps)


def test_opened_twice_is_one_call_and_after_hanging_up_another() -> None:
    calls = []

    def serve(call: socket.socket) -> None:
        calls.append(call.getpeername())
        call.recv(1)

    async def steps(line: TcpLine) -> None:
        await line.open()
        await line.open()
        await line.close()
        await line.close()
        await line.open()

    with peer(serve, times=2) as port:
        talk(port, steps)
    assert len(calls) == 2


@pytest.mark.parametrize(("told", "pair"), [("127.0.0.1:8583", ("127.0.0.1", 8583)), ("pos.example:1", ("pos.example", 1))])
def test_an_address_is_host_and_port(told: str, pair: tuple[str, int]) -> None:
    assert host_of(told) == pair


@pytest.mark.parametrize("told", ["8583", "host:", "host:port", ":1"])
def test_another_address_is_refused(told: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        host_of(told)


class TestTls:
    @pytest.fixture
    def certificate(self, tmp_path: Path) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
        today = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - timedelta(days=1))
            .not_valid_after(today + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .sign(key, hashes.SHA256())
        )
        shown, hidden = tmp_path / "server.crt", tmp_path / "server.key"
        shown.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        plain = serialization.NoEncryption()
        hidden.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
        return shown, hidden

    def test_a_server_it_trusts_is_spoken_to(self, certificate: tuple[Path, Path]) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)

        def serve(call: socket.socket) -> None:
            with context.wrap_socket(call, server_side=True) as secured:
                secured.sendall(secured.recv(100))
                secured.recv(1)

        async def whole(port: int) -> None:
            line = line_to(("127.0.0.1", port), certificate[0])()
            await line.open()
            await line.send(FRAME)
            assert await line.receive(30) == b"abc"
            await line.close()

        with peer(serve) as port:
            asyncio.run(whole(port))

    def test_another_server_is_no_line(self, certificate: tuple[Path, Path]) -> None:
        async def steps(line: TcpLine) -> None:
            with pytest.raises(NoLine):
                await line.open()

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)

        def serve(call: socket.socket) -> None:
            with pytest.raises(ssl.SSLError):
                context.wrap_socket(call, server_side=True)

        with peer(serve) as port:
            talk(port, steps, ssl.create_default_context())
