"""The tests' host, and links to it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest

from simulators.concentrator.link import Link
from simulators.pos_terminal.memory import State
from tests.simulators.pos_terminal.host import MASTER, Host, listening


@pytest.fixture
def host() -> Iterator[Host]:
    with listening(Host()) as running:
        yield running


def terminal(number: int, **more: object) -> State:
    """A terminal by its number."""
    told = {"terminal": f"T{number:07d}", "merchant": f"M{number:014d}", "serial": f"KC{number:010d}", "master": MASTER.hex()}
    return State(**(told | more))  # type: ignore[arg-type]


def linked(port: int, steps: Callable[[Link], Awaitable[None]]) -> None:
    """Run some steps on a link, and hang up."""

    async def whole() -> None:
        link = await Link.connect("127.0.0.1", port)
        try:
            await steps(link)
        finally:
            await link.close()

    asyncio.run(whole())
