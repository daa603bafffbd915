"""The telephone as a web application on this machine: the page, its state, its keys, and the sound."""

from aiohttp import web

from simulators.pages import language_of
from simulators.telephone.handset import Handset
from simulators.telephone.page import SCRIPT, STYLE, render
from simulators.telephone.texts import exchange_text


class Telephone:
    """Handlers of the page."""

    def __init__(self, handset: Handset) -> None:
        self._handset = handset

    def routes(self) -> list[web.RouteDef]:
        """Where what is."""
        return [
            web.get("/", self._page),
            web.get("/style.css", self._style),
            web.get("/script.js", self._script),
            web.get("/health", self._health),
            web.get("/state", self._state),
            web.get("/sound", self._sound),
            web.post("/dial", self._dial),
            web.post("/press", self._press),
            web.post("/hang-up", self._hang_up),
        ]

    async def _page(self, http: web.Request) -> web.Response:
        return web.Response(text=render(language_of(http.query.get("lang", "")), self._handset.lines), content_type="text/html")

    async def _state(self, http: web.Request) -> web.Response:
        told = exchange_text(self._handset.exchange, language_of(http.query.get("lang", "")))
        handset = self._handset
        return web.json_response({"state": handset.state, "number": handset.number, "heard": handset.heard(), "exchange": told})

    async def _dial(self, http: web.Request) -> web.Response:
        try:
            self._handset.dial(str((await http.post()).get("line", "")))
        except KeyError as error:
            raise web.HTTPBadRequest(text="no such line") from error
        return web.Response()

    async def _press(self, http: web.Request) -> web.Response:
        try:
            self._handset.press(str((await http.post()).get("key", "")))
        except ValueError as error:
            raise web.HTTPBadRequest(text="no such key") from error
        return web.Response()

    async def _hang_up(self, _http: web.Request) -> web.Response:
        self._handset.hang_up()
        return web.Response()

    async def _sound(self, http: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "audio/wav", "Cache-Control": "no-store"})
        await response.prepare(http)
        try:
            async for piece in self._handset.sound():
                await response.write(piece)
        except ConnectionError:
            return response
        return response

    @staticmethod
    async def _style(_http: web.Request) -> web.Response:
        return web.Response(text=STYLE, content_type="text/css")

    @staticmethod
    async def _script(_http: web.Request) -> web.Response:
        return web.Response(text=SCRIPT, content_type="text/javascript")

    @staticmethod
    async def _health(_http: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})
