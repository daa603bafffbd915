"""The carrier as a running thing: its parts put together, its listeners, and its orderly end."""

import asyncio
import random
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from aiohttp import web

from simulators.carrier.callbacks import CallbackBook, Caller
from simulators.carrier.clock import CarrierClock, day_of
from simulators.carrier.control import Control
from simulators.carrier.controls import Controls
from simulators.carrier.issues import Statements
from simulators.carrier.ledger import Ledger
from simulators.carrier.orders import OrderBook
from simulators.carrier.service import Parts, Service
from simulators.carrier.signing import Gate, Signer
from simulators.carrier.timers import Timers
from simulators.carrier.travel import Courier
from simulators.process import told_to_stop

ENDPOINT: Final = "/recharge/v1"
IDLE_SECONDS: Final = 75.0
_LOOK_SECONDS: Final = 0.05


@dataclass(frozen=True)
class Options:
    """What the command line says. `control_port` 0: the control side is at the main port only. Stock in fen."""

    port: int
    ledger: Path
    secret: bytes
    partner: str = "province-agent"
    host: str = "127.0.0.1"
    control_port: int = 0
    callback_url: str = ""
    seed: int = 1
    behaviour: str = "ok"
    stock_minor: int = 10_000_000_000
    discount_basis_points: int = 0
    dedupe: bool = True


def put_together(options: Options) -> tuple[Parts, Controls]:
    """Build the parts around one ledger file."""
    clock = CarrierClock()
    initial = {"callback_url": options.callback_url, "discount_basis_points": options.discount_basis_points}
    controls = Controls(options.seed, clock, default=options.behaviour, **initial)
    ledger = Ledger(options.ledger)
    # It was there the day before, without business: a partner that begins today has a day that it can close.
    ledger.open_stock(options.partner, options.stock_minor, day_of(clock.local() - timedelta(days=1)))
    signer = Signer(options.partner, options.secret, clock.seconds)
    caller = Caller(ledger, signer, clock, controls)
    book = OrderBook(clock, controls, CallbackBook(clock, controls).announce, dedupe=options.dedupe)
    folder, chance = options.ledger.resolve().parent, random.Random(options.seed)
    parts = Parts(
        ledger=ledger,
        book=book,
        controls=controls,
        clock=clock,
        gate=Gate(options.partner, options.secret, clock.seconds),
        courier=Courier(signer, controls),
        caller=caller,
        timers=Timers(ledger, book, caller, clock),
        statements=Statements(ledger, clock, options.partner, chance, folder),
    )
    return parts, controls


def web_application(parts: Parts) -> web.Application:
    """The HTTP side: the partner's endpoint, the control side and the health check."""
    application = web.Application()
    application.router.add_post(ENDPOINT, Service(parts).handle)
    application.router.add_get("/health", _health)
    application.router.add_routes(Control(parts.ledger, parts.controls, parts.statements).routes())
    return application


async def _health(_http: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def run(options: Options) -> None:
    """Serve until SIGTERM or SIGINT; prints the ready line once everything listens."""
    parts, controls = put_together(options)
    over = told_to_stop()
    async with AsyncExitStack() as stack:
        stack.callback(parts.ledger.close)
        for forever in (parts.ledger.commit_forever, parts.timers.run_forever, parts.caller.run_forever):
            stack.push_async_callback(_cancel, asyncio.create_task(forever()))
        runner = web.AppRunner(web_application(parts), access_log=None, keepalive_timeout=IDLE_SECONDS, shutdown_timeout=0.5)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        if options.control_port:
            await web.TCPSite(runner, options.host, options.control_port).start()
        await _listen(runner, options, controls, over)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _listen(runner: web.AppRunner, options: Options, controls: Controls, over: asyncio.Event) -> None:
    site: web.TCPSite | None = None
    told = False
    while not over.is_set():
        # Closing the port would leave nobody to open it again if the control side had no port of its own.
        closed = controls.settings.default == "refused" and options.control_port != 0
        if closed and site is not None:
            await site.stop()
            site = None
        elif not closed and site is None:
            site = web.TCPSite(runner, options.host, options.port, backlog=1024, reuse_address=True)
            await site.start()
        if not told:
            print(f"carrier simulator ready on http://{options.host}:{options.port}", flush=True)
            told = True
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                await over.wait()
