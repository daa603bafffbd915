"""The application: pages answered, presses carried out once and led back, nothing unknown carried out."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from simulators.phone.app import Phone
from simulators.phone.drawer import Drawer
from simulators.phone.network import Sms
from simulators.phone.shopkeeper import Shopkeeper
from tests.simulators.phone.conftest import FIRST, NUMBER, PASSWORD, SECOND, Kept

Client = TestClient[web.Request, web.Application]
ORDER = {"card": FIRST, "item": "recharge", "lang": "en", "number": NUMBER, "amount": "50", "password": PASSWORD}


def visit(drawer: Drawer, kept: Any, steps: Callable[[Client], Awaitable[None]]) -> None:
    """Run some steps as a browser of the page."""

    async def whole() -> None:
        application = web.Application()
        application.router.add_routes(Phone(Shopkeeper(drawer, kept, "10658")).routes())
        async with TestClient(TestServer(application)) as client:
            await steps(client)

    asyncio.run(whole())


async def pressed(client: Client, path: str, form: dict[str, str]) -> dict[str, str]:
    """What the page is asked to show after a press."""
    async with client.post(path, data=form, allow_redirects=False) as answer:
        assert answer.status == 303
        place = urlsplit(answer.headers["Location"])
    assert place.path == "/"
    return {name: values[0] for name, values in parse_qs(place.query).items()}


async def text(client: Client, path: str, **asked: str) -> str:
    async with client.get(path, params=asked) as answer:
        assert answer.status == 200
        return await answer.text()


def test_an_order_leaves_and_the_page_is_empty_again(drawer: Drawer, kept: Kept) -> None:
    async def steps(client: Client) -> None:
        shown = await pressed(client, "/send", ORDER)
        assert shown == {"card": FIRST, "item": "recharge", "lang": "en", "notice": "sent"}
        assert "Sent." in await text(client, "/", **shown)
        assert f"Recharge {NUMBER} 50" in await text(client, "/screen", card=FIRST, lang="en")

    visit(drawer, kept, steps)
    assert len(kept.sent) == 1


def test_what_is_wrong_comes_back_without_the_password(drawer: Drawer, kept: Kept) -> None:
    async def steps(client: Client) -> None:
        shown = await pressed(client, "/send", ORDER | {"amount": "much"})
        assert (shown["notice"], shown["number"], shown["amount"]) == ("bad_amount", NUMBER, "much")
        assert PASSWORD not in str(shown)
        page = await text(client, "/", **shown)
        assert 'value="much"' in page

    visit(drawer, kept, steps)
    assert not kept.sent


@pytest.mark.parametrize(
    ("form", "notice"),
    [({"card": "nobody"}, "no_card"), ({"item": "query"}, "no_sale"), ({"password": ""}, "bad_password")],
)
def test_what_cannot_be_sent_is_explained(drawer: Drawer, kept: Kept, form: dict[str, str], notice: str) -> None:
    async def steps(client: Client) -> None:
        assert (await pressed(client, "/send", ORDER | form))["notice"] == notice

    visit(drawer, kept, steps)
    assert not kept.sent


def test_without_a_network_nothing_is_lost_but_the_message(drawer: Drawer, kept: Kept) -> None:
    kept.away = True

    async def steps(client: Client) -> None:
        assert (await pressed(client, "/send", ORDER))["notice"] == "no_network"
        assert "does not answer" in await text(client, "/screen", card=FIRST, lang="en")
        assert "SIM cards" in await text(client, "/", lang="en")

    visit(drawer, kept, steps)


def test_tricks_are_played(drawer: Drawer, kept: Kept) -> None:
    async def steps(client: Client) -> None:
        await pressed(client, "/send", ORDER)
        for trick, notice in (("resend", "sent"), ("corrupt", "sent"), ("clone", "cloned")):
            shown = await pressed(client, "/trick", {"card": FIRST, "item": "query", "lang": "id", "trick": trick})
            assert shown == {"card": FIRST, "item": "query", "lang": "id", "notice": notice}
        assert (await pressed(client, "/trick", {"card": SECOND, "trick": "resend"}))["notice"] == "no_message"
        assert f"{FIRST}-clone1" in await text(client, "/")

    visit(drawer, kept, steps)
    assert len(kept.sent) == 3


@pytest.mark.parametrize(
    ("path", "form"), [("/send", {"item": "explode"}), ("/send", {}), ("/trick", {"trick": "explode"}), ("/trick", {})]
)
def test_what_the_page_does_not_offer_is_refused(drawer: Drawer, kept: Kept, path: str, form: dict[str, str]) -> None:
    async def steps(client: Client) -> None:
        async with client.post(path, data={"card": FIRST} | form) as answer:
            assert answer.status == 400

    visit(drawer, kept, steps)
    assert not kept.sent


def test_an_unknown_choice_is_the_first_one(drawer: Drawer, kept: Kept) -> None:
    async def steps(client: Client) -> None:
        page = await text(client, "/", card="nobody", item="explode", lang="fr", notice="<b>")
        assert f'name="card" value="{FIRST}"' in page
        assert 'name="item" value="recharge"' in page
        assert "<b>" not in page

    visit(drawer, kept, steps)


def test_a_card_sees_its_own_sms(drawer: Drawer, kept: Kept) -> None:
    kept.sms = [
        Sms(1, "10658", "13800138001", "for the first"),
        Sms(2, "10658", "13800138002", "for the second"),
        Sms(3, "10658", NUMBER, "for him"),
    ]

    async def steps(client: Client) -> None:
        shown = await text(client, "/screen", card=FIRST)
        assert "for the first" in shown
        assert "for him" in shown
        assert "for the second" not in shown
        assert "for the second" in await text(client, "/screen", card=SECOND)

    visit(drawer, kept, steps)


def test_an_empty_drawer_still_has_a_page(kept: Kept, tmp_path: Any) -> None:
    async def steps(client: Client) -> None:
        assert "还没有卡" in await text(client, "/")
        assert await text(client, "/style.css")
        assert "ok" in await text(client, "/health")

    visit(Drawer(tmp_path), kept, steps)
