"""`python -m simulators.pos_terminal`: the shop's terminals on a page, as a process of its own."""

import argparse
import asyncio
import os
import signal
from pathlib import Path

from aiohttp import web

from simulators.pos_terminal.app import Page
from simulators.pos_terminal.counter import Counter
from simulators.pos_terminal.line import host_of, line_to

_OWNER_ONLY = 0o077


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulators.pos_terminal", description="POS terminals on a page, simulated.")
    parser.add_argument("--port", type=int, default=18087, help="port of the page")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (this machine only by default)")
    parser.add_argument("--server", type=host_of, required=True, help="HOST:PORT of the platform's POS access, or of a concentrator")
    parser.add_argument("--tls", type=Path, help="certificate that vouches for the server; the line is TLS then")
    parser.add_argument(
        "--terminals", type=Path, required=True, help="folder of terminal files (python -m simulators.pos_terminal.console FILE make ...)"
    )
    parser.add_argument("--seconds", type=float, help="how long an answer is waited for (30 or what the parameters say)")
    return parser.parse_args()


async def run(told: argparse.Namespace) -> None:
    """Serve until SIGTERM or SIGINT; prints the ready line once the page is there."""
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    application = web.Application()
    application.router.add_routes(Page(Counter(told.terminals, line_to(told.server, told.tls), told.seconds)).routes())
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, told.host, told.port).start()
    print(f"pos terminal simulator ready on http://{told.host}:{told.port}/", flush=True)
    await over.wait()
    await runner.cleanup()


if __name__ == "__main__":
    # Terminal files hold keys; every one this process writes is its owner's alone.
    os.umask(_OWNER_ONLY)
    asyncio.run(run(_arguments()))
