"""`python -m simulators.phone`: run the shopkeeper's phone as a process of its own."""

import argparse
import asyncio
import os
import signal
from pathlib import Path

from aiohttp import ClientSession, web

from simulators.phone.app import Phone
from simulators.phone.drawer import Drawer
from simulators.phone.network import Network
from simulators.phone.shopkeeper import Shopkeeper

_OWNER_ONLY = 0o077


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulators.phone", description="A shopkeeper's phone with its SIM cards, simulated.")
    parser.add_argument("--port", type=int, default=18083, help="port of the page")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (this machine only by default)")
    parser.add_argument("--smsc-control", required=True, help="address of the simulated centre's control side")
    parser.add_argument("--cards", type=Path, required=True, help="folder of card files (python -m simulators.sim_card FILE make ...)")
    parser.add_argument("--access-number", required=True, help="the platform's number")
    return parser.parse_args()


async def run(told: argparse.Namespace) -> None:
    """Serve until SIGTERM or SIGINT; prints the ready line once the page is there."""
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    async with ClientSession() as session:
        shopkeeper = Shopkeeper(Drawer(told.cards), Network(session, told.smsc_control), told.access_number)
        application = web.Application()
        application.router.add_routes(Phone(shopkeeper).routes())
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, told.host, told.port).start()
        print(f"phone simulator ready on http://{told.host}:{told.port}/", flush=True)
        await over.wait()
        await runner.cleanup()


if __name__ == "__main__":
    # Card files hold keys; every one this process writes is its owner's alone.
    os.umask(_OWNER_ONLY)
    asyncio.run(run(_arguments()))
