"""What the farm's control side refuses: values of the wrong kind never reach the operators' ledger, and half a change is none."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from simulators.modem_farm import views
from simulators.modem_farm.farm import Farm
from simulators.modem_farm.fault_texts import fault_text
from simulators.modem_farm.faults import FAULTS, PLACES, Faults, UnknownFault
from simulators.modem_farm.ledger import Ledger, Opening
from simulators.pages import LANGUAGES
from tests.simulators.modem_farm.test_control import Client, Story, ask, controlled, do, press

CHIP = "8962000000000000001"
STRANGE: list[Any] = [None, "x", "5", 1.5, 1e300, 10**16, [], {}, True]


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Story], None]:
    async def inside(story: Story) -> None:
        async with controlled(tmp_path / "by-path") as (client, farm):
            await story(client, farm)

    return lambda story: asyncio.run(inside(story))


Play = Callable[[Story], None]


def books(farm: Farm) -> tuple[dict[str, Any], dict[int, int], dict[str, Any]]:
    return farm.ledger.chip(CHIP), farm.ledger.pieces(CHIP), views.whole(farm.ledger)


async def registered(farm: Farm) -> None:
    """Wait until every modem has found its network: nothing changes by itself from then on."""
    async with asyncio.timeout(30):
        while any(slot["registration"] != 1 for slot in farm.slot_values()):  # noqa: ASYNC110  the farm tells nobody
            await asyncio.sleep(0.01)


def test_stock_is_moved_in_whole_numbers_only(play: Play) -> None:
    async def story(client: Client, farm: Farm) -> None:
        before = books(farm)
        for name in ("units", "pieces", "amount_minor"):
            for value in STRANGE:
                told = {"iccid": CHIP, "units": 10, "pieces": 1, "amount_minor": 0} | {name: value}
                assert "whole number" in (await do(client, "transfer", 400, **told))["error"]
        assert books(farm) == before

    play(story)


def test_more_is_taken_out_than_there_is_and_nothing_is_left(play: Play) -> None:
    async def story(client: Client, farm: Farm) -> None:
        await do(client, "transfer", iccid=CHIP, units=10, pieces=-1000, amount_minor=-1)
        assert farm.ledger.pieces(CHIP)[10] == 0
        assert farm.ledger.chip(CHIP)["stock_minor"] == 0
        assert farm.ledger.rows("select * from message") == []

    play(story)


def test_stock_from_above_is_told_to_the_card(play: Play) -> None:
    async def story(client: Client, farm: Farm) -> None:
        await do(client, "transfer", iccid=CHIP, units=10, pieces=2)
        (message,) = (await ask(client, "/control/messages"))["messages"]
        assert message["recipient"] == "081200090001"

    play(story)


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("card", {"iccid": CHIP, "code": "broken"}),
        ("card", {"iccid": CHIP, "code": None}),
        ("card", {"iccid": "1", "code": 13}),
        ("fill", {"iccid": ""}),
        ("insert", {"slot": "nowhere", "iccid": CHIP}),
        ("plug", {"slot": "nowhere", "imei": "350000000000017"}),
        ("transfer", {"iccid": "1", "amount_minor": 5}),
        ("transfer", {"iccid": CHIP, "colour": 5}),
        ("subscriber", {"number": "1", "state": None}),
        ("settings", {"chaos_faults": "hang"}),
        ("settings", {"jitter": True}),
        ("fault", {"name": "hang", "times": 1.5}),
        ("fault", {"name": "hang", "skip": 0.5}),
        ("fault", {"name": "hang", "times": 0}),
        ("fault", {"name": "hang", "only": 7}),
        ("sms", {}),
        ("reset", {"all": True}),
    ],
)
def test_what_does_not_fit_changes_nothing(play: Play, action: str, told: dict[str, Any]) -> None:
    async def story(client: Client, farm: Farm) -> None:
        await registered(farm)
        before = (books(farm), farm.slot_values(), farm.around.faults.as_values(), asdict(farm.around.settings))
        assert (await do(client, action, 400, **told))["error"]
        assert (books(farm), farm.slot_values(), farm.around.faults.as_values(), asdict(farm.around.settings)) == before

    play(story)


def test_of_several_settings_a_wrong_one_leaves_all(play: Play) -> None:
    async def story(client: Client, farm: Farm) -> None:
        before = asdict(farm.around.settings)
        await do(client, "settings", 400, late_seconds=9, colour="red")
        await do(client, "settings", 400, late_seconds=9, chaos="often")
        assert asdict(farm.around.settings) == before

    play(story)


def test_a_card_is_in_one_modem_only(play: Play) -> None:
    async def story(client: Client, farm: Farm) -> None:
        first, second = farm.slots
        refused = await do(client, "insert", 400, slot=first, iccid=CHIP)
        assert "in another modem" in refused["error"]
        await do(client, "insert", slot=second, iccid="")
        await do(client, "insert", slot=first, iccid=CHIP)
        slots = (await ask(client, "/control/slots"))["slots"]
        assert [slot["iccid"] for slot in slots] == [CHIP, ""]

    play(story)


def test_a_modem_is_in_one_slot_only(play: Play) -> None:
    async def story(client: Client, farm: Farm) -> None:
        first, second = farm.slots
        imei = farm.modem(second).plan.imei
        await do(client, "plug", 400, slot=first, imei=imei)
        assert (await do(client, "unplug", slot=second))["imei"] == imei
        await do(client, "unplug", 400, slot=second)
        await do(client, "plug", 400, slot=first, imei=imei)
        await do(client, "plug", slot=second, imei=imei)
        assert [slot["imei"] for slot in (await ask(client, "/control/slots"))["slots"]][1] == imei

    play(story)


@pytest.mark.parametrize("limit", ["many", "-1", "²", "1e3", "", "9" * 16])
def test_a_limit_is_a_number(play: Play, limit: str) -> None:
    async def story(client: Client, _farm: Farm) -> None:
        for path in ("/control/ledger", "/control/messages"):
            async with client.get(path, params={"limit": limit}) as answer:
                assert answer.status == 400

    play(story)


def test_what_was_typed_into_the_page_is_refused_in_words(play: Play) -> None:
    async def story(client: Client, farm: Farm) -> None:
        before = books(farm)
        for typed in ("--5", "²", "", "ten", "1.5"):
            page = await press(client, action="transfer", iccid=CHIP, units="10", pieces=typed, amount_minor="0", lang="en")
            assert 'role="alert"' in page
            assert "is no whole number" in page
        assert books(farm) == before
        page = await press(client, action="transfer", iccid=CHIP, units="10", pieces="-3", amount_minor="0", lang="en")
        assert 'role="alert"' not in page
        assert farm.ledger.pieces(CHIP)[10] == before[1][10] - 3

    play(story)


def test_what_is_asked_of_nobody_is_empty(play: Play) -> None:
    async def story(client: Client, _farm: Farm) -> None:
        assert (await ask(client, "/control/traffic?slot=nowhere"))["traffic"] == []
        assert (await ask(client, "/control/messages?number=0"))["messages"] == []
        told = await ask(client, "/control/ledger?number=' or 1=1 --")
        assert (told["requests"], told["credits"]) == ([], [])

    play(story)


def test_every_fault_is_explained_in_every_language() -> None:
    for name, (place, meaning) in FAULTS.items():
        assert place in PLACES
        assert fault_text(name, "en") == meaning
        assert len({fault_text(name, language) for language in LANGUAGES}) == len(LANGUAGES)


def test_a_fault_that_waits_for_another_command_lets_this_one_pass() -> None:
    faults = Faults(1)
    faults.arm({"name": "hang", "only": "AT+CMGS"})
    faults.arm({"name": "skip", "target": "slot1"})
    assert faults.strikes(FAULTS["hang"][0], ["slot2"], "AT+CSQ") == ""
    assert faults.strikes(FAULTS["hang"][0], ["slot1"], "AT+CSQ") == "skip"
    assert faults.strikes(FAULTS["hang"][0], ["slot2"], "AT+CMGS=17") == "hang"
    assert (faults.waiting, faults.struck) == ([], {"skip": 1, "hang": 1})


def test_a_fault_strikes_as_often_as_it_was_armed_for_after_those_it_lets_pass() -> None:
    faults = Faults(1)
    faults.arm({"name": "hang", "times": 2, "skip": 1})
    assert [faults.strikes(FAULTS["hang"][0], ["slot1"]) for _ in range(4)] == ["", "hang", "hang", ""]


@pytest.mark.parametrize("times", [1.5, 1e300, 0, -1, "2", None])
def test_a_fault_is_armed_for_a_whole_number_of_times(times: Any) -> None:
    faults = Faults(1)
    with pytest.raises(UnknownFault):
        faults.arm({"name": "hang", "times": times})
    assert faults.waiting == []


def test_what_a_chip_was_locked_for_is_forgotten_when_it_is_unlocked() -> None:
    ledger = Ledger(":memory:")
    ledger.open_chip(Opening(CHIP, "mkios", "0812", 5))
    ledger.wrong_pin(CHIP)
    ledger.lock(CHIP, locked=True)
    row = ledger.chip(CHIP)
    assert (row["locked"], row["wrong_pins"]) == (1, 0)
    ledger.lock(CHIP, locked=False)
    assert [ledger.wrong_pin(CHIP) for _ in range(3)] == [False, False, True]
    ledger.close()
