"""Hosts that say anything at all: the terminal ends every key with an outcome, keeps a file it can read, and believes nothing odd."""

import os
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from simulators.pages import LANGUAGES
from simulators.pos_terminal.memory import Memory
from simulators.pos_terminal.outcome import Outcome
from simulators.pos_terminal.slips import render
from simulators.pos_terminal.terminal import Terminal
from simulators.pos_terminal.texts import say
from tests.simulators.pos_terminal import octets
from tests.simulators.pos_terminal.conftest import NUMBER, use
from tests.simulators.pos_terminal.host import PASSWORD, Fields, Heard, Host

LIVES = 3 * int(os.environ.get("KONGCHONG_SEEDS", "1"))
KEYS: list[Callable[[Terminal], Awaitable[Outcome]]] = [
    lambda terminal: terminal.sign_in(),
    lambda terminal: terminal.download(),
    lambda terminal: terminal.balance(PASSWORD),
    lambda terminal: terminal.check_number(NUMBER),
    lambda terminal: terminal.recharge(NUMBER, 5000, PASSWORD),
    lambda terminal: terminal.pay_bill(NUMBER, 5000, PASSWORD),
    lambda terminal: terminal.cancel("000003", PASSWORD),
    lambda terminal: terminal.enquire(),
    lambda terminal: terminal.settle(),
    lambda terminal: terminal.status(),
    lambda terminal: terminal.echo(),
]


def some_value(chance: random.Random, number: int, message_type: str) -> str:
    """Anything the field can carry."""
    kind, counted, length = octets.kind_of(message_type, number)
    size = chance.randint(1, min(length, 60)) if counted else length
    if kind == "b":
        return chance.randbytes(size).hex()
    letters = "0123456789" if kind == "n" else "0123456789ABCDEFZ -"
    return "".join(chance.choice(letters) for _ in range(size))


def babble(chance: random.Random) -> Callable[[Heard, Fields], Fields | None]:
    """A host whose answers have fields changed, left out, or put in."""

    def misbehave(heard: Heard, answer: Fields) -> Fields | None:
        if chance.random() < 0.3:
            return answer
        answer_type = f"{int(heard.type) + 10:04d}"
        for _ in range(chance.randint(1, 3)):
            number = chance.choice(sorted(set(octets.TABLE) - {64, 3, 11, 41}))
            answer[number] = "" if chance.random() < 0.4 else some_value(chance, number, answer_type)
        return answer

    return misbehave


def looked_at(outcome: Outcome) -> None:
    """Everything of an outcome can be shown and printed."""
    assert outcome.ended in ("done", "processing", "refused", "unknown", "offline", "bad")
    for language in LANGUAGES:
        for name, _ in outcome.display:
            assert isinstance(say(name.rstrip("~"), language), str)
        for slip in outcome.slips:
            assert render(slip, language)


@pytest.mark.parametrize("seed", range(LIVES))
def test_babble_never_stops_a_terminal(path: Path, host: Host, seed: int) -> None:
    chance = random.Random(seed)
    use(path, host.port, KEYS[0])
    host.misbehave = babble(chance)
    for _ in range(30):
        host.wish = chance.choice("0000123456789")
        # Whether an answer came in time makes no difference here: any outcome will do.
        for outcome in use(path, host.port, chance.choice(KEYS), seconds=0.05):
            looked_at(outcome)
        Memory(path)


@pytest.mark.parametrize(
    ("key", "field", "value"),
    [
        (0, 60, ""),
        (0, 60, "00"),
        (0, 62, ""),
        (0, 62, "00"),
        (1, 62, ""),
        (1, 62, b"0001".hex()),
        (2, 54, ""),
        (2, 54, "0002156C"),
        (2, 54, "0002156CXXXXXXXXXXXX"),
        (3, 48, ""),
        (3, 48, "00"),
    ],
)
def test_a_success_without_its_substance_is_none(path: Path, host: Host, key: int, field: int, value: str) -> None:
    use(path, host.port, KEYS[0])
    before = Memory(path).state
    host.misbehave = lambda _, answer: answer | {field: value}
    (outcome,) = use(path, host.port, KEYS[key])
    assert outcome.ended in ("unknown", "refused")
    looked_at(outcome)
    after = Memory(path).state
    assert (after.work, after.batch, after.parameters) == (before.work, before.batch, before.parameters)


@pytest.mark.parametrize("field_48", ["", "00", b"CZ01#".hex(), b"CZ010406900001#".hex(), b"CZ010603abc#".hex(), "ff" * 40])
def test_a_sale_is_a_sale_whatever_stands_in_field_48(path: Path, host: Host, field_48: str) -> None:
    use(path, host.port, KEYS[0])
    host.misbehave = lambda heard, answer: answer | ({48: field_48} if heard.type == "0200" else {})
    (outcome,) = use(path, host.port, KEYS[4])
    assert outcome.ended == "done"
    looked_at(outcome)
    assert [sale.state for sale in Memory(path).state.sales] == ["done"]


@pytest.mark.parametrize("code", ["ZZ", "  ", "0A", "11", "10", "A2", "A4", "A5"])
def test_codes_from_elsewhere(path: Path, host: Host, code: str) -> None:
    """Those that the field takes for success are one; the others are refusals with nothing more to say."""
    use(path, host.port, KEYS[0])
    host.outcomes = [code]
    (outcome,) = use(path, host.port, KEYS[4])
    assert outcome.ended == ("done" if code in ("11", "10", "A2", "A4", "A5") else "refused")
    looked_at(outcome)


@pytest.mark.parametrize(("date", "time"), [("", ""), ("9999", "999999"), ("0000", "")])
def test_odd_dates_are_printed_as_they_come_or_by_the_own_clock(path: Path, host: Host, date: str, time: str) -> None:
    use(path, host.port, KEYS[0])
    host.misbehave = lambda heard, answer: answer | ({13: date, 12: time} if heard.type == "0200" else {})
    (outcome,) = use(path, host.port, KEYS[4])
    assert outcome.ended == "done"
    assert dict(outcome.slips[0].rows)["time"].startswith("2026/")


@pytest.mark.parametrize("timeout", ["", "abc", "-1", "0", "1e9", "025"])
@pytest.mark.parametrize("tries", ["", "x", "0", "-3", "999"])
def test_odd_parameters_leave_a_terminal_that_works(path: Path, host: Host, timeout: str, tries: str) -> None:
    memory = Memory(path)
    memory.state.parameters = {"timeout": timeout, "tries": tries}
    memory.keep()
    state = Memory(path).state
    assert 1 <= state.tries <= 9
    outcomes = use(path, host.port, KEYS[0], KEYS[4], seconds=None)
    assert [outcome.ended for outcome in outcomes] == ["done", "done"]
