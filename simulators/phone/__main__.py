"""`python -m simulators.phone`: run the shopkeeper's phone as a process of its own."""

import argparse
import asyncio
import os
from pathlib import Path

from aiohttp import ClientSession

from simulators.pages import serve
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
    async with ClientSession() as session:
        shopkeeper = Shopkeeper(Drawer(told.cards), Network(session, told.smsc_control), told.access_number)
        await serve(Phone(shopkeeper).routes(), "phone simulator", told.host, told.port)


if __name__ == "__main__":
    # Card files hold keys; every one this process writes is its owner's alone.
    os.umask(_OWNER_ONLY)
    asyncio.run(run(_arguments()))
