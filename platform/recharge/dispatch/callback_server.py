"""The HTTP front for suppliers' callbacks, POST or GET /callback/<link code>, served by the dispatcher process itself."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import structlog
from aiohttp import web
from sqlalchemy.exc import DBAPIError

from recharge.books.database import DatabaseBusy
from recharge.dispatch.callbacks import Acknowledgement, Callbacks

LARGEST_CALLBACK = 65_536
_log = structlog.get_logger(__name__)


class CallbackServer:
    """Listens on host and port; each callback is applied in the dispatcher's database thread, in turn with other outcomes."""

    def __init__(self, callbacks: Callbacks, bind: str, database_thread: ThreadPoolExecutor) -> None:
        self._callbacks, self._thread = callbacks, database_thread
        self._host, _, port = bind.rpartition(":")
        self._port = int(port)
        self._runner: web.AppRunner | None = None

    async def open(self) -> None:
        """Start to listen. Raises OSError."""
        application = web.Application(client_max_size=LARGEST_CALLBACK)
        for method in ("POST", "GET"):
            application.router.add_route(method, "/callback/{link_code}", self._take)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host.strip("[]"), self._port).start()

    async def close(self) -> None:
        """Stop listening; callbacks being applied are finished first."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        code, headers, query = request.match_info["link_code"], dict(request.headers), request.rel_url.raw_query_string
        try:
            answer = await asyncio.get_running_loop().run_in_executor(
                self._thread, lambda: self._callbacks.take_callback(code, headers, body, query)
            )
        except (DBAPIError, DatabaseBusy):
            _log.warning("callback_not_kept", link=code)
            # Not acknowledged, so it is sent again.
            answer = Acknowledgement(HTTPStatus.SERVICE_UNAVAILABLE)
        return web.Response(status=answer.status, body=answer.body)
