"""The terminal as a web application on this machine: the page, and the keys that can be pressed."""

from aiohttp import web

from simulators.pages import language_of
from simulators.pos_terminal.counter import FIELDS, CannotPress, Counter, NoSuchTerminal
from simulators.pos_terminal.faults import Faults, chosen
from simulators.pos_terminal.page import STYLE, Choice, render

_KEPT_FIELDS = ("number", "amount")
_LONGEST_DELAY = 60.0


class Page:
    """Handlers of the page."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def routes(self) -> list[web.RouteDef]:
        """Where what is."""
        return [
            web.get("/", self._page),
            web.get("/style.css", self._style),
            web.get("/health", self._health),
            web.post("/press", self._press),
        ]

    async def _page(self, http: web.Request) -> web.Response:
        names = self._counter.names()
        choice = _choice(http, names)
        states = {name: self._counter.state(name) for name in names}
        return web.Response(text=render(choice, states, self._counter.shown(choice.terminal)), content_type="text/html")

    async def _press(self, http: web.Request) -> web.Response:
        posted = await http.post()
        form = {name: str(value) for name, value in posted.items()}
        item = form.get("item", "")
        if item not in FIELDS:
            raise web.HTTPBadRequest(text=f"unknown: {item}")
        faults = chosen([str(name) for name in posted.getall("fault", [])], _seconds(form.get("delay", "")))
        raise await self._done(form, item, faults)

    async def _done(self, form: dict[str, str], item: str, faults: Faults) -> web.HTTPSeeOther:
        """Press, and go back to the page; what was filled in stays where it was not good, passwords never."""
        kept: dict[str, str] = {}
        try:
            notice = await self._counter.press(form.get("terminal", ""), item, form, faults)
        except CannotPress as error:
            notice, kept = error.why, {field: form[field] for field in _KEPT_FIELDS if field in form}
        except NoSuchTerminal:
            notice = "no_terminal"
        choice = Choice(form.get("terminal", ""), item, language_of(form.get("lang", "")))
        return web.HTTPSeeOther(choice.link(notice=notice, **kept))

    @staticmethod
    async def _style(_http: web.Request) -> web.Response:
        return web.Response(text=STYLE, content_type="text/css")

    @staticmethod
    async def _health(_http: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})


def _seconds(told: str) -> float:
    try:
        return min(max(float(told or 0), 0.0), _LONGEST_DELAY)
    except ValueError:
        return 0.0


def _choice(http: web.Request, names: list[str]) -> Choice:
    asked = http.query
    first = names[0] if names else ""
    terminal, item = asked.get("terminal", ""), asked.get("item", "")
    return Choice(
        terminal if terminal in names else first,
        item if item in FIELDS else "recharge",
        language_of(asked.get("lang", "")),
        asked.get("notice", ""),
        asked.get("number", ""),
        asked.get("amount", ""),
    )
