"""`python -m simulators.pos_terminal`: the shop's terminals on a page, as a process of its own."""

import argparse
import asyncio
import os
from pathlib import Path

from simulators.pages import serve
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
    counter = Counter(told.terminals, line_to(told.server, told.tls), told.seconds)
    await serve(Page(counter).routes(), "pos terminal simulator", told.host, told.port)


if __name__ == "__main__":
    # Terminal files hold keys; every one this process writes is its owner's alone.
    os.umask(_OWNER_ONLY)
    asyncio.run(run(_arguments()))
