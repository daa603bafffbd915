"""Chips of the simulated farm, one fault each, all at once: no outcome is misread, nothing is sent twice, and the stock stays right.

KONGCHONG_CHIPS chips in the long run (64), a few every day, each time others.
"""

import asyncio
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.domain.routing import Reason
from recharge.suppliers.chip_modem.link import ChipModemLink
from recharge.suppliers.contract import CannotTell
from simulators.modem_farm import generate
from simulators.modem_farm.faults import FAULTS
from tests.recharge.suppliers.chip_modem.farmyard import Farmyard, farmyard, order, ready, scene, submit, until

S = OutcomeState
CHIPS = int(os.environ.get("KONGCHONG_CHIPS", "10"))
ORDERS = 2
FACE = 1_000_000
# What an order may be called when this strikes it; a fault that is not listed may leave it unknown or not touch it at all.
UNSURE = [
    *("ussd_error", "ussd_timeout", "ussd_timeout_lost", "ussd_ended", "ussd_elsewhere", "ussd_cme_31", "ussd_cme_100", "ussd_silent"),
    *("ussd_lost", "changed_wording", "no_balance", "request_lost", "silent", "other_number", "other_amount"),
]
HARMLESS = ["ussd_twice", "ussd_before_ok", "ussd_split", "ussd_ucs2", "garbage", "urc_inside", "slow_bytes", "echo"]
ALLOWED: dict[str, set[OutcomeState]] = {
    "ussd_unsupported": {S.FAILED},
    "ussd_refused": {S.NOT_SENT},
    "ussd_busy": {S.NOT_SENT},
    **{name: {S.UNKNOWN} for name in UNSURE},
    **{name: {S.SUCCESS} for name in HARMLESS},
}
# The operator's stock changes, or is told wrong, by more than what we sent.
STOCK_IS_STRANGE = {"wrong_balance", "spent_elsewhere"}


@dataclass
class Run:
    """What one chip was made to do, and what came of it."""

    fault: str
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    last_known: dict[str, Outcome] = field(default_factory=dict)


def number_of(chip: int, turn: int) -> str:
    return f"0813{chip:04d}{turn:04d}"


async def suffer(yard: Farmyard, chip: int, run: Run, link: ChipModemLink) -> None:
    """Two orders, the first struck by the fault; then time for what is late, and questions about what is unknown."""
    await ready(link)
    await link.balance()
    place = FAULTS[run.fault][0]
    yard.arm(run.fault, chip, **({"only": "+CUSD=1"} if place == "line" else {}))
    for turn in range(ORDERS):
        asked = order(chip * 10 + turn + 1, number_of(chip, turn))
        run.outcomes[asked.number] = outcome = await link.submit(asked)
        if outcome.state is S.SUCCESS and run.fault not in STOCK_IS_STRANGE:
            counted_right(yard, chip, link)
        if outcome.state in {S.UNKNOWN, S.ACCEPTED}:
            await asyncio.sleep(0.3)
            outcome = await link.query(asked)
        run.last_known[asked.number] = outcome


def counted_right(yard: Farmyard, chip: int, link: ChipModemLink) -> None:
    """After every sale: what is counted is what the operator has, less what is held for orders nobody knows the end of."""
    inside = link._chip
    assert inside is not None
    held = sum(one.is_open for one in yard.book.orders(inside.iccid, yard.clock.now()))
    left = yard.pieces(chip)[FACE]
    assert left - held <= inside.stock.expected[FACE] <= left, (chip, inside.stock.expected, left, held)


async def all_suffer(yard: Farmyard, runs: list[Run]) -> None:
    links = [yard.link(chip) for chip in range(len(runs))]
    try:
        await asyncio.gather(*(suffer(yard, chip, run, links[chip]) for chip, run in enumerate(runs)))
        # What comes late has come: the farm's late things take five seconds.
        await asyncio.sleep(6)
        await asyncio.gather(*(settled(yard, chip, links[chip]) for chip in range(len(runs)) if runs[chip].fault not in STOCK_IS_STRANGE))
    finally:
        for link in links:
            await link.close()


