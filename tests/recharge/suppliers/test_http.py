"""The one HTTP client of all links: nothing is sent twice, and what counts as sent is judged in one place."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import Field

from recharge.domain.outcomes import OutcomeState
from recharge.suppliers.contract import LinkMisconfigured, LinkParts, RawCallback
from recharge.suppliers.http import CannotSay, HttpAnswer, HttpLink, HttpLinkSettings, NoAnswer, http_caps, read_model
from tests.recharge.suppliers.peer import Exchange, Peer, Play, listening
from tests.support.world import ManualClock

S = OutcomeState
CLOCK = ManualClock(datetime(2026, 11, 21, 12, 40, tzinfo=UTC))
PARTS = LinkParts("LINK", {}, b"secret", CLOCK)


class OwnSettings(HttpLinkSettings):
    """A kind's settings."""

    url: str = Field(pattern=r"^https?://\S+$")


def link(**settings: Any) -> HttpLink:
    return HttpLink(PARTS, HttpLinkSettings(**({"connect_seconds": 1, "answer_seconds": 20} | settings)))


def ask(port: int, treat: Play, what: Callable[[HttpLink], Awaitable[Any]], **settings: Any) -> tuple[Any, Peer]:
    peer = Peer(treat)

    async def scene() -> Any:
        async with listening(peer, port):
            made = link(**settings)
            try:
                return await what(made)
            finally:
                await made.close()

    return asyncio.run(scene()), peer


async def well(exchange: Exchange) -> None:
    await exchange.answer(b"well", X_Odd="Yes", Content_Type="text/plain; charset=utf-8")


def get(port: int, path: str = "/x", **how: Any) -> Callable[[HttpLink], Awaitable[HttpAnswer]]:
    return lambda made: made._request("GET", f"http://127.0.0.1:{port}{path}", **how)


def test_a_whole_answer_is_given_as_it_came(free_port: int) -> None:
    answer, peer = ask(free_port, well, get(free_port))
    assert (answer.status, answer.content_type, answer.body, answer.headers["x-odd"]) == (200, "text/plain", b"well", "Yes")
    assert peer.requests[0].head.startswith(b"GET /x HTTP/1.1")


def test_an_address_is_sent_as_it_was_encoded(free_port: int) -> None:
    # GBK in an address: %B3%E4 is one letter there, and no UTF-8.
    _, peer = ask(free_port, well, get(free_port, "/a%2Fb?name=%B3%E4%D6%B5&plus=1%2B1"))
    assert peer.requests[0].head.split()[1] == b"/a%2Fb?name=%B3%E4%D6%B5&plus=1%2B1"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_kept_connection_that_was_closed_is_not_tried_again(free_port: int, method: str) -> None:
    async def once(exchange: Exchange) -> None:
        if len(peer.requests) == 1:
            await exchange.answer(b"1")
        else:
            exchange.writer.close()

    async def twice(made: HttpLink) -> list[str]:
        said = []
        for _ in range(2):
            try:
                said.append((await made._request(method, f"http://127.0.0.1:{free_port}/", b"")).body.decode())
            except NoAnswer as error:
                said.append(f"{error.may_have_arrived}")
        return said

    peer = Peer(once)

    async def scene() -> list[str]:
        async with listening(peer, free_port):
            made = link()
            try:
                return await twice(made)
            finally:
                await made.close()

    assert asyncio.run(scene()) == ["1", "True"]
    assert len(peer.requests) == 2


def outcome_of(port: int, treat: Play, **settings: Any) -> NoAnswer:
    async def what(made: HttpLink) -> NoAnswer:
        with pytest.raises(NoAnswer) as caught:
            await made._request("POST", f"http://127.0.0.1:{port}/", b"body", largest=100)
        return caught.value

    error: NoAnswer = ask(port, treat, what, **settings)[0]
    return error


async def silent(exchange: Exchange) -> None:
    await exchange.silence()


async def too_large(exchange: Exchange) -> None:
    await exchange.answer(b"x" * 101)


