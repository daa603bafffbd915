"""The centre's control side, in this process: JSON of messages, settings, and the page."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from simulators.smsc import pdu
from simulators.smsc.book import Book
from simulators.smsc.centre import Centre
from simulators.smsc.control import BadMessage, Control, message_of, mobile_originated, mobile_terminated
from tests.support import machine

PHONE = "13800138000"
BASE = {"sender": PHONE, "recipient": "10086"}


def test_a_text() -> None:
    short = message_of({**BASE, "text": "余额"})
    assert (short.source, short.target, short.coding, short.esm_class) == (PHONE, "10086", 8, 0)
    assert short.octets.decode("utf-16-be") == "余额"


def test_a_binary_message() -> None:
    short = message_of({**BASE, "udh": "027000", "data": "0038", "coding": 0xF6, "pid": 0x7F})
    assert (short.octets.hex(), short.esm_class, short.coding, short.protocol) == ("0270000038", 0x40, 0xF6, 0x7F)


def test_a_step_of_a_dialogue() -> None:
    short = message_of({**BASE, "text": "*888#", "ussd": {"operation": 1, "session": 9, "sequence": 2, "end": True}})
    assert short.service == "USSD"
    assert short.options == {pdu.USSD_OPERATION: b"\1", pdu.SESSION_INFO: b"\x09\x05"}


WRONG: list[dict[str, Any]] = [
    {},
    {"sender": PHONE},
    {**BASE, "data": "x"},
    {**BASE, "udh": "0"},
    {**BASE, "coding": 256},
    {**BASE, "pid": -1},
    {**BASE, "text": "x", "ussd": {}},
    {**BASE, "text": "x", "ussd": {"operation": 1, "session": 999}},
    {**BASE, "sender": "充"},
]


@pytest.mark.parametrize("told", WRONG)
def test_what_no_phone_sends(told: dict[str, Any]) -> None:
    with pytest.raises(BadMessage):
        message_of(told)


def test_messages_as_json() -> None:
    book = Book()
    message = book.put(message_of({**BASE, "udh": "027000", "data": "0038", "coding": 0xF6}))
    shown = mobile_originated(message)
    assert (shown["udh"], shown["data"], shown["text"], shown["state"], shown["receipt"]) == ("027000", "0038", "0038", "waiting", False)
    taken = book.take(pdu.Short("10086", PHONE, coding=8, octets="好".encode("utf-16-be")), "acme")[1]
    assert taken is not None
    assert mobile_terminated(taken)["text"] == "好"
    assert mobile_terminated(taken)["ussd"] is None


class Scene:
    """A control side and its client."""

    def __init__(self, url: str, client: aiohttp.ClientSession) -> None:
        self.book = Book()
        self.centre = Centre(self.book, {})
        self._url, self._client = url, client

    async def get(self, path: str) -> Any:
        async with self._client.get(self._url + path) as answer:
            return await answer.json()

    async def post(self, path: str, body: object) -> tuple[int, str]:
        async with self._client.post(self._url + path, json=body) as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    port = machine.free_port()
    async with aiohttp.ClientSession() as client:
        on = Scene(f"http://127.0.0.1:{port}", client)
        application = web.Application()
        application.router.add_routes(Control(on.centre).routes())
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield on
        finally:
            await runner.cleanup()


def play(steps: Coroutine[Any, Any, None]) -> None:
    asyncio.run(steps)


def test_one_message_or_many() -> None:
    async def steps() -> None:
        async with scene() as on:
            assert await on.post("/control/mo", {**BASE, "text": "1"}) == (200, '{"ids": [1]}')
            assert await on.post("/control/mo", [{**BASE, "text": "2"}, {**BASE, "sender": "139", "text": "3"}]) == (200, '{"ids": [2, 3]}')
            assert [one["text"] for one in (await on.get("/control/messages"))["mo"]] == ["1", "2", "3"]
            assert [one["text"] for one in (await on.get("/control/messages?phone=139"))["mo"]] == ["3"]

    play(steps())


def test_one_wrong_message_of_many_is_all_refused() -> None:
    async def steps() -> None:
        async with scene() as on:
            assert (await on.post("/control/mo", [{**BASE, "text": "1"}, {}]))[0] == 400
            assert on.book.from_phones == []

    play(steps())


def test_settings() -> None:
    async def steps() -> None:
        async with scene() as on:
            assert (await on.post("/control/behaviour", {"throttle": 3, "outcomes": {PHONE: "EXPIRED"}}))[0] == 200
            assert (await on.get("/control/behaviour"))["throttle"] == 3
            assert (await on.post("/control/behaviour", {"throttle": "many"}))[0] == 400
            await on.post("/control/reset", {})
            assert (await on.get("/control/behaviour"))["throttle"] == 0

    play(steps())


def test_bringing_again() -> None:
    async def steps() -> None:
        async with scene() as on:
            await on.post("/control/mo", {**BASE, "text": "1"})
            assert await on.post("/control/redeliver", {"id": 1}) == (200, '{"found": false}')
            on.book.due(1)
            on.book.answered(on.book.from_phones[0], 0)
            assert await on.post("/control/redeliver", {"id": 1}) == (200, '{"found": true}')
            for path in ("/control/disconnect", "/control/unbind"):
                assert (await on.post(path, {}))[0] == 200

    play(steps())
