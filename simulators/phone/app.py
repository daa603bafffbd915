"""The phone as a web application on this machine: the page, its screen, and the two things that can be pressed."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from simulators.pages import language_of
from simulators.phone.drawer import NoSuchCard
from simulators.phone.network import NoNetwork, Seen
from simulators.phone.page import STYLE, Choice, render, render_screen
from simulators.phone.shopkeeper import FIELDS, TRICKS, CannotSend, Shopkeeper

_KEPT_FIELDS = ("number", "amount")


class Phone:
    """Handlers of the page."""

    def __init__(self, shopkeeper: Shopkeeper) -> None:
        self._shopkeeper = shopkeeper

    def routes(self) -> list[web.RouteDef]:
        """Where what is."""
        return [
            web.get("/", self._page),
            web.get("/screen", self._screen),
            web.get("/style.css", self._style),
            web.get("/health", self._health),
            web.post("/send", self._send),
            web.post("/trick", self._trick),
        ]

    async def _page(self, http: web.Request) -> web.Response:
        numbers = self._shopkeeper.drawer.numbers()
        choice = _choice(http, list(numbers))
        counter = self._shopkeeper.drawer.card(choice.card).counter if choice.card else 0
        return web.Response(text=render(choice, numbers, counter), content_type="text/html")

    async def _screen(self, http: web.Request) -> web.Response:
        numbers = self._shopkeeper.drawer.numbers()
        number = numbers.get(http.query.get("card", ""), "")
        language = language_of(http.query.get("lang", ""))
        screen = render_screen(language, number, self._shopkeeper.sent_by(number), await self._seen(), numbers.values())
        return web.Response(text=screen, content_type="text/html")

    async def _seen(self) -> Seen | None:
        try:
            return await self._shopkeeper.network.look()
        except NoNetwork:
            return None

    async def _send(self, http: web.Request) -> web.Response:
        form = await _form(http)

        async def send() -> str:
            await self._shopkeeper.choose(form.get("card", ""), _known(form.get("item", ""), FIELDS), form)
            return "sent"

        raise await _done(form, send)

    async def _trick(self, http: web.Request) -> web.Response:
        form = await _form(http)
        trick = _known(form.get("trick", ""), TRICKS)
        raise await _done(form, lambda: self._shopkeeper.trick(form.get("card", ""), trick))

    @staticmethod
    async def _style(_http: web.Request) -> web.Response:
        return web.Response(text=STYLE, content_type="text/css")

    @staticmethod
    async def _health(_http: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})


async def _form(http: web.Request) -> dict[str, str]:
    return {name: str(value) for name, value in (await http.post()).items()}


async def _done(form: dict[str, str], press: Callable[[], Awaitable[str]]) -> web.HTTPSeeOther:
    """Press, and go back to the page with what became of it; what was filled in stays unless it was sent, passwords never."""
    kept: dict[str, str] = {}
    try:
        notice = await press()
    except (CannotSend, NoNetwork, NoSuchCard) as error:
        notice = error.why if isinstance(error, CannotSend) else _NOTICES[type(error)]
        kept = {field: form[field] for field in _KEPT_FIELDS if field in form}
    choice = Choice(form.get("card", ""), form.get("item", ""), language_of(form.get("lang", "")))
    return web.HTTPSeeOther(choice.link(notice=notice, **kept))


_NOTICES: dict[type[Exception], str] = {NoNetwork: "no_network", NoSuchCard: "no_card"}


def _choice(http: web.Request, names: list[str]) -> Choice:
    asked = http.query
    first = names[0] if names else ""
    card, item = asked.get("card", ""), asked.get("item", "")
    return Choice(
        card if card in names else first,
        item if item in FIELDS else next(iter(FIELDS)),
        language_of(asked.get("lang", "")),
        asked.get("notice", ""),
        asked.get("number", ""),
        asked.get("amount", ""),
    )


def _known(name: str, names: object) -> str:
    if not isinstance(names, (dict, tuple)) or name not in names:
        raise web.HTTPBadRequest(text=f"unknown: {name}")
    return name
