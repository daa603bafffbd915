"""A drawer with two cards, and a network that keeps what it is given."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from simulators.phone.drawer import Drawer
from simulators.phone.network import NoNetwork, Seen, Sms
from simulators.sim_card.card import SimCard

FIRST, SECOND = "89860011260000000011", "89860011260000000029"
MASTERS = (bytes.fromhex("00112233445566778899aabbccddeeff"), bytes.fromhex("ffeeddccbbaa99887766554433221100"))
NUMBER, PASSWORD = "13800138000", "274961"


@dataclass
class Kept:
    """A network in memory."""

    sms: list[Sms] = field(default_factory=list)
    states: dict[int, tuple[str, int]] = field(default_factory=dict)
    sent: list[tuple[str, str, bytes]] = field(default_factory=list)
    away: bool = False

    async def send(self, sender: str, recipient: str, message: bytes) -> int:
        self.sent.append((sender, recipient, message))
        return len(self.sent)

    async def look(self) -> Seen:
        # Others get their turn meanwhile, as with a real network.
        await asyncio.sleep(0)
        if self.away:
            raise NoNetwork("away")
        return Seen(list(self.sms), dict(self.states), True)


@pytest.fixture
def drawer(tmp_path: Path) -> Drawer:
    folder = tmp_path / "cards"
    folder.mkdir()
    for iccid, number in ((FIRST, "13800138001"), (SECOND, "13800138002")):
        SimCard.make(folder / f"{iccid}.json", iccid, number, "aes", 1, MASTERS)
    return Drawer(folder)


@pytest.fixture
def kept() -> Any:
    return Kept()
