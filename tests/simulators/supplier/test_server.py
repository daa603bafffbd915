"""What all simulated suppliers do alike: the control side, how answers travel, and notices that come until they are answered."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from simulators.supplier.ledger import Order
from simulators.supplier.server import Notice, Server
from simulators.supplier.shop import Shop
from tests.simulators.supplier.client import Client, with_supplier


class Plain:
    """A language of one word: sells at /sell/NUMBER, tells at /told, and hears `ok` the third time only."""

    def __init__(self, shop: Shop, port: int) -> None:
        self._shop, self._port = shop, port
        self.heard: list[str] = []

    def routes(self, server: Server) -> Iterable[web.RouteDef]:
        async def sell(http: web.Request) -> web.StreamResponse:
            number = http.match_info["number"]
            order = self._shop.take(number, number, 5000)
            return await server.travel(http, self._shop.behaviour_for(number), lambda: web.Response(text=order.state if order else "lost"))

        async def told(http: web.Request) -> web.Response:
            self.heard.append(f"{http.method} {(await http.read()).decode()}{http.query_string}")
            return web.Response(text="ok" if len(self.heard) >= 3 else "again")

        async def heard(_http: web.Request) -> web.Response:
            return web.json_response(self.heard)

        return [web.get("/sell/{number}", sell), web.route("*", "/told", told), web.get("/heard", heard)]

    def notice(self, order: Order, done: bool, forged: bool) -> Notice | None:
        address = f"http://127.0.0.1:{self._port}/told"
        word = f"{order.number[-4:]}={'done' if done else 'refused'}{'!' if forged else ''}"
        return Notice(f"{address}?{word}") if order.number.endswith("9010") else Notice(address, word.encode())

    def is_acknowledged(self, body: bytes) -> bool:
        return body == b"ok"


def ask(shop: Shop, *questions: tuple[str, str, Any]) -> list[tuple[int, str]]:
    async def what(client: Client) -> list[tuple[int, str]]:
        return [await client.ask(method, path, body) for method, path, body in questions]

    told: list[tuple[int, str]] = with_supplier(shop, lambda port: Plain(shop, port), what)
    return told


def test_the_control_side_shows_and_changes(open_shop: Shop) -> None:
    behave, wrong = b'{"default": "refused"}', b'{"default": "odd"}'
    stock, ledger = ("POST", "/control/stock", b'{"add_minor": 5}'), ("GET", "/control/ledger", None)
    told = ask(
        open_shop,
        ("POST", "/control/behaviour", wrong),
        ("POST", "/control/behaviour", behave),
        ("GET", "/sell/13800138000", None),
        stock,
        ledger,
    )
    assert [status for status, _ in told] == [400, 200, 200, 200, 200]
    assert told[2][1] == "refused"
    assert json.loads(told[3][1]) == {"stock_minor": 100_005}
    assert [order["state"] for order in json.loads(told[4][1])["orders"]] == ["refused"]


@pytest.mark.parametrize(("suffix", "told"), [("9000", (200, "done")), ("9001", (200, "done")), ("9005", (502, "<html>502</html>"))])
def test_answers_travel_as_the_number_says(open_shop: Shop, suffix: str, told: tuple[int, str]) -> None:
    assert ask(open_shop, ("GET", f"/sell/1380013{suffix}", None)) == [told]


def test_a_reset_comes_after_the_deed(open_shop: Shop) -> None:
    with pytest.raises(aiohttp.ClientError):
        ask(open_shop, ("GET", "/sell/13800139003", None))
    assert len(open_shop.ledger.told()["credits"]) >= 1


@pytest.mark.parametrize(("suffix", "word"), [("9010", "GET 9010=done"), ("9011", "POST 9011=refused"), ("9022", "POST 9022=done!")])
def test_notices_come_until_they_are_answered(open_shop: Shop, suffix: str, word: str) -> None:
    async def what(client: Client) -> list[str]:
        await client.ask("GET", f"/sell/1380013{suffix}")
        for _ in range(3000):
            heard: list[str] = json.loads((await client.ask("GET", "/heard"))[1])
            if len(heard) >= 3:
                return heard
            await asyncio.sleep(0.01)
        return []

    assert with_supplier(open_shop, lambda port: Plain(open_shop, port), what) == [word] * 3
