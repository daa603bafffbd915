"""What modems share: timers that end with the farm, seeded chance, masks, and faults found by slot, modem and card."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from simulators.modem_farm.config import ChipPlan, Settings, SlotPlan
from simulators.modem_farm.modem import Modem
from simulators.modem_farm.sim import Sim
from simulators.modem_farm.surroundings import Surroundings

CHIP = ChipPlan("8962000000000000001", "081200090001", "mkios", dealer_pin="1234", sim_pin="0000")


@pytest.fixture
def around() -> Surroundings:
    made = Surroundings(Settings(jitter=0.5), 7)
    made.sims[CHIP.iccid] = Sim.of(CHIP)
    made.keep_secret(CHIP.dealer_pin, CHIP.sim_pin, "")
    return made


def play(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(story())


def test_later_is_later_and_now_is_now(around: Surroundings) -> None:
    done: list[str] = []

    async def story() -> None:
        around.later(0.02, lambda: done.append("later"))
        around.later(0, lambda: done.append("now"))
        around.later(-1, lambda: done.append("at once"))
        assert done == ["now", "at once"]
        async with asyncio.timeout(30):
            while "later" not in done:  # noqa: ASYNC110  # what is waited for knows of no event
                await asyncio.sleep(0.005)

    play(story)
    assert done == ["now", "at once", "later"]


def test_nothing_happens_after_the_end(around: Surroundings) -> None:
    done: list[str] = []

    async def story() -> None:
        around.later(0.01, lambda: done.append("late"))
        around.stop()
        await asyncio.sleep(0.05)

    play(story)
    assert done == []


def test_durations_have_their_jitter() -> None:
    around = Surroundings(Settings(jitter=0.5), 7)
    drawn = [around.about(2.0) for _ in range(200)]
    assert all(2.0 <= one <= 3.0 for one in drawn)
    assert max(drawn) - min(drawn) > 0.5
    again = Surroundings(Settings(jitter=0.5), 7)
    assert drawn == [again.about(2.0) for _ in range(200)]
    assert Surroundings(Settings(jitter=0), 7).about(2.0) == 2.0


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("*777*081389092678*10*1234#", "*777*081389092678*10*****#"),
        ('AT+CUSD=1,"*776*1234#",15\r', 'AT+CUSD=1,"*776*****#",15\r'),
        ("R 081389092678 10 1234", "R 081389092678 10 ****"),
        ('AT+CPIN="0000"\r', 'AT+CPIN="****"\r'),
        ("AT+CPIN=0000\r", "AT+CPIN=****\r"),
        ('AT+STGR=3,1,"1234"\r', 'AT+STGR=3,1,"****"\r'),
        ("081312345678", "081312345678"),
        ("Sisa stok 10rb=1234567", "Sisa stok 10rb=1234567"),
    ],
)
def test_pins_are_masked_and_numbers_are_not(around: Surroundings, text: str, masked: str) -> None:
    assert around.masked(text) == masked


def test_who_is_where(around: Surroundings) -> None:
    sim = around.sims[CHIP.iccid]
    modem = Modem(SlotPlan("a", imei="35"), around)
    around.modems.append(modem)
    assert around.modem_of(sim) is None
    modem.sim = sim
    assert around.modem_of(sim) is modem
    assert around.sim_of_number("081200090001") is sim
    assert around.sim_of_number("0812") is None


@pytest.mark.parametrize("target", ["a", "35", CHIP.iccid, "*"])
def test_a_fault_finds_its_modem(around: Surroundings, target: str) -> None:
    modem = Modem(SlotPlan("a", imei="35"), around)
    modem.slot, modem.sim = "a", around.sims[CHIP.iccid]
    around.modems.append(modem)
    other = Modem(SlotPlan("b", imei="36"), around)
    other.slot = "b"
    around.faults.arm({"name": "skip", "target": target})
    if target != "*":
        assert around.strikes(other, "line", "") == ""
    assert around.strikes(modem, "line", "") == "skip"


@pytest.mark.parametrize("target", ["a", CHIP.iccid, "*"])
def test_a_fault_finds_its_card(around: Surroundings, target: str) -> None:
    modem = Modem(SlotPlan("a", imei="35"), around)
    modem.slot, modem.sim = "a", around.sims[CHIP.iccid]
    around.modems.append(modem)
    around.faults.arm({"name": "silent", "target": target})
    assert around.strikes_chip(CHIP.iccid, "arrival", "") == ""
    assert around.strikes_chip(CHIP.iccid, "operator", "") == "silent"


def test_traffic_is_kept_for_a_while(around: Surroundings) -> None:
    modem = Modem(SlotPlan("a"), around)
    modem.slot = "a"
    for number in range(300):
        around.trace(modem, "<", f"AT{number}\xff".encode("latin-1"))
    kept = [text for _, _, text in around.traffic["a"]]
    assert (len(kept), kept[0], kept[-1]) == (200, "AT100\xff", "AT299\xff")
