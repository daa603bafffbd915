"""The farm's control side: JSON, the page's forms, and what it refuses."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from simulators.modem_farm import config, views
from simulators.modem_farm.control import Control
from simulators.modem_farm.farm import Farm
from simulators.modem_farm.ledger import Ledger
from tests.simulators.modem_farm.conftest import quick
from tests.simulators.modem_farm.hands import CUSTOMER

Client = TestClient[web.Request, web.Application]
Story = Callable[[Client, Farm], Coroutine[Any, Any, None]]
AGENT = "081200000001"


@asynccontextmanager
async def controlled(folder: Path) -> AsyncIterator[tuple[Client, Farm]]:
    ledger = Ledger(":memory:")
    farm = Farm(config.plan_of(quick()), folder, ledger, 1)
    application = web.Application()
    application.router.add_routes(Control(farm).routes())
    async with TestClient(TestServer(application)) as client:
        farm.start()
        try:
            yield client, farm
        finally:
            farm.close()
            ledger.close()


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Story], None]:
    """Runs a story against a farm and its control side in one event loop."""

    async def inside(story: Story) -> None:
        async with controlled(tmp_path / "by-path") as (client, farm):
            await story(client, farm)

    return lambda story: asyncio.run(inside(story))


Play = Callable[[Story], None]


async def ask(client: Client, path: str) -> dict[str, Any]:
    async with client.get(path) as answer:
        assert answer.status == 200
        told: dict[str, Any] = await answer.json()
        return told


async def do(client: Client, action: str, status: int = 200, **told: Any) -> dict[str, Any]:
    async with client.post(f"/control/do/{action}", json=told) as answer:
        assert answer.status == status, await answer.text()
        done: dict[str, Any] = await answer.json()
        return done


async def eventually(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  # what is waited for knows of no event
            await asyncio.sleep(0.01)


def test_slots_and_chips(play: Play) -> None:
    async def story(client: Client, farm: Farm) -> None:
        slots = (await ask(client, "/control/slots"))["slots"]
        assert [slot["slot"] for slot in slots] == list(farm.slots)
        chips = (await ask(client, "/control/chips"))["chips"]
        assert {chip["number"] for chip in chips} == {"081100000001", "081200090001"}
        assert chips[1]["pieces"] == {"5": 40, "10": 120, "20": 60, "50": 20, "100": 10}

    play(story)


def test_a_phone_sends_and_the_card_has_it(play: Play) -> None:
    async def story(client: Client, farm: Farm) -> None:
        number = (await do(client, "sms", sender=AGENT, recipient="081100000001", text="S"))["id"]
        messages = (await ask(client, f"/control/messages?number={AGENT}"))["messages"]
        assert [(one["id"], one["text"]) for one in messages] == [(number, "S")]
        sim = farm.around.sims["8962000000000000000"]
        await eventually(lambda: len(sim.store.places) == 1)

    play(story)


def test_faults_are_armed_shown_and_cleared(play: Play) -> None:
    async def story(client: Client, farm: Farm) -> None:
        armed = await do(client, "fault", name="hang", target="somewhere", times=2)
        assert armed == {"name": "hang", "target": "somewhere", "times": 2, "skip": 0, "chance": 1.0, "only": ""}
        told = await ask(client, "/control/faults")
        assert told["waiting"] == [armed]
        assert told["known"]["ussd_silent"] == {"place": "ussd", "meaning": "done, OK, and never a +CUSD"}
        await do(client, "clear", target="elsewhere")
        assert farm.around.faults.waiting
        await do(client, "clear")
        assert not farm.around.faults.waiting

    play(story)


def test_settings_change_while_it_runs(play: Play) -> None:
    async def story(client: Client, farm: Farm) -> None:
        changed = await do(client, "settings", late_seconds=9, chaos=0.5, chaos_faults=["hang"])
        assert (changed["late_seconds"], farm.around.settings.late_seconds) == (9, 9)
        assert (farm.around.faults.chaos, farm.around.faults.chaos_names) == (0.5, ["hang"])
        assert (await ask(client, "/control/settings")) == changed
        await do(client, "settings", 400, late_seconds="soon")
        await do(client, "settings", 400, colour="red")

    play(story)


def test_hands_work_from_afar(play: Play) -> None:
    async def story(client: Client, farm: Farm) -> None:
        first, second = farm.slots
        imei = (await do(client, "unplug", slot=second))["imei"]
        assert farm.slots[second] is None
        await do(client, "plug", slot=second, imei=imei)
        await do(client, "move", slot=first, other=second)
        await do(client, "radio", slot=first, registration="denied", signal=3)
        assert farm.modem(first).signal == 3
        iccid = "8962000000000000001"
        await do(client, "card", iccid=iccid, code=13)
        assert farm.sim(iccid).failure == 13
        await do(client, "fill", iccid=iccid)
        assert farm.sim(iccid).store.full
        await do(client, "ring", slot=first)
        await do(client, "say", slot=first, line="^RSSI: 3")
        await do(client, "power", slot=first, seconds=0.01)
        await do(client, "swap", slot=first, other=second)
        await do(client, "insert", slot=first, iccid="")

    play(story)


def test_accounts_are_changed(play: Play) -> None:
    async def story(client: Client, farm: Farm) -> None:
        iccid = "8962000000000000001"
        await do(client, "transfer", iccid=iccid, units=10, pieces=3)
        assert farm.ledger.pieces(iccid)[10] == 123
        await do(client, "lock", iccid=iccid)
        assert farm.ledger.chip(iccid)["locked"] == 1
        await do(client, "lock", iccid=iccid, locked=False)
        assert farm.ledger.chip(iccid)["locked"] == 0
        await do(client, "subscriber", number=CUSTOMER, state="barred")
        assert farm.ledger.subscriber_state(CUSTOMER) == "barred"
        told = await ask(client, f"/control/ledger?iccid={iccid}&limit=5")
        assert told["movements"][0]["why"] == "transfer"
        await do(client, "reset")
        assert views.whole(farm.ledger)["movements"] == []

    play(story)


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("nothing", {}),
        ("unplug", {}),
        ("unplug", {"slot": "nowhere"}),
        ("fault", {"name": "nonsense"}),
        ("fault", {"name": "hang", "chance": 3}),
        ("fault", {"name": "hang", "colour": "red"}),
        ("lock", {"iccid": "1"}),
        ("radio", {"slot": "x"}),
        ("sms", {"sender": "1"}),
        ("subscriber", {"number": "1", "state": "asleep"}),
    ],
)
def test_what_does_not_fit_is_refused(play: Play, action: str, told: dict[str, Any]) -> None:
    async def story(client: Client, _farm: Farm) -> None:
        assert (await do(client, action, 400, **told))["error"]

    play(story)


@pytest.mark.parametrize("body", ["[]", "{", '"text"'])
def test_only_objects_are_taken(play: Play, body: str) -> None:
    async def story(client: Client, _farm: Farm) -> None:
        async with client.post("/control/do/clear", data=body, headers={"Content-Type": "application/json"}) as answer:
            assert answer.status == 400

    play(story)


def test_limits_are_numbers(play: Play) -> None:
    async def story(client: Client, _farm: Farm) -> None:
        async with client.get("/control/ledger?limit=many") as answer:
            assert answer.status == 400

    play(story)


def test_other_pages_may_not_press_the_buttons(play: Play) -> None:
    async def story(client: Client, _farm: Farm) -> None:
        for path in ("/control/do/reset", "/control/press"):
            async with client.post(path, headers={"Origin": "http://example.org"}) as answer:
                assert answer.status == 403

    play(story)


async def press(client: Client, **fields: str) -> str:
    """Press a button of the page; the page that follows."""
    async with client.post("/control/press", data=fields) as answer:
        assert answer.status == 200
        return await answer.text()


def test_the_page_sends_arms_and_puts_stock(play: Play) -> None:
    async def story(client: Client, farm: Farm) -> None:
        page = await press(client, action="sms", sender=AGENT, recipient="081100000001", text="<b>S", lang="en", back_phone=AGENT)
        assert "&lt;b&gt;S" in page
        page = await press(client, action="fault", name="hang", target="*", times="2", lang="en")
        assert "hang ×2 @ *" in page
        await press(client, action="clear")
        assert not farm.around.faults.waiting
        await press(client, action="transfer", iccid="8962000000000000001", units="10", pieces="5", amount_minor="0")
        assert farm.ledger.pieces("8962000000000000001")[10] == 125

    play(story)


def test_the_page_says_what_was_wrong(play: Play) -> None:
    async def story(client: Client, _farm: Farm) -> None:
        assert 'role="alert">slot nowhere<' in await press(client, action="unplug", slot="nowhere", lang="en")

    play(story)


def test_the_page_plugs_in_again(play: Play) -> None:
    async def story(client: Client, farm: Farm) -> None:
        slot = list(farm.slots)[1]
        page = await press(client, action="unplug", slot=slot, lang="en")
        assert "Plug in" in page
        imei = farm.around.modems[1].plan.imei
        assert imei in page
        await press(client, action="plug", slot=slot, imei=imei)
        assert farm.modem(slot).present

    play(story)


def test_the_bare_address_leads_to_the_page_with_its_style(play: Play) -> None:
    async def story(client: Client, _farm: Farm) -> None:
        async with client.get("/") as answer:
            assert answer.url.path == "/control/"
            assert "短信猫池" in await answer.text()
        async with client.get("/control/style.css") as answer:
            assert answer.content_type == "text/css"

    play(story)
