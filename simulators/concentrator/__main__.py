"""`python -m simulators.concentrator`: carry terminals' calls to the host (relay), or let many terminals sell (load)."""

import argparse
import asyncio
from itertools import islice
from pathlib import Path

from simulators.concentrator.fleet import Fleet, Lane, orders
from simulators.concentrator.link import Link
from simulators.concentrator.relay import Relay
from simulators.pos_terminal.line import host_of
from simulators.pos_terminal.memory import Memory
from simulators.process import told_to_stop


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators.concentrator", description="A concentrator of POS terminals, simulated.")
    parser.add_argument("--server", type=host_of, required=True, help="HOST:PORT of the platform's POS access")
    commands = parser.add_subparsers(dest="command", required=True)
    relay = commands.add_parser("relay", help="take terminals' connections, carry them over one")
    relay.add_argument("--port", type=int, default=18088, help="port for terminals")
    relay.add_argument("--host", default="127.0.0.1", help="address to listen on (this machine only by default)")
    relay.add_argument("--called", default="", help="the number that was rung: adds the dial-up block to every message")
    load = commands.add_parser("load", help="let the terminals of a folder sell at a pace")
    load.add_argument("--terminals", type=Path, required=True, help="folder of terminal files")
    load.add_argument("--password", required=True, help="service password of all of them")
    load.add_argument("--links", type=int, default=1, help="how many connections they share")
    load.add_argument("--rate", type=float, default=0.0, help="sales a second; 0 is as many as there are free terminals")
    load.add_argument("--sales", type=int, default=1000, help="how many sales")
    load.add_argument("--prefix", default="1380013", help="beginning of the numbers sold to")
    load.add_argument("--fen", type=int, default=1000, help="amount of each")
    return parser


async def relay(told: argparse.Namespace) -> None:
    """Until SIGTERM or SIGINT; prints the ready line once terminals can call."""
    over = told_to_stop()
    host, port = told.server
    box = Relay(host, port, told.called)
    server = await asyncio.start_server(box.call, told.host, told.port)
    print(f"concentrator ready on {told.host}:{told.port}", flush=True)
    await over.wait()
    server.close()
    await box.close()
    await server.wait_closed()


async def load(told: argparse.Namespace) -> None:
    """Sell, and say how it went."""
    memories = [Memory(path) for path in sorted(told.terminals.glob("*.json"))]
    links = [await Link.connect(*told.server) for _ in range(min(told.links, len(memories)))]
    lanes = [Lane(links[place % len(links)], place + 1, memory.state) for place, memory in enumerate(memories)]
    try:
        await _sell(told, lanes, len(links))
    finally:
        # A trace once used is never used again.
        for memory in memories:
            memory.keep()
        for link in links:
            await link.close()


async def _sell(told: argparse.Namespace, lanes: list[Lane], links: int) -> None:
    fleet = Fleet(lanes)
    await fleet.sign_in(told.password)
    print(f"{len(lanes)} terminals signed in over {links} connections", flush=True)
    report = await fleet.sell(islice(orders(told.prefix, told.fen), told.sales), told.rate)
    codes = ", ".join(f"{code}: {times}" for code, times in sorted(report.codes.items()))
    print(
        f"{report.per_second:.0f} a second, p50 {report.percentile(0.5) * 1e3:.0f} ms, p99 {report.percentile(0.99) * 1e3:.0f} ms; {codes}"
    )


if __name__ == "__main__":
    arguments = _parser().parse_args()
    asyncio.run({"relay": relay, "load": load}[arguments.command](arguments))