async def settled(yard: Farmyard, chip: int, link: ChipModemLink) -> None:
    """Every chip that still works counts what its operator counts, once nothing is open any more."""
    inside = link._chip
    assert inside is not None
    if inside.slot is None or any(one.is_open for one in yard.book.orders(inside.iccid, yard.clock.now())):
        return
    await until(lambda: inside.stock.expected.get(FACE) == yard.pieces(chip)[FACE], f"{chip}: {inside.stock.expected}")


def check(yard: Farmyard, chip: int, run: Run) -> None:
    credited = yard.credits(chip)
    by_number = {number: [serial for other, _, serial in credited if other == number] for number, _, _ in credited}
    assert all(len(serials) == 1 for serials in by_number.values()), (run.fault, credited)
    for number, outcome in [*run.outcomes.items(), *run.last_known.items()]:
        done = by_number.get(number, [])
        if outcome.state is S.SUCCESS:
            assert done, (run.fault, outcome)
            assert outcome.serial_number in {"", *done}, (run.fault, outcome)
        elif outcome.state in {S.FAILED, S.NOT_SENT}:
            assert not done, (run.fault, outcome)
    struck = run.outcomes[number_of(chip, 0)].state
    assert struck in ALLOWED.get(run.fault, set(S)), (run.fault, struck)


def faults_of_today(chance: random.Random) -> list[str]:
    """Every fault once where there are chips enough, else others each day."""
    names = sorted(FAULTS)
    chance.shuffle(names)
    return (names * 2)[:CHIPS]


def test_faulty_chips_misread_nothing(tmp_path: Path, clean_sqlite_url: str) -> None:
    runs = [Run(fault) for fault in faults_of_today(random.Random(random.randrange(2**32)))]
    with farmyard(tmp_path, clean_sqlite_url, generate.farm(len(runs), "mkios", inbox=False)) as yard:
        asyncio.run(all_suffer(yard, runs))
        for chip, run in enumerate(runs):
            check(yard, chip, run)


@pytest.fixture
def yard(tmp_path: Path, clean_sqlite_url: str) -> Iterator[Farmyard]:
    with farmyard(tmp_path, clean_sqlite_url, generate.farm(2, "mkios", inbox=False)) as made:
        yield made


def test_a_chip_is_barred_the_moment_it_falls_silent_and_comes_back(yard: Farmyard) -> None:
    async def play(link: ChipModemLink) -> None:
        slot = yard.slot()
        yard.do(lambda farm: farm.slots[slot].mischief.hang("hang_reset"))
        await until(lambda: link.objection("0813", FACE, yard.clock.now()) is Reason.NOT_RUNNING, "not barred")
        iccid = yard.chips[0]["iccid"]
        await until(lambda: (row := yard.book.chip(iccid)) and row.state == "quarantined", "not in quarantine")
        await ready(link)
        assert (await link.submit(order(1))).state is S.SUCCESS

    scene(yard.link(), play)


def test_a_chip_in_another_slot_is_held_until_a_person_releases_it(yard: Farmyard) -> None:
    async def play(link: ChipModemLink) -> None:
        iccid = yard.chips[0]["iccid"]
        yard.do(lambda farm: farm.move(*farm.slots))
        await until(lambda: (row := yard.book.chip(iccid)) and row.state == "held", "not held")
        assert link.objection("0813", FACE, yard.clock.now()) is Reason.NOT_RUNNING
        row = yard.book.chip(iccid)
        assert row is not None
        assert row.seen_in != row.slot
        yard.book.change_chip(iccid, yard.clock.now(), state="ready", reason="", slot=row.seen_in)
        await until(lambda: link.objection("0813", FACE, yard.clock.now()) is None, "not released")

    scene(yard.link(), play)


