"""Messages out through sendsms: the query, and what each answer means."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, unquote_to_bytes

import pytest
from aiohttp import web

from stk_sms.http_link.escapes import read_query
from stk_sms.http_link.link import HttpLink, HttpSettings, sendsms_query
from stk_sms.transport import NotSent, Outbound, Refused, SendError, SendUnknown, Ussd, UssdOperation, Verdict

SETTINGS = HttpSettings("kannel", "http://127.0.0.1:1/cgi-bin/sendsms", "kc", "secret", smsc="cmcc", sender="10086", secret="s+&")
OWN = "http://127.0.0.1:8190"


def query_of(message: Outbound) -> dict[str, bytes]:
    return read_query(sendsms_query(message, SETTINGS, OWN))


def test_a_text() -> None:
    found = query_of(Outbound("order-1", "13800138000", "充值成功 100%", valid_seconds=90))
    assert found == {
        "username": b"kc",
        "password": b"secret",
        "smsc": b"cmcc",
        "from": b"10086",
        "to": b"13800138000",
        "coding": b"2",
        "charset": b"UTF-8",
        "validity": b"1",
        "text": "充值成功 100%".encode(),
    }
    assert query_of(Outbound("1", "138", "ok"))["coding"] == b"0"


def test_a_secured_message() -> None:
    found = query_of(Outbound("1", "138", udh=b"\x02\x71\x00", data=b" +&\0\xff", coding=0xF6, protocol_id=0x7F))
    assert (found["udh"], found["text"]) == (b"\x02\x71\x00", b" +&\0\xff")
    assert (found["coding"], found["mclass"], found["pid"]) == (b"1", b"2", b"127")


def test_a_report_is_asked_for_by_our_own_address() -> None:
    found = query_of(Outbound("order 1", "138", "x", want_report=True))
    assert found["dlr-mask"] == b"51"
    address, _, query = found["dlr-url"].decode().partition("?")
    assert address == f"{OWN}/sms/dlr"
    assert parse_qs(query) == {"ref": ["order 1"], "secret": ["s+&"], "type": ["%d"], "id": ["%F"], "answer": ["%A"]}


def test_the_password_is_not_shown() -> None:
    assert "secret'" not in repr(SETTINGS)


class Kannel:
    """A sendsms that answers as it is told."""

    def __init__(self) -> None:
        self.status, self.delay = 202, asyncio.Event()
        self.delay.set()
        self.asked: list[bytes] = []

    async def sendsms(self, http: web.Request) -> web.Response:
        self.asked.append(unquote_to_bytes(http.rel_url.raw_query_string))
        await self.delay.wait()
        return web.Response(status=self.status, text="0: Accepted for delivery")


async def handle(batch: list[Any]) -> list[Verdict]:
    return [Verdict.ACCEPTED for _ in batch]


@asynccontextmanager
async def scene(port: int) -> AsyncIterator[tuple[Kannel, HttpLink]]:
    kannel = Kannel()
    application = web.Application()
    application.router.add_get("/cgi-bin/sendsms", kannel.sendsms)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    link = HttpLink(HttpSettings("kannel", f"http://127.0.0.1:{port}/cgi-bin/sendsms", timeout_seconds=0.3))
    await link.start(handle)
    try:
        yield kannel, link
    finally:
        kannel.delay.set()
        await link.stop()
        await runner.cleanup()


def play(steps: Coroutine[Any, Any, None]) -> None:
    asyncio.run(steps)


def test_an_accepted_message(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as (kannel, link):
            assert link.ready
            assert await link.send(Outbound("1", "13800138000", "余额")) == ()
            assert b"to=13800138000" in kannel.asked[0]
            assert "text=余额".encode() in kannel.asked[0]

    play(steps())


@pytest.mark.parametrize(
    ("status", "error"), [(400, Refused), (403, Refused), (302, Refused), (503, NotSent), (500, SendUnknown), (504, SendUnknown)]
)
def test_what_an_answer_means(free_port: int, status: int, error: type[SendError]) -> None:
    async def steps() -> None:
        async with scene(free_port) as (kannel, link):
            kannel.status = status
            with pytest.raises(error):
                await link.send(Outbound("1", "138", "x"))

    play(steps())


def test_no_answer_is_unknown(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as (kannel, link):
            kannel.delay.clear()
            with pytest.raises(SendUnknown):
                await link.send(Outbound("1", "138", "x"))
            assert link.ready

    play(steps())


def test_nobody_there_is_not_sent(free_port: int) -> None:
    async def steps() -> None:
        link = HttpLink(HttpSettings("kannel", f"http://127.0.0.1:{free_port}/"))
        assert not link.ready
        with pytest.raises(NotSent):
            await link.send(Outbound("1", "138", "x"))
        await link.start(handle)
        with pytest.raises(NotSent):
            await link.send(Outbound("1", "138", "x"))
        assert not link.ready
        await link.stop()

    play(steps())


def test_no_dialogue_over_http(free_port: int) -> None:
    async def steps() -> None:
        async with scene(free_port) as (_, link):
            assert link.name == "kannel"
            with pytest.raises(Refused):
                await link.send(Outbound("1", "138", "x", ussd=Ussd(UssdOperation.PSSR_RESPONSE)))

    play(steps())
