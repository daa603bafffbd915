"""The callback server: POST and GET reach the link with headers, body and query as they came."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus

import aiohttp
import pytest
from yarl import URL

from recharge.dispatch.callback_server import LARGEST_CALLBACK, CallbackServer
from recharge.dispatch.callbacks import Callbacks
from recharge.dispatch.links import LinkPool
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.contract import Callback, ForgedCallback, RawCallback
from tests.recharge.dispatch.driver import Dispatcher, ScriptedLink
from tests.support.world import World


class Hearing(ScriptedLink):
    """Keeps what it was given, and takes it for genuine when it has the right word in it."""

    heard: list[RawCallback]

    def read_callback(self, raw: RawCallback) -> Callback:
        self.heard.append(raw)
        if b"right" not in raw.body and "right" not in raw.query:
            raise ForgedCallback("word")
        return Callback("1", Outcome(OutcomeState.SUCCESS, self.world.clock.now()), b"success")


@pytest.fixture
def link(world: World) -> Hearing:
    made = Hearing(world)
    made.heard = []
    return made


def call(
    world: World, dispatcher: Dispatcher, link: Hearing, port: int, method: str, path: str, body: bytes | None = None
) -> tuple[int, bytes]:
    """One call to a server that has this link as CARRIER."""
    pool = LinkPool(world.database, world.keys, world.clock, timedelta(seconds=90))
    pool._running[world.link_id] = link
    pool._codes["CARRIER"] = world.link_id

    async def scene() -> tuple[int, bytes]:
        with ThreadPoolExecutor(1) as thread:
            server = CallbackServer(Callbacks(dispatcher.parts, pool), f"127.0.0.1:{port}", thread)
            await server.open()
            try:
                async with aiohttp.ClientSession() as session:
                    url = URL(f"http://127.0.0.1:{port}{path}", encoded=True)
                    async with session.request(method, url, data=body, headers={"X-Odd": "Yes"}) as answer:
                        return answer.status, await answer.read()
            finally:
                await server.close()

    return asyncio.run(scene())


def test_a_form_reaches_its_link(world: World, dispatcher: Dispatcher, link: Hearing, free_port: int) -> None:
    status, body = call(world, dispatcher, link, free_port, "POST", "/callback/CARRIER", b"state=1&word=right")
    assert (status, body) == (HTTPStatus.OK, b"success")
    [raw] = link.heard
    assert (raw.body, raw.query, raw.headers["x-odd"]) == (b"state=1&word=right", "", "Yes")


def test_a_get_reaches_its_link_with_the_query_still_encoded(world: World, dispatcher: Dispatcher, link: Hearing, free_port: int) -> None:
    query = "msg=%B3%E4%D6%B5&plus=a%2Bb&word=right&key="
    status, body = call(world, dispatcher, link, free_port, "GET", f"/callback/CARRIER?{query}")
    assert (status, body) == (HTTPStatus.OK, b"success")
    assert [(raw.body, raw.query) for raw in link.heard] == [(b"", query)]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/callback/CARRIER", None, HTTPStatus.UNAUTHORIZED),
        ("POST", "/callback/CARRIER", b"wrong", HTTPStatus.UNAUTHORIZED),
        ("GET", "/callback/NOBODY?word=right", None, HTTPStatus.NOT_FOUND),
        ("PUT", "/callback/CARRIER", b"right", HTTPStatus.METHOD_NOT_ALLOWED),
        ("POST", "/callback/CARRIER", b"right" * LARGEST_CALLBACK, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        ("GET", "/elsewhere", None, HTTPStatus.NOT_FOUND),
    ],
)
def test_what_is_not_taken(
    world: World, dispatcher: Dispatcher, link: Hearing, free_port: int, method: str, path: str, body: bytes | None, status: HTTPStatus
) -> None:
    assert call(world, dispatcher, link, free_port, method, path, body)[0] == status
