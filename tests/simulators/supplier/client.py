"""A simulated supplier in this process, asked over HTTP by a client that knows nothing of the product's links."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from simulators.supplier.server import Server, Speaker
from simulators.supplier.shop import Shop
from tests.support import machine


class Client:
    """Asks, and gives status and text."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session, self.base = session, base

    async def ask(
        self, method: str, path: str, body: bytes | None = None, charset: str = "utf-8", headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """One question; `path` is encoded already."""
        headers = (headers or {}) | ({} if body is None else {"Content-Type": "application/x-www-form-urlencoded"})
        async with self._session.request(method, URL(self.base + path, encoded=True), data=body, headers=headers) as answer:
            return answer.status, (await answer.read()).decode(charset)


def with_supplier(shop: Shop, make: Callable[[int], Speaker], what: Callable[[Client], Awaitable[Any]]) -> Any:
    """What comes of asking a supplier; `make` is given its port."""

    async def scene() -> Any:
        port = machine.free_port()
        runner = web.AppRunner(Server(shop, make(port), repeat_seconds=0.1).application(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
                return await what(Client(session, f"http://127.0.0.1:{port}"))
        finally:
            await runner.cleanup()

    return asyncio.run(scene())
