"""A terminal's life by chance: keys, faults and bad hosts in any order. What it believes never contradicts the host's book."""

import os
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from simulators.pos_terminal.faults import STEPS, Faults, PowerCut, chosen
from simulators.pos_terminal.memory import POLICIES, Memory
from simulators.pos_terminal.outcome import Outcome
from simulators.pos_terminal.terminal import Terminal
from tests.simulators.pos_terminal.conftest import NUMBER, make, use
from tests.simulators.pos_terminal.host import PASSWORD, Fields, Heard, Host

LIVES = 4 * int(os.environ.get("KONGCHONG_SEEDS", "1"))
PRESSES = 25


def mishap(chance: random.Random) -> Faults:
    """Usually nothing."""
    if chance.random() < 0.5:
        return Faults()
    switch = chance.choice(["lose_request", "lose_answer", "twice", "wrong_mac", "reversal_first", "cut_at"])
    return Faults(cut_at=chance.choice(STEPS)) if switch == "cut_at" else chosen([switch])


def press(chance: random.Random) -> Callable[[Terminal], Awaitable[Outcome]]:
    """A key, mostly one that sells."""
    faults = mishap(chance)
    amount_minor = chance.choice([1000, 3000, 5000])

    async def pressed(terminal: Terminal) -> Outcome:
        if not terminal.state.signed_in:
            return await terminal.sign_in()
        kind = chance.random()
        if kind < 0.7:
            return await terminal.recharge(NUMBER, amount_minor, PASSWORD, faults=faults)
        if kind < 0.85 and terminal.state.sales:
            return await terminal.cancel(chance.choice(terminal.state.sales).trace, PASSWORD, faults=faults)
        return await (terminal.enquire() if kind < 0.95 else terminal.settle(faults))

    return pressed


def unreliable(chance: random.Random) -> Callable[[Heard, Fields], Fields | None]:
    """A host that now and then hangs up, or does not know yet."""

    def misbehave(heard: Heard, answer: Fields) -> Fields | None:
        roll = chance.random()
        if heard.type == "0800" or roll > 0.2:
            return answer
        return None if roll < 0.1 else answer | {39: "98", 48: ""} if heard.type in ("0220", "0400") else answer

    return misbehave


def agrees(path: Path, host: Host) -> None:
    """Everything the terminal is sure of is so."""
    for sale in Memory(path).state.sales:
        book = host.sold.get((sale.batch, sale.trace), "12")
        if sale.state == "done":
            assert book == "00", sale
        elif sale.state == "reversed":
            assert book == "12", sale
        elif sale.state == "refused":
            assert book != "00", sale


@pytest.mark.parametrize("seed", range(LIVES))
def test_belief_and_book_agree(tmp_path: Path, host: Host, seed: int) -> None:
    chance = random.Random(seed)
    path = make(tmp_path / "T.json", policy=POLICIES[seed % 2])
    host.misbehave = unreliable(chance)
    for _ in range(PRESSES):
        with suppress(PowerCut):
            use(path, host.port, press(chance))
        agrees(path, host)
    host.misbehave = lambda _, answer: answer
    use(path, host.port, lambda terminal: terminal.sign_in(), lambda terminal: terminal.settle())
    agrees(path, host)
    assert Memory(path).state.pending is None


@pytest.mark.parametrize("seed", range(LIVES))
def test_no_key_is_used_twice_for_two_sales(tmp_path: Path, host: Host, seed: int) -> None:
    chance = random.Random(1000 + seed)
    path = make(tmp_path / "T.json", policy=POLICIES[seed % 2])
    for _ in range(PRESSES):
        with suppress(PowerCut):
            use(path, host.port, press(chance))
    asked: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for one in host.heard:
        if one.type == "0200" and one.fields[3] != "310000":
            asked.setdefault(one.key, set()).add((one.fields[3], one.fields[4]))
    assert all(len(meant) == 1 for meant in asked.values())
