"""A simulated supplier as a process: its listener, how its answers travel, its notices, and a control side in JSON."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

import aiohttp
from aiohttp import web

from simulators.process import told_to_stop
from simulators.supplier.behaviour import BEHAVIOURS, Behaviour
from simulators.supplier.ledger import Order
from simulators.supplier.shop import Shop

_LOOK_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice to the customer: an address, and a form (None: it is a GET)."""

    url: str
    body: bytes | None = None


class Speaker(Protocol):
    """A supplier's language."""

    def routes(self, server: "Server") -> Iterable[web.RouteDef]:
        """Where it listens."""
        ...

    def notice(self, order: Order, done: bool, forged: bool) -> Notice | None:
        """How it tells an order's end; None when it never does."""
        ...

    def is_acknowledged(self, body: bytes) -> bool:
        """Whether the customer's answer to a notice is the right one."""
        ...


class Server:
    """One supplier: a shop and a language."""

    def __init__(self, shop: Shop, speaker: Speaker, repeat_seconds: float = 300.0, repeats: int = 3) -> None:
        self.shop, self._speaker = shop, speaker
        self._repeat_seconds, self._repeats = repeat_seconds, repeats
        self._over = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def application(self) -> web.Application:
        """Everything over HTTP, with the sending of notices while it runs."""
        application = web.Application()
        application.router.add_routes(self._speaker.routes(self))
        application.router.add_get("/health", self._health)
        application.router.add_get("/control/ledger", self._ledger)
        application.router.add_post("/control/behaviour", self._behave)
        application.router.add_post("/control/stock", self._stock)
        application.cleanup_ctx.append(self._looking)
        return application

    async def travel(self, http: web.Request, behaviour: Behaviour, make: Callable[[], web.Response]) -> web.StreamResponse:
        """The answer, as the behaviour has it travel. What was done is done by then."""
        await asyncio.sleep(self.shop.rules.slow_seconds if behaviour.slow else self.shop.rules.latency_seconds)
        if behaviour.travel == "withheld":
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), 3600)
        elif behaviour.travel == "reset":
            _reset(http)
        if behaviour.travel == "garbage":
            return web.Response(body=b"\x00\xff<<<" * 20)
        if behaviour.travel == "bad_gateway":
            return web.Response(status=502, text="<html>502</html>")
        return make()

    async def _looking(self, _application: web.Application) -> AsyncIterator[None]:
        look = asyncio.create_task(self._look_forever())
        yield
        self._over.set()
        for task in (look, *self._tasks):
            task.cancel()
        await asyncio.gather(look, *self._tasks, return_exceptions=True)

    async def _look_forever(self) -> None:
        async with aiohttp.ClientSession() as session:
            while True:
                for order in self.shop.end_due():
                    for notice in self._notices(order):
                        task = asyncio.create_task(self._tell(session, notice))
                        self._tasks.add(task)
                        task.add_done_callback(self._tasks.discard)
                await asyncio.sleep(_LOOK_SECONDS)

    def _notices(self, order: Order) -> list[Notice]:
        behaviour, done = BEHAVIOURS[order.behaviour], order.state in {"done", "part"}
        told = [self._speaker.notice(order, done, behaviour.forged)] * behaviour.calls
        if behaviour.lie:
            told.append(self._speaker.notice(order, not done, forged=False))
        return [notice for notice in told if notice is not None]

    async def _tell(self, session: aiohttp.ClientSession, notice: Notice) -> None:
        for _ in range(1 + self._repeats):
            with suppress(aiohttp.ClientError, TimeoutError, OSError):
                method = "GET" if notice.body is None else "POST"
                headers = {} if notice.body is None else {"Content-Type": "application/x-www-form-urlencoded"}
                async with session.request(method, notice.url, data=notice.body, headers=headers) as answer:
                    if answer.status == 200 and self._speaker.is_acknowledged(await answer.read()):
                        return
            await asyncio.sleep(self._repeat_seconds)

    async def _health(self, _http: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _ledger(self, _http: web.Request) -> web.Response:
        return web.json_response(self.shop.ledger.told())

    async def _behave(self, http: web.Request) -> web.Response:
        wanted = (await http.json()).get("default", "")
        if wanted not in BEHAVIOURS:
            return web.json_response({"behaviours": sorted(BEHAVIOURS)}, status=400)
        self.shop.rules.default = wanted
        return web.json_response({"default": wanted})

    async def _stock(self, http: web.Request) -> web.Response:
        self.shop.add_stock(int((await http.json())["add_minor"]))
        return web.json_response({"stock_minor": self.shop.ledger.stock_minor()})


async def serve(server: Server, host: str, port: int, name: str) -> None:
    """Serve until SIGTERM or SIGINT; prints the ready line once it listens."""
    over = told_to_stop()
    runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, host, port, backlog=1024).start()
    print(f"{name} simulator ready on http://{host}:{port}", flush=True)
    await over.wait()
    await runner.cleanup()


def _reset(http: web.Request) -> None:
    transport = http.transport
    if transport is not None:
        taken = transport.get_extra_info("socket")
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
