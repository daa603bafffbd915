"""Chance on the link: octets in any portions, answers in any order, twice, late or never. No line ever hears another's answer."""

import asyncio
import os
import random

import pytest

from simulators.concentrator.link import Link, LinkDown
from tests.simulators.concentrator.test_link import QUESTION, answer_to, frames, with_peer

STORMS = 4 * int(os.environ.get("KONGCHONG_SEEDS", "1"))
LINES, ROUNDS = 20, 10


async def portions(writer: asyncio.StreamWriter, octets: bytes, chance: random.Random) -> None:
    """Send octets in pieces of any size."""
    while octets:
        size = chance.randint(1, 40)
        writer.write(octets[:size])
        octets = octets[size:]
        if chance.random() < 0.3:
            await writer.drain()
            await asyncio.sleep(0)


@pytest.mark.parametrize("seed", range(STORMS))
def test_every_answer_is_for_who_hears_it(seed: int) -> None:
    chance = random.Random(seed)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(ROUNDS):
            asked = await frames(reader, LINES)
            back = [answer_to(frame, frame[5:7] + frame[13:]) for frame in asked]
            # Some come twice: the second one may find nobody, or the line's next question.
            back += chance.sample(back, chance.randint(0, 5))
            chance.shuffle(back)
            await portions(writer, b"".join(back), chance)
        await reader.read()

    async def one(link: Link, line: int) -> None:
        inside = await link.ask(line, QUESTION, 60)
        assert inside[1:3] == inside[5:7] == line.to_bytes(2, "big")

    async def steps(link: Link) -> None:
        for _ in range(ROUNDS):
            await asyncio.gather(*(one(link, line) for line in range(1, LINES + 1)))

    with_peer(serve, steps)


@pytest.mark.parametrize("seed", range(STORMS))
def test_whoever_is_not_answered_hears_of_the_end(seed: int) -> None:
    chance = random.Random(seed)
    answered = set(chance.sample(range(1, LINES + 1), LINES // 2))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await frames(reader, LINES)
        mine = [answer_to(frame) for frame in asked if int.from_bytes(frame[5:7], "big") in answered]
        # The last octets are half a frame that will never be whole.
        await portions(writer, b"".join(mine) + b"\x00\x20half", chance)
        await writer.drain()

    async def steps(link: Link) -> None:
        ends = await asyncio.gather(*(link.ask(line, QUESTION, 60) for line in range(1, LINES + 1)), return_exceptions=True)
        for line, end in enumerate(ends, start=1):
            assert isinstance(end, bytes if line in answered else LinkDown)

    with_peer(serve, steps)
