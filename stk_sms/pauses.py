"""How the loops of the channel's process wait for their next turn."""

import asyncio
from contextlib import suppress


async def pause(over: asyncio.Event, seconds: float) -> None:
    """Return after so many seconds, or at once when it is over."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await over.wait()