async def cut_off(exchange: Exchange) -> None:
    await exchange.say(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")
    exchange.writer.close()


async def away(exchange: Exchange) -> None:
    exchange.reset()


@pytest.mark.parametrize(("treat", "waits"), [(silent, {"answer_seconds": 0.5}), (too_large, {}), (cut_off, {}), (away, {})])
def test_what_ends_a_request_that_had_a_connection_may_have_arrived(free_port: int, treat: Play, waits: dict[str, Any]) -> None:
    assert outcome_of(free_port, treat, **waits).may_have_arrived


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/", "http://nobody.invalid/", "http://127.0.0.1:99999/"])
def test_what_never_had_a_connection_has_not_arrived(free_port: int, url: str) -> None:
    async def scene() -> NoAnswer:
        made = link()
        try:
            with pytest.raises(NoAnswer) as caught:
                await made._request("POST", url.format(port=free_port), b"body")
            return caught.value
        finally:
            await made.close()

    assert not asyncio.run(scene()).may_have_arrived


def test_a_redirect_is_an_answer_and_not_followed(free_port: int) -> None:
    async def elsewhere(exchange: Exchange) -> None:
        await exchange.answer(b"", "302 Found", Location=f"http://127.0.0.1:{free_port}/other")

    answer, peer = ask(free_port, elsewhere, get(free_port))
    assert (answer.status, len(peer.requests)) == (302, 1)


@pytest.mark.parametrize("status", ["201 Created", "204 No Content", "400 Bad Request", "500 Internal Server Error", "302 Found"])
def test_only_two_hundred_is_understood(free_port: int, status: str) -> None:
    async def told(exchange: Exchange) -> None:
        await exchange.answer(b"", status)

    async def what(made: HttpLink) -> NoAnswer:
        with pytest.raises(NoAnswer, match=status.split(maxsplit=1)[0]) as caught:
            await made._understood("GET", f"http://127.0.0.1:{free_port}/")
        return caught.value

    assert ask(free_port, told, what)[0].may_have_arrived


def test_cookies_are_not_carried(free_port: int) -> None:
    async def baker(exchange: Exchange) -> None:
        await exchange.answer(b"", Set_Cookie="session=1")

    async def twice(made: HttpLink) -> None:
        for _ in range(2):
            await made._request("GET", f"http://127.0.0.1:{free_port}/")

    _, peer = ask(free_port, baker, twice)
    assert all("cookie" not in exchange.headers for exchange in peer.requests)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (CannotSay("no words"), S.NOT_SENT),
        (NoAnswer("refused", may_have_arrived=False), S.NOT_SENT),
        (NoAnswer("reset"), S.UNKNOWN),
        (ValueError("anything else"), S.UNKNOWN),
    ],
)
def test_what_an_order_without_an_answer_comes_to(error: Exception, state: OutcomeState) -> None:
    outcome = link()._unanswered(error)
    assert (outcome.state, outcome.at) == (state, CLOCK.now())
    assert str(error) in outcome.text


def test_a_long_reason_is_cut() -> None:
    assert len(link()._unanswered(NoAnswer("x" * 999)).text) == 200


def test_a_link_that_never_asked_closes() -> None:
    asyncio.run(link().close())


def test_settings_are_read_and_their_faults_named_without_values() -> None:
    told = read_model(OwnSettings, LinkParts("LINK", {"url": "http://h/"}, b"", CLOCK))
    assert (told.connect_seconds, told.answer_seconds, told.most_connections) == (3, 30, 400)
    for settings, named in (
        ({"url": "ftp://secret-host/"}, "url"),
        ({"url": "http://h/", "answer_seconds": 36}, "answer_seconds"),
        ({"url": "http://h/", "most_connections": 0}, "most_connections"),
        ({"url": "http://h/", "settle_seconds": -1}, "settle_seconds"),
        ({"url": "http://h/", "more": 1}, "more"),
        ({}, "url"),
    ):
        with pytest.raises(LinkMisconfigured, match=named) as caught:
            read_model(OwnSettings, LinkParts("LINK", settings, b"", CLOCK))
        assert "secret-host" not in str(caught.value)
    with pytest.raises(LinkMisconfigured, match="fewer than 5"):
        read_model(OwnSettings, LinkParts("LINK", {"url": "http://h/"}, b"1234", CLOCK), shortest_secret=5)


def test_caps_are_what_is_named() -> None:
    caps = http_caps(HttpLinkSettings(settle_seconds=60, slow_seconds=5), "query", "partial")
    assert (caps.query, caps.partial, caps.reverse, caps.balance, caps.callback, caps.idempotent_submit) == (True, True, *(False,) * 4)
    assert (caps.settle_window.total_seconds(), caps.answers_within.total_seconds(), caps.statement) == (60, 5, None)


def test_a_callback_may_have_no_query() -> None:
    assert RawCallback({}, b"x").query == ""