def test_the_sim_pin_is_tried_once_even_by_the_next_process(yard: Farmyard) -> None:
    iccid = yard.chips[0]["iccid"]
    slot = yard.slot()

    def lock(farm: Any) -> None:
        farm.sim(iccid).pin = "4711"
        farm.slots[slot].restart()

    yard.do(lock)

    async def play(link: ChipModemLink) -> None:
        await until(lambda: (row := yard.book.chip(iccid)) and row.pin_tried, "not tried")
        await asyncio.sleep(0.5)

    for _ in range(2):
        scene(yard.link(sim_pin="1111"), play, wait=False)
    assert yard.do(lambda farm: farm.sim(iccid).pin_left) == 2
    yard.book.change_chip(iccid, yard.clock.now(), pin_tried=False)
    assert submit(yard, order(1), sim_pin="4711")[0].state is S.SUCCESS


def test_no_signal_no_order(yard: Farmyard) -> None:
    async def play(link: ChipModemLink) -> Outcome:
        slot = yard.slot()
        yard.do(lambda farm: farm.radio(slot, signal=3))
        outcome = await link.submit(order(1))
        await until(lambda: link.objection("0813", FACE, yard.clock.now()) is Reason.HELD_BACK, "not held back")
        return outcome

    outcome = scene(yard.link(), play)
    assert (outcome.state, outcome.code) == (S.NOT_SENT, "no_signal")
    assert yard.credits() == []


def test_a_card_full_of_old_messages_is_swept(yard: Farmyard) -> None:
    async def play(link: ChipModemLink) -> None:
        yard.do(lambda farm: farm.fill(yard.chips[0]["iccid"]))
        await until(lambda: not yard.do(lambda farm: len(farm.sim(yard.chips[0]["iccid"]).store.places)), "not swept")

    scene(yard.link(), play)


def test_messages_that_came_while_nobody_was_there_are_matched(yard: Farmyard) -> None:
    yard.arm("pending")
    first = submit(yard, order(1), answer_seconds=0.5)[0]
    assert first.state is S.UNKNOWN

    async def play(_link: ChipModemLink) -> None:
        await until(lambda: yard.heard, "the late message is not read")

    # A new process: the operator's message waits on the card.
    scene(yard.link(), play)
    assert [(told.reference, told.outcome.state) for told in yard.heard] == [("1", S.SUCCESS)]
    assert len(yard.credits()) == 1


def test_an_end_that_the_dispatcher_did_not_hear_is_told_again(yard: Farmyard) -> None:
    yard.keeps = False
    yard.arm("pending")
    submit(yard, order(1), answer_seconds=0.5)

    async def play(_link: ChipModemLink) -> None:
        await until(lambda: yard.heard, "not told")

    for _ in range(2):
        yard.heard.clear()
        scene(yard.link(), play)
        assert [told.reference for told in yard.heard] == ["1"]


def test_an_operator_that_asks_first(tmp_path: Path, clean_sqlite_url: str) -> None:
    told = generate.farm(1, "mkios", inbox=False)
    told["operators"][0]["confirm"] = True
    with farmyard(tmp_path, clean_sqlite_url, told) as yard:
        # Without an answer to give, nobody knows what became of the string.
        asked = submit(yard, order(1), confirm=(), settle_seconds=0)[0]
        done = submit(yard, order(2, "081300000002"), confirm=("1",), settle_seconds=0)[0]
        refused = submit(yard, order(3, "081300000003"), confirm=("1", "1"), settle_seconds=0)[0]
        assert (asked.state, done.state) == (S.UNKNOWN, S.SUCCESS)
        # A second question was expected and never came: the first answer was not the last.
        assert refused.state in {S.SUCCESS, S.NOT_SENT}
        assert [number for number, _, _ in yard.credits()] in (["081300000002"], ["081300000002", "081300000003"])


