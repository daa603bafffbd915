"""A tty by itself: opened, closed, filled up, taken away."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from simulators.modem_farm.port import Port


class Heard:
    """What a port told."""

    def __init__(self) -> None:
        self.octets = b""
        self.closed = 0

    def heard(self, _port: Port, octets: bytes) -> None:
        self.octets += octets

    def was_closed(self, _port: Port) -> None:
        self.closed += 1


async def eventually(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  # the kernel tells no event
            await asyncio.sleep(0.005)


class Client:
    """Who opens the tty."""

    def __init__(self, link: Path) -> None:
        self.descriptor = os.open(link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self.said = b""

    def write(self, octets: bytes) -> None:
        os.write(self.descriptor, octets)

    def read(self) -> bytes:
        """Everything that was said so far."""
        with suppress(BlockingIOError):
            self.said += os.read(self.descriptor, 100_000)
        return self.said

    def close(self) -> None:
        os.close(self.descriptor)


def play(tmp_path: Path, story: Callable[[Port, Heard], Coroutine[Any, Any, None]]) -> None:
    """Run a story with a port that is there."""

    async def inside() -> None:
        told = Heard()
        port = Port(tmp_path / "deep" / "tty", "full", told.heard, told.was_closed)
        port.appear()
        await story(port, told)
        port.vanish()

    asyncio.run(inside())


async def conversation(port: Port, told: Heard, times: int) -> None:
    client = Client(port.link)
    client.write(b"AT\r")
    await eventually(lambda: told.octets == b"AT\r" * times)
    port.write(b"OK\n\r\x00\xff")
    await eventually(lambda: client.read() == b"OK\n\r\x00\xff")
    client.close()
    await eventually(lambda: told.closed == times)


def test_opened_spoken_to_closed_and_opened_again(tmp_path: Path) -> None:
    async def story(port: Port, told: Heard) -> None:
        for times in (1, 2, 3):
            port.write(b"nobody hears")
            await conversation(port, told, times)

    play(tmp_path, story)


def test_taken_away_while_it_is_open(tmp_path: Path) -> None:
    async def story(port: Port, told: Heard) -> None:
        client = Client(port.link)
        client.write(b"x")
        await eventually(lambda: told.octets)
        port.vanish()
        assert not port.link.is_symlink()
        assert os.read(client.descriptor, 1) == b""
        client.close()
        port.vanish()
        port.write(b"gone")
        port.appear()
        assert port.link.is_symlink()

    play(tmp_path, story)


def test_who_does_not_read_loses_what_is_too_much(tmp_path: Path) -> None:
    async def story(port: Port, told: Heard) -> None:
        client = Client(port.link)
        client.write(b"x")
        await eventually(lambda: told.octets)
        for _ in range(200):
            port.write(b"y" * 1000)
        await eventually(lambda: len(client.read()) > 65_000)
        port.write(b"z")
        await eventually(lambda: client.read().endswith(b"z"))
        assert len(client.said) < 200_000
        client.close()
        await eventually(lambda: told.closed)

    play(tmp_path, story)
