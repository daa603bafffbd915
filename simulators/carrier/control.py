"""The control side: JSON endpoints for tests and a page for a person, to see the ledger and to break the carrier."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from simulators.carrier import pages, views
from simulators.carrier.behaviour import BEHAVIOURS
from simulators.carrier.controls import Controls, UnknownSetting
from simulators.carrier.issues import Statements
from simulators.carrier.ledger import Ledger, empty
from simulators.carrier.messages import BODY_LIMIT_BYTES
from simulators.pages import language_of

_STATES: Final = frozenset({"active", "barred", "absent"})
_KINDS: Final = frozenset({"any", "prepaid", "postpaid"})
_LARGEST_LIMIT: Final = 1_000_000


class Control:
    """Handlers below /control/. Whoever reaches them may do everything, so they listen on this machine only by default."""

    def __init__(self, ledger: Ledger, controls: Controls, statements: Statements) -> None:
        self._ledger = ledger
        self._controls = controls
        self._statements = statements

    def routes(self) -> list[web.RouteDef]:
        """The routes of the control side."""
        return [
            web.get("/", self.to_page),
            web.get("/control", self.to_page),
            web.get("/control/", self.page),
            web.get("/control/style.css", self.style),
            web.post("/control/press", self.press),
            web.get("/control/ledger", self.ledger),
            web.get("/control/behaviour", self.settings),
            web.post("/control/behaviour", self.behave),
            web.post("/control/reset", self.reset),
            web.post("/control/subscriber", self.subscriber),
            web.post("/control/stock", self.stock),
            web.post("/control/statement", self.statement),
        ]

    async def to_page(self, _http: web.Request) -> web.StreamResponse:
        """The bare address leads to the page."""
        raise web.HTTPFound("/control/")

    async def page(self, http: web.Request) -> web.Response:
        """The page for a person, in the language of `?lang=`."""
        language = language_of(http.query.get("lang", ""))
        shown = self._ledger.read(lambda connection: pages.Shown.from_ledger(connection, self._controls.settings))
        return web.Response(text=pages.render(shown, language), content_type="text/html")

    async def style(self, _http: web.Request) -> web.Response:
        """The page's style sheet."""
        return web.Response(text=pages.STYLE, content_type="text/css")

    async def press(self, http: web.Request) -> web.StreamResponse:
        """A button of the page: makes one behaviour the default, or resets everything."""
        _same_origin(http)
        form = await http.post()
        button = str(form.get("button", ""))
        if button == "reset":
            await self._reset()
        elif button in BEHAVIOURS:
            self._controls.change({"default": button})
        raise web.HTTPSeeOther(f"/control/?lang={language_of(str(form.get('lang', '')))}")

    async def ledger(self, http: web.Request) -> web.Response:
        """Orders, credits, callbacks, stock and totals; `reference`, `number` and `limit` (50 if not said) narrow them."""
        reference, number = http.query.get("reference", ""), http.query.get("number", "")
        limit = _whole_number(http.query.get("limit", "50"), _LARGEST_LIMIT)
        return web.json_response(self._ledger.read(lambda connection: views.whole(connection, reference, number, limit)))

    async def settings(self, _http: web.Request) -> web.Response:
        """The live settings and the names of all behaviours."""
        return web.json_response({"settings": self._controls.as_mapping(), "behaviours": list(BEHAVIOURS)})

    async def behave(self, http: web.Request) -> web.Response:
        """Change settings: any of the settings' names with a new value; mappings are merged."""
        try:
            self._controls.change(await _body(http))
        except UnknownSetting as problem:
            raise _bad(str(problem)) from problem
        return web.json_response(self._controls.as_mapping())

    async def reset(self, http: web.Request) -> web.Response:
        """An empty ledger, full stock and the settings of the command line."""
        await _body(http)
        await self._reset()
        return web.json_response(self._controls.as_mapping())

    async def _reset(self) -> None:
        self._controls.reset()
        await self._ledger.write(empty)

    async def subscriber(self, http: web.Request) -> web.Response:
        """Set a subscriber: number, and any of state, kind, balance_minor, limit_minor (the highest balance allowed)."""
        wanted = await _body(http)
        values = {"state": "active", "kind": "any", "balance_minor": 0, "limit_minor": None, **wanted}
        if values["state"] not in _STATES or values["kind"] not in _KINDS or not str(values.get("number", "")).isdigit():
            raise _bad("subscriber")
        if not all(values[name] is None or type(values[name]) is int for name in ("balance_minor", "limit_minor")):
            raise _bad("subscriber")
        await self._ledger.write(lambda connection: _set_subscriber(connection, values))
        return web.json_response(values)

    async def stock(self, http: web.Request) -> web.Response:
        """Put stock in, or with a negative amount take some out: add_minor (fen)."""
        added = (await _body(http)).get("add_minor")
        if not isinstance(added, int) or not await self._ledger.write(lambda connection: _add_stock(connection, added)):
            raise _bad("add_minor")
        return web.json_response(self._ledger.read(views.stock_of))

    async def statement(self, http: web.Request) -> web.Response:
        """Issue a day's statement now: day, differences (kind to count). Answers the issue's number and the sheet's place."""
        wanted = await _body(http)
        differences = wanted.get("differences", {})
        if not isinstance(differences, dict) or not all(isinstance(count, int) for count in differences.values()):
            raise _bad("differences")
        try:
            issue, sheet = await self._statements.issue(str(wanted.get("day", "")), differences)
        except ValueError as problem:
            raise _bad(str(problem)) from problem
        return web.json_response({"day": issue.day, "issue": issue.number, "sheet": str(sheet)})


def _same_origin(http: web.Request) -> None:
    # A page from elsewhere, open in the same browser, must not press the buttons.
    origin = http.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != http.host:
        raise web.HTTPForbidden(text="another origin")


async def _body(http: web.Request) -> dict[str, object]:
    _same_origin(http)
    raw = await http.content.read(BODY_LIMIT_BYTES)
    try:
        body = json.loads(raw or b"{}")
    except ValueError as problem:
        raise _bad("JSON") from problem
    if not isinstance(body, dict):
        raise _bad("JSON")
    return body


def _bad(text: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": text}), content_type="application/json")


def _whole_number(text: str, largest: int) -> int:
    if not text.isdigit() or len(text) > 9:
        raise _bad("limit")
    return min(int(text), largest)


def _set_subscriber(connection: sqlite3.Connection, values: Mapping[str, object]) -> None:
    connection.execute(
        "insert or replace into subscriber (number, state, kind, balance_minor, limit_minor)"
        " values (:number, :state, :kind, :balance_minor, :limit_minor)",
        {name: values[name] for name in ("number", "state", "kind", "balance_minor", "limit_minor")},
    )


def _add_stock(connection: sqlite3.Connection, added_minor: int) -> bool:
    changed = connection.execute(
        "update stock set opening_minor = opening_minor + ?1, free_minor = free_minor + ?1 where free_minor + ?1 >= 0",
        (added_minor,),
    )
    return changed.rowcount == 1