@pytest.mark.parametrize("make", ["3gpp", "wavecom", "huawei", "quectel"])
def test_orders_through_the_cards_menu(tmp_path: Path, clean_sqlite_url: str, make: str) -> None:
    told = generate.farm(1, "mkios", inbox=False)
    told["slots"][0]["model"] = "generic" if make == "3gpp" else make
    ways: dict[str, Any] = {"recharge": "#1>{number}>{units}>{pin}", "stock": "#2>{pin}", "last": "#3>{pin}"}

    async def play(link: ChipModemLink) -> list[Outcome]:
        assert (await link.balance()).free_minor > 0
        unlisted = order(1, "081300000001", 700_000)
        return [await link.submit(unlisted), await link.submit(order(2))]

    with farmyard(tmp_path, clean_sqlite_url, told) as yard:
        refused, done = scene(yard.link(dialect="stk", stk=make, **ways), play)
        assert (refused.state, done.state) == (S.NOT_SENT, S.SUCCESS)
        assert len(yard.credits()) == 1


@pytest.mark.parametrize(
    ("fault", "state", "count"),
    [
        ("", S.SUCCESS, 1),
        ("no_prompt", S.NOT_SENT, 0),
        ("cms_38", S.NOT_SENT, 0),
        ("cms_500_sent", S.UNKNOWN, 1),
        ("cmgs_lost", S.UNKNOWN, 1),
        ("sms_lost", S.ACCEPTED, 1),
    ],
)
def test_orders_by_short_message(yard: Farmyard, fault: str, state: OutcomeState, count: int) -> None:
    if fault:
        yard.arm(fault)
    by_sms: dict[str, Any] = {
        "dialect": "sms",
        "service": "777",
        "recharge": "R {number} {units} {pin}",
        "stock": "S {pin}",
        "last": "T {pin}",
    }

    async def play(link: ChipModemLink) -> Outcome:
        return await link.submit(order(1))

    outcome: Outcome = scene(yard.link(**by_sms), play)
    # The operator's answer may be there before the modem's own time is over.
    assert outcome.state in ({state, S.SUCCESS} if count else {state})
    assert len(yard.credits()) == count


def test_a_stock_that_does_not_fit_pauses_the_chip(yard: Farmyard) -> None:
    async def play(link: ChipModemLink) -> None:
        await link.balance()
        yard.do(lambda farm: farm.transfer(yard.chips[0]["iccid"], units=10, pieces=-3))
        assert (await link.submit(order(1))).state is S.SUCCESS
        assert link.objection("0813", FACE, yard.clock.now()) is Reason.PAUSED
        later = await link.submit(order(2, "081300000002"))
        assert (later.state, later.code) == (S.NOT_SENT, "paused")

    scene(yard.link(), play)


def test_a_chip_without_the_face_value_is_not_asked(yard: Farmyard) -> None:
    async def play(link: ChipModemLink) -> None:
        stock = await link.balance()
        assert stock.free_minor == sum(face * count for face, count in yard.pieces().items())
        yard.do(lambda farm: farm.transfer(yard.chips[0]["iccid"], units=100, pieces=-10))
        assert link.objection("0813", 3_000_000, yard.clock.now()) is Reason.NO_STOCK
        assert link.objection("0813", 1_050_000, yard.clock.now()) is Reason.NO_ROUTE

    scene(yard.link(), play)


def test_a_link_given_other_settings_takes_the_modem_over(yard: Farmyard) -> None:
    async def play(first: ChipModemLink) -> None:
        second = yard.link(gap_seconds=60)
        try:
            assert second.objection("0813", FACE, yard.clock.now()) is None
            assert (await second.submit(order(1))).state is S.SUCCESS
            assert second.objection("0813", FACE, yard.clock.now()) is Reason.RESTING
            await first.close()
            assert (await second.query(order(1))).state is S.SUCCESS
            with pytest.raises(CannotTell):
                await first.balance()
        finally:
            await second.close()

    scene(yard.link(), play)


def test_an_order_is_never_sent_a_second_time(yard: Farmyard) -> None:
    async def play(link: ChipModemLink) -> list[Outcome]:
        return [await link.submit(order(1)), await link.submit(order(1)), await link.query(order(1)), await link.query(order(9))]

    first, again, asked, strange = scene(yard.link(), play)
    assert [one.state for one in (first, again, asked, strange)] == [S.SUCCESS, S.UNKNOWN, S.SUCCESS, S.NOT_FOUND]
    assert len(yard.credits()) == 1
