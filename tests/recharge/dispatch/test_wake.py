"""Nudges: one wakes, one that came early counts, a lost one costs only time."""

import asyncio
import socket
from pathlib import Path

from recharge.dispatch.wake import WakeReceiver


def nudge(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.sendto(b"", str(path))


async def waits(receiver: WakeReceiver, seconds: float) -> float:
    loop = asyncio.get_running_loop()
    before = loop.time()
    await receiver.wait(seconds)
    return loop.time() - before


def test_a_nudge_from_another_process_wakes(tmp_path: Path) -> None:
    async def scene() -> float:
        receiver = WakeReceiver(tmp_path / "wake")
        await receiver.open()
        try:
            asyncio.get_running_loop().call_later(0.05, nudge, tmp_path / "wake")
            return await waits(receiver, 30)
        finally:
            receiver.close()

    assert asyncio.run(scene()) < 20


def test_a_nudge_while_nobody_waited_counts_once(tmp_path: Path) -> None:
    async def scene() -> tuple[float, float]:
        receiver = WakeReceiver(tmp_path / "wake")
        await receiver.open()
        try:
            nudge(tmp_path / "wake")
            nudge(tmp_path / "wake")
            await asyncio.sleep(0.05)
            return await waits(receiver, 30), await waits(receiver, 0.05)
        finally:
            receiver.close()

    first, second = asyncio.run(scene())
    assert first < 20
    assert second >= 0.04


def test_without_a_nudge_it_looks_after_a_while() -> None:
    async def scene() -> float:
        receiver = WakeReceiver(None)
        await receiver.open()
        took = await waits(receiver, 0.05)
        receiver.close()
        return took

    assert asyncio.run(scene()) >= 0.04


def test_a_nudge_from_inside() -> None:
    async def scene() -> float:
        receiver = WakeReceiver(None)
        receiver.wake()
        return await waits(receiver, 30)

    assert asyncio.run(scene()) < 20


def test_a_socket_left_by_a_killed_process_is_replaced_and_ours_removed(tmp_path: Path) -> None:
    path = tmp_path / "wake"
    left = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    left.bind(str(path))
    left.close()
    assert path.exists()

    async def scene() -> None:
        receiver = WakeReceiver(path)
        await receiver.open()
        nudge(path)
        await receiver.wait(30)
        receiver.close()

    asyncio.run(scene())
    assert not path.exists()
