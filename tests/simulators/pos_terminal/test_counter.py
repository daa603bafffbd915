"""The counter: files as terminals, what may be filled in, one key at a time, and life after a power cut."""

import asyncio
from pathlib import Path

import pytest

from simulators.pos_terminal.counter import FIELDS, CannotPress, Counter, NoSuchTerminal, checked, fen, sale_of
from simulators.pos_terminal.faults import Faults
from simulators.pos_terminal.line import line_to
from simulators.pos_terminal.memory import Memory, Sale
from tests.simulators.pos_terminal.conftest import NUMBER, make
from tests.simulators.pos_terminal.host import PASSWORD, Host

SALE = {"number": NUMBER, "amount": "50", "password": PASSWORD}


def counter(folder: Path, host: Host) -> Counter:
    return Counter(folder, line_to(("127.0.0.1", host.port)), 30)


def test_terminals_are_the_folders_files(tmp_path: Path, host: Host) -> None:
    for name in ("T2", "T1"):
        make(tmp_path / f"{name}.json")
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "odd name!.json").write_text("{}")
    assert counter(tmp_path, host).names() == ["T1", "T2"]


@pytest.mark.parametrize("name", ["nobody", "../secret", "", "a/b"])
def test_another_name_is_no_terminal(path: Path, host: Host, name: str) -> None:
    with pytest.raises(NoSuchTerminal):
        counter(path.parent, host).state(name)
    with pytest.raises(NoSuchTerminal):
        asyncio.run(counter(path.parent, host).press(name, "echo", {}, Faults()))


@pytest.mark.parametrize("function", FIELDS)
def test_every_key_does_something(path: Path, host: Host, function: str) -> None:
    async def steps() -> None:
        terminals = counter(path.parent, host)
        await terminals.press(path.stem, "sign_in", {}, Faults())
        await terminals.press(path.stem, "recharge", SALE, Faults())
        assert await terminals.press(path.stem, function, SALE | {"trace": "2"}, Faults()) == "done"
        shown = terminals.shown(path.stem)
        assert shown.outcome is not None
        assert shown.outcome.ended == "done"
        assert shown.records

    asyncio.run(steps())


@pytest.mark.parametrize(
    ("function", "filled", "why"),
    [
        ("recharge", {"number": "x"}, "bad_number"),
        ("recharge", {"number": "１３８００１３８０００"}, "bad_number"),
        ("recharge", {"amount": "much"}, "bad_amount"),
        ("bill", {"amount": "1.234"}, "bad_amount"),
        ("recharge", {"password": "12"}, "bad_password"),
        ("balance", {"password": ""}, "bad_password"),
        ("cancel", {"trace": "seven"}, "bad_trace"),
    ],
)
def test_what_is_not_good_is_not_sent(path: Path, host: Host, function: str, filled: dict[str, str], why: str) -> None:
    with pytest.raises(CannotPress) as caught:
        asyncio.run(counter(path.parent, host).press(path.stem, function, SALE | filled, Faults()))
    assert caught.value.why == why
    assert host.heard == []


def test_only_what_a_function_asks_is_taken() -> None:
    assert checked("check_number", SALE) == {"number": NUMBER}
    assert checked("echo", SALE) == {}


@pytest.mark.parametrize(("amount", "minor"), [("50", 5000), ("50.00", 5000), ("0.05", 5), ("29.9", 2990)])
def test_amounts_as_people_write_them(amount: str, minor: int) -> None:
    assert fen(amount) == minor


def test_the_repeat_mark_counts_what_was_sold_before(path: Path) -> None:
    state = Memory(path).state
    state.sales = [Sale("recharge", "000001", "000001", NUMBER, minor) for minor in (5000, 5000, 3000)]
    assert sale_of(state, SALE | {"again": "1"}) == (NUMBER, 5000, PASSWORD, "", 2)
    assert sale_of(state, SALE)[4] == 0


def test_after_a_power_cut_it_goes_on_from_its_file(path: Path, host: Host) -> None:
    async def steps() -> None:
        terminals = counter(path.parent, host)
        await terminals.press(path.stem, "sign_in", {}, Faults())
        assert await terminals.press(path.stem, "recharge", SALE, Faults(cut_at="answered")) == "cut"
        shown = terminals.shown(path.stem)
        assert shown.outcome is None
        assert [one.type for one in shown.records] == ["0200", "0210"]
        assert terminals.state(path.stem).pending is not None
        assert await terminals.press(path.stem, "recharge", SALE, Faults()) == "done"
        assert [one.type for one in terminals.shown(path.stem).records] == ["0220", "0230", "0200", "0210"]

    asyncio.run(steps())


def test_two_keys_at_once_are_pressed_one_after_the_other(path: Path, host: Host) -> None:
    async def steps() -> None:
        terminals = counter(path.parent, host)
        await terminals.press(path.stem, "sign_in", {}, Faults())
        await asyncio.gather(*(terminals.press(path.stem, "recharge", SALE, Faults(delay=0.01)) for _ in range(3)))
        assert [sale.trace for sale in terminals.state(path.stem).sales] == ["000002", "000003", "000004"]

    asyncio.run(steps())
    assert host.types() == ["0800", "0200", "0200", "0200"]


def test_the_amount_keyed_in_is_the_amount_sent(path: Path, host: Host) -> None:
    async def steps() -> None:
        terminals = counter(path.parent, host)
        await terminals.press(path.stem, "sign_in", {}, Faults())
        await terminals.press(path.stem, "recharge", SALE | {"amount": "29.90", "again": "1"}, Faults())

    asyncio.run(steps())
    assert host.heard[1].fields[4] == "000000002990"
