"""Waiting for what a test expects, with a limit that no busy machine reaches."""

import asyncio
from collections.abc import Callable

LOOKS, EVERY = 3000, 0.01


async def until(true: Callable[[], bool]) -> None:
    """Look until it is so. Fails when it is not within half a minute."""
    for _ in range(LOOKS):
        if true():
            return
        await asyncio.sleep(EVERY)
    raise AssertionError("it did not come to be")
