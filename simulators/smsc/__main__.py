"""`python -m simulators.smsc`: run the simulated centre as a process of its own."""

import argparse
import asyncio
from contextlib import suppress

from aiohttp import web

from simulators.process import told_to_stop
from simulators.smsc.book import Book
from simulators.smsc.centre import Centre
from simulators.smsc.control import Control


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulators.smsc", description="A short message service centre (SMPP 3.4), simulated.")
    parser.add_argument("--port", type=int, default=2775, help="port for applications (SMPP)")
    parser.add_argument("--control-port", type=int, required=True, help="port of the control page and its JSON")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (this machine only by default)")
    parser.add_argument("--account", action="append", default=[], metavar="ID:PASSWORD", help="who may bind; anybody without this")
    return parser.parse_args()


async def run(told: argparse.Namespace) -> None:
    """Serve until SIGTERM or SIGINT; prints the ready line once everything listens."""
    over = told_to_stop()
    centre = Centre(Book(), dict(account.split(":", 1) for account in told.account))
    server = await asyncio.start_server(centre.connected, told.host, told.port)
    application = web.Application()
    application.router.add_routes(Control(centre).routes())
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, told.host, told.control_port).start()
    delivering = asyncio.create_task(centre.deliver_forever())
    print(f"smsc simulator ready on {told.host}:{told.port}, page on http://{told.host}:{told.control_port}/", flush=True)
    await over.wait()
    delivering.cancel()
    with suppress(asyncio.CancelledError):
        await delivering
    server.close()
    centre.disconnect()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(run(_arguments()))
