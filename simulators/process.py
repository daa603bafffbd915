"""A simulator as a process: it runs until it is told to stop."""

import asyncio
import signal


def told_to_stop() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set, in the running loop."""
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    return over
