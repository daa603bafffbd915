"""Many terminals at once over TCP, on one connection and on many, with everything that goes wrong on a line: every sale once."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import pytest

from simulators.concentrator.link import Link
from simulators.concentrator.nac_line import NacLine
from simulators.pos_terminal.faults import Faults, chosen
from simulators.pos_terminal.memory import DONE
from simulators.pos_terminal.terminal import Terminal
from tests.pos.post import PASSWORD, Post, open_post
from tests.pos.stand import MERCHANT, Stand

TERMINALS, SALES = 6, 4
NAMES = [f"KC3000{number:02d}" for number in range(TERMINALS)]


@pytest.fixture
def many(unsigned: Stand) -> Stand:
    """Several terminals of point A, which has enough money."""
    unsigned.world.deposit("A", "5000.00")
    for name in NAMES:
        unsigned.register(name, MERCHANT, "A")
    return unsigned


def faults(chance: Random) -> Faults:
    """Now and then one of them."""
    return chosen([chance.choice(("", "", "lose_request", "lose_answer", "twice", "wrong_mac"))])


async def day(terminal: Terminal, place: int) -> int:
    """A few sales with whatever goes wrong; how many were done."""
    chance = Random(place)
    assert (await terminal.sign_in()).ended == "done"
    for number in range(SALES):
        await terminal.recharge(f"1380013{place}{number:03d}", 1000, PASSWORD, faults=faults(chance))
    return sum(sale.state == DONE for sale in terminal.state.sales)


def run(many: Stand, folder: Path, port: int, lines: Callable[[Post], Awaitable[list[Terminal]]]) -> None:
    async def whole() -> int:
        async with open_post(many, folder, port) as post:
            terminals = await lines(post)
            done = await asyncio.gather(*(day(terminal, place) for place, terminal in enumerate(terminals)))
            for terminal in terminals:
                assert (await terminal.settle()).ended == "done"
            return sum(done)

    done = asyncio.run(whole())
    orders = many.orders()
    assert len(orders) == done
    assert {state for _, state in orders} <= {"succeeded"}
    numbers = [row[0] for row in many.world.rows("SELECT number FROM orders WHERE kind = 'recharge'")]
    assert len(numbers) == len(set(numbers))
    ended = many.world.rows("SELECT ended_by FROM pos_batch")
    assert set(ended) == {("balanced",)}


def test_each_on_a_connection_of_its_own(many: Stand, tmp_path: Path, free_port: int) -> None:
    async def lines(post: Post) -> list[Terminal]:
        return [post.terminal(name) for name in NAMES]

    run(many, tmp_path, free_port, lines)


def test_all_behind_one_concentrator(many: Stand, tmp_path: Path, free_port: int) -> None:
    links: list[Link] = []

    async def lines(post: Post) -> list[Terminal]:
        links.append(await Link.connect("127.0.0.1", free_port))
        memories = [post.terminal(name)._memory for name in NAMES]
        return [Terminal(memory, NacLine(links[0], place + 1), 20.0) for place, memory in enumerate(memories)]

    run(many, tmp_path, free_port, lines)
