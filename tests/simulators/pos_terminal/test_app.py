"""The application: keys pressed once and led back, nothing unknown pressed, passwords nowhere."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from simulators.pos_terminal.app import Page
from simulators.pos_terminal.counter import Counter
from simulators.pos_terminal.line import line_to
from tests.simulators.pos_terminal.conftest import NUMBER, TERMINAL
from tests.simulators.pos_terminal.host import PASSWORD, Host

Client = TestClient[web.Request, web.Application]
SALE = {"terminal": TERMINAL, "item": "recharge", "lang": "en", "number": NUMBER, "amount": "50", "password": PASSWORD}
SIGN_IN = {"terminal": TERMINAL, "item": "sign_in", "lang": "en"}


def visit(folder: Path, host: Host, steps: Callable[[Client], Awaitable[None]]) -> None:
    """Run some steps as a browser of the page."""

    async def whole() -> None:
        application = web.Application()
        application.router.add_routes(Page(Counter(folder, line_to(("127.0.0.1", host.port)), 30)).routes())
        async with TestClient(TestServer(application)) as client:
            await steps(client)

    asyncio.run(whole())


async def pressed(client: Client, form: dict[str, str] | list[tuple[str, str]]) -> dict[str, str]:
    """What the page is asked to show after a press."""
    async with client.post("/press", data=form, allow_redirects=False) as answer:
        assert answer.status == 303
        place = urlsplit(answer.headers["Location"])
    assert place.path == "/"
    return {name: values[0] for name, values in parse_qs(place.query).items()}


async def text(client: Client, path: str, **asked: str) -> str:
    async with client.get(path, params=asked) as answer:
        assert answer.status == 200
        return await answer.text()


def test_a_sale_from_the_page(path: Path, host: Host) -> None:
    async def steps(client: Client) -> None:
        await pressed(client, SIGN_IN)
        shown = await pressed(client, SALE)
        assert shown == {"terminal": TERMINAL, "item": "recharge", "lang": "en", "notice": "done"}
        page = await text(client, "/", **shown)
        assert "Recharged 50.00" in page
        assert "RECHARGE RECEIPT" in page
        assert PASSWORD not in page

    visit(path.parent, host, steps)
    assert host.types() == ["0800", "0200"]


def test_what_is_wrong_comes_back_without_the_password(path: Path, host: Host) -> None:
    async def steps(client: Client) -> None:
        shown = await pressed(client, SALE | {"amount": "much"})
        assert (shown["notice"], shown["number"], shown["amount"]) == ("bad_amount", NUMBER, "much")
        assert PASSWORD not in str(shown)
        assert 'value="much"' in await text(client, "/", **shown)

    visit(path.parent, host, steps)
    assert host.heard == []


def test_faults_are_chosen_for_one_press(path: Path, host: Host) -> None:
    async def steps(client: Client) -> None:
        await pressed(client, SIGN_IN)
        await pressed(client, [*SALE.items(), ("fault", "lose_answer"), ("fault", ""), ("delay", "0.01")])
        assert "No answer 98" in await text(client, "/", terminal=TERMINAL, lang="en")
        shown = await pressed(client, [*SALE.items(), ("fault", "cut:saved"), ("delay", "soon")])
        assert shown["notice"] == "cut"
        assert "The power went" in await text(client, "/", **shown)
        await pressed(client, SALE)

    visit(path.parent, host, steps)
    assert host.types() == ["0800", "0200", "0220", "0220", "0200"]


@pytest.mark.parametrize("form", [{}, {"item": "explode"}, {"item": "make"}])
def test_what_the_page_does_not_offer_is_refused(path: Path, host: Host, form: dict[str, str]) -> None:
    async def steps(client: Client) -> None:
        async with client.post("/press", data={"terminal": TERMINAL} | form) as answer:
            assert answer.status == 400

    visit(path.parent, host, steps)
    assert host.heard == []


def test_a_terminal_that_is_not_there(path: Path, host: Host) -> None:
    async def steps(client: Client) -> None:
        shown = await pressed(client, SALE | {"terminal": "../T"})
        assert shown["notice"] == "no_terminal"
        assert "There is no such terminal." in await text(client, "/", **shown)

    visit(path.parent, host, steps)


def test_an_unknown_choice_is_the_usual_one(path: Path, host: Host) -> None:
    async def steps(client: Client) -> None:
        page = await text(client, "/", terminal="nobody", item="explode", lang="fr", notice="<b>")
        assert f'name="terminal" value="{TERMINAL}"' in page
        assert 'name="item" value="recharge"' in page
        assert "<b>→" not in page

    visit(path.parent, host, steps)


def test_an_empty_folder_still_has_a_page(tmp_path: Path, host: Host) -> None:
    async def steps(client: Client) -> None:
        assert "还没有终端" in await text(client, "/")
        assert await text(client, "/style.css")
        assert "ok" in await text(client, "/health")

    visit(tmp_path, host, steps)
