"""Prompts of two words, and another telephone that takes every call and says one of them."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulators.sip_caller.rtp import SAMPLES
from tests.simulators.sip_caller.test_call import Other, other, takes

SOUND = b"".join(bytes([7, at]) * 80 for at in range(4))
LINE = "13800138001"


@dataclass
class Exchange:
    """Where to dial, and what came: requests, and packets of sound."""

    port: int
    side: Other
    media: socket.socket

    async def says(self) -> None:
        """One prompt, to whoever called last."""
        loop = asyncio.get_running_loop()
        _, address = await loop.sock_recvfrom(self.media, 2000)
        for at in range(4):
            head = bytes([0x80, 8, 0, at]) + bytes(8)
            await loop.sock_sendto(self.media, head + SOUND[at * SAMPLES : (at + 1) * SAMPLES], address)

    async def hears_keys(self) -> None:
        """Wait for a key."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(30):
            while (await loop.sock_recvfrom(self.media, 2000))[0][1] & 0x7F != 101:
                continue


@asynccontextmanager
async def exchange() -> AsyncIterator[Exchange]:
    """It listens."""
    media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    media.bind(("127.0.0.1", 0))
    media.setblocking(False)
    try:
        async with other(takes(media.getsockname()[1])) as (side, port):
            yield Exchange(port, side, media)
    finally:
        media.close()


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    """One prompt in Chinese."""
    folder = tmp_path / "prompts"
    (folder / "zh").mkdir(parents=True)
    (folder / "zh" / "bye.alaw").write_bytes(SOUND)
    (folder / "prompts.tsv").write_text("name\tzh\tpinyin\ten\tid\nbye\t再见。\tzai4 jian4\tGoodbye.\tSampai jumpa.\n", "utf-8")
    return folder
