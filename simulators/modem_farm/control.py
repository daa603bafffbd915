"""The farm's control side: JSON for tests, and a page for a person who sends as an agent, looks on, and breaks things."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, fields
from typing import Any, Final, cast
from urllib.parse import quote, urlsplit

from aiohttp import web

from simulators.modem_farm import pages, views
from simulators.modem_farm.config import BadConfiguration, Settings, made
from simulators.modem_farm.farm import Farm, NoSuchThing
from simulators.modem_farm.faults import FAULTS, UnknownFault
from simulators.pages import language_of

_LARGEST_LIMIT: Final = 1_000_000
_LARGEST_AMOUNT: Final = 10**15
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}")
Values = dict[str, Any]


class Control:
    """Handlers. Whoever reaches them may do everything, so they listen on this machine only by default."""

    def __init__(self, farm: Farm) -> None:
        self._farm = farm

    def routes(self) -> list[web.RouteDef]:
        """All of them. `/control/do/ACTION` takes JSON and answers what it did."""
        return [
            web.get("/", self._to_page),
            web.get("/control/", self._page),
            web.get("/control/style.css", self._style),
            web.post("/control/press", self._press),
            web.get("/control/slots", self._answer(lambda _: {"slots": self._farm.slot_values()})),
            web.get("/control/chips", self._answer(lambda _: {"chips": self._farm.chip_values()})),
            web.get("/control/ledger", self._answer(self._ledger)),
            web.get("/control/credits", self._answer(lambda _: {"credits": views.credits_of(self._farm.ledger)})),
            web.get("/control/messages", self._answer(self._messages)),
            web.get("/control/traffic", self._answer(self._traffic)),
            web.get("/control/faults", self._answer(self._faults)),
            web.get("/control/settings", self._answer(lambda _: asdict(self._farm.around.settings))),
            web.post("/control/do/{action}", self._do),
        ]

    def _answer(self, ask: Callable[[Mapping[str, str]], Values]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handler(http: web.Request) -> web.Response:
            return web.json_response(ask(http.query))

        return handler

    def _ledger(self, query: Mapping[str, str]) -> Values:
        return views.whole(self._farm.ledger, query.get("number", ""), query.get("iccid", ""), _limit(query))

    def _messages(self, query: Mapping[str, str]) -> Values:
        return {"messages": views.messages(self._farm.ledger, query.get("number", ""), _limit(query))}

    def _traffic(self, query: Mapping[str, str]) -> Values:
        return {"traffic": list(self._farm.around.traffic.get(query.get("slot", ""), []))}

    def _faults(self, _query: Mapping[str, str]) -> Values:
        faults = self._farm.around.faults
        known = {name: {"place": place, "meaning": meaning} for name, (place, meaning) in FAULTS.items()}
        return {"waiting": faults.as_values(), "struck": faults.struck, "known": known}

    # Doing

    async def _do(self, http: web.Request) -> web.Response:
        _same_origin(http)
        try:
            told = await http.json() if http.can_read_body else {}
        except ValueError as problem:
            raise _bad("JSON") from problem
        return web.json_response(self.do(http.match_info["action"], told) or {})

    def do(self, action: str, told: Values) -> Values | None:
        """Carry an action out. Raises HTTPBadRequest for one that does not fit."""
        act = self._actions().get(action)
        if act is None or not isinstance(told, dict):
            raise _bad(f"action {action}")
        try:
            return cast("Values | None", act(**told))
        except (TypeError, ValueError, LookupError, BadConfiguration, UnknownFault, NoSuchThing) as problem:
            raise _bad(str(problem)) from problem

    def _actions(self) -> dict[str, Callable[..., object]]:
        farm = self._farm
        return {
            "sms": self._send,
            "fault": self._arm,
            "clear": self._clear,
            "settings": self._settings,
            "reset": self._reset,
            "unplug": lambda slot: {"imei": farm.unplug(slot)},
            "plug": farm.plug,
            "move": farm.move,
            "power": farm.power,
            "swap": farm.swap_cards,
            "insert": farm.insert,
            "radio": farm.radio,
            "card": lambda iccid, code: farm.card_fails(iccid, _whole(code)),
            "fill": farm.fill,
            "ring": farm.ring,
            "say": farm.say,
            "transfer": lambda iccid, **amounts: farm.transfer(iccid, **{name: _whole(value) for name, value in amounts.items()}),
            "subscriber": lambda number, state: farm.ledger.set_subscriber(str(number), state),
            "lock": lambda iccid, locked=True: farm.ledger.lock(farm.sim(iccid).iccid, locked=bool(locked)),
        }

    def _send(self, sender: str, recipient: str, text: str) -> Values:
        return {"id": self._farm.network.post.send(str(sender), str(recipient), str(text))}

    def _arm(self, **told: Any) -> Values:
        return asdict(self._farm.around.faults.arm(told))

    def _clear(self, target: str = "") -> None:
        self._farm.around.faults.clear(target)

    def _settings(self, **told: Any) -> Values:
        settings = self._farm.around.settings
        changed = made(Settings, asdict(settings) | told)
        for item in fields(Settings):
            setattr(settings, item.name, getattr(changed, item.name))
        faults = self._farm.around.faults
        faults.chaos, faults.chaos_names = settings.chaos, settings.chaos_faults
        return asdict(settings)

    def _reset(self) -> None:
        self._farm.reset_ledger()

    # The page

    async def _to_page(self, _http: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/control/")

    async def _page(self, http: web.Request) -> web.Response:
        language = language_of(http.query.get("lang", ""))
        shown = pages.Shown.of(self._farm, http.query.get("phone", ""), http.query.get("slot", ""), http.query.get("problem", ""))
        return web.Response(text=pages.render(shown, language), content_type="text/html")

    async def _style(self, _http: web.Request) -> web.Response:
        return web.Response(text=pages.STYLE, content_type="text/css")

    async def _press(self, http: web.Request) -> web.StreamResponse:
        """A form of the page: its fields are the action's, but for `action`, `lang` and `phone` `slot` to come back to."""
        _same_origin(http)
        form = {name: str(value) for name, value in (await http.post()).items()}
        back = {name: form.get(name, "") for name in ("lang", "back_phone", "back_slot")}
        told: Values = {name: value for name, value in form.items() if name not in {"action", *back}}
        for name in ("signal", "amount_minor", "pieces", "units", "times"):
            if name in told and _NUMBER.fullmatch(told[name]):
                told[name] = int(told[name])
        problem = ""
        try:
            self.do(form.get("action", ""), told)
        except web.HTTPBadRequest as refused:
            problem = json.loads(refused.text or "{}").get("error", "")
        where = f"?lang={language_of(back['lang'])}&phone={quote(back['back_phone'])}&slot={quote(back['back_slot'])}"
        raise web.HTTPSeeOther(f"/control/{where}&problem={quote(problem)}")


def _whole(value: object) -> int:
    """A number of things or of minor units: the ledger would take anything. Raises ValueError."""
    if type(value) is not int or abs(value) > _LARGEST_AMOUNT:
        raise ValueError(f"{value!r:.40} is no whole number")
    return value


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", "100")
    if not _NUMBER.fullmatch(text) or int(text) < 0:
        raise _bad("limit")
    return min(int(text), _LARGEST_LIMIT)


def _same_origin(http: web.Request) -> None:
    # A page from elsewhere, open in the same browser, must not press the buttons.
    origin = http.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != http.host:
        raise web.HTTPForbidden(text="another origin")


def _bad(text: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": text}), content_type="application/json")
