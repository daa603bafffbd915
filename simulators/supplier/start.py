"""The command line that all simulated suppliers have in common."""

import argparse
import asyncio
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from simulators.supplier.behaviour import BEHAVIOURS
from simulators.supplier.ledger import Ledger
from simulators.supplier.server import Server, Speaker, serve
from simulators.supplier.shop import Rules, Shop


def parser_of(name: str, what: str) -> argparse.ArgumentParser:
    """The common arguments; a supplier adds its own."""
    parser = argparse.ArgumentParser(prog=f"python -m simulators.{name}", description=what)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (this machine only by default)")
    parser.add_argument("--ledger", type=Path, required=True, help="SQLite file of the supplier's own ledger")
    parser.add_argument("--behaviour", choices=sorted(BEHAVIOURS), default="ok", metavar="NAME", help=", ".join(sorted(BEHAVIOURS)))
    parser.add_argument("--stock", type=int, default=10_000_000_000, help="opening stock of a new ledger, in minor units")
    parser.add_argument("--later", type=float, default=2.0, help="seconds until an order that was taken ends")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds each answer takes")
    parser.add_argument("--no-dedupe", action="store_true", help="a broken supplier: a repeated reference is done again")
    parser.add_argument("--minor-digits", type=int, default=2, help="of the currency")
    return parser


def shop_of(told: argparse.Namespace) -> Shop:
    """The shop that the arguments ask for."""
    rules = Rules(told.behaviour, later_seconds=told.later, latency_seconds=told.latency, dedupe=not told.no_dedupe)
    return Shop(Ledger(told.ledger, told.stock), rules)


def run(name: str, told: argparse.Namespace, make: Callable[[Shop], Speaker]) -> None:
    """Serve until told to stop."""
    shop = shop_of(told)
    with closing(shop.ledger):
        asyncio.run(_run(name, told, shop, make(shop)))


async def _run(name: str, told: argparse.Namespace, shop: Shop, speaker: Speaker) -> None:
    await serve(Server(shop, speaker), told.host, told.port, name)
