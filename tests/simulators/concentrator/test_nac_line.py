"""The whole simulated terminal on a concentrator's line."""

import asyncio
from pathlib import Path

import pytest

from simulators.concentrator.link import Link
from simulators.concentrator.nac_line import NacLine
from simulators.pos_terminal.faults import Faults
from simulators.pos_terminal.line import NoAnswer, NoLine
from simulators.pos_terminal.memory import Memory
from simulators.pos_terminal.terminal import Terminal
from tests.simulators.concentrator.conftest import linked
from tests.simulators.pos_terminal.conftest import NUMBER, make
from tests.simulators.pos_terminal.host import PASSWORD, Host


def test_many_terminals_sell_over_one_connection(tmp_path: Path, host: Host) -> None:
    paths = [make(tmp_path / f"T{number}.json", terminal=f"T{number:07d}") for number in range(8)]

    async def steps(link: Link) -> None:
        terminals = [Terminal(Memory(path), NacLine(link, place + 1), 30) for place, path in enumerate(paths)]
        for outcome in await asyncio.gather(*(terminal.sign_in() for terminal in terminals)):
            assert outcome.ended == "done"
        # The tests' host keeps sales by batch and trace alone; all it has to do here is answer each in its place.
        for outcome in await asyncio.gather(*(terminal.recharge(NUMBER, 5000, PASSWORD) for terminal in terminals)):
            assert outcome.ended == "done"

    linked(host.port, steps)
    assert {one.tpdu[3:].hex() for one in host.heard} == {f"{place:04x}" for place in range(1, 9)}
    assert {(one.tpdu[4], one.fields[41]) for one in host.heard} == {(place + 1, f"T{place:07d}") for place in range(8)}


def test_hanging_up_leaves_the_link_and_a_late_answer_finds_nobody(tmp_path: Path, host: Host) -> None:
    async def steps(link: Link) -> None:
        terminal = Terminal(Memory(make(tmp_path / "T.json")), NacLine(link, 7), 30)
        await terminal.sign_in()
        assert link.up
        assert (await terminal.recharge(NUMBER, 5000, PASSWORD, faults=Faults(lose_answer=True))).ended == "done"

    linked(host.port, steps)
    assert host.types() == ["0800", "0200", "0220"]


def test_a_link_that_is_gone_is_no_line(tmp_path: Path, host: Host) -> None:
    async def steps(link: Link) -> None:
        line = NacLine(link, 1)
        await line.open()
        await link.close()
        with pytest.raises(NoAnswer):
            await line.send(b"\0\5\x60\0\3\0\0")
        with pytest.raises(NoAnswer):
            await line.receive(30)
        with pytest.raises(NoLine):
            await line.open()

    linked(host.port, steps)


def test_silence_is_no_answer(host: Host) -> None:
    async def steps(link: Link) -> None:
        line = NacLine(link, 1)
        await line.open()
        with pytest.raises(NoAnswer):
            await line.receive(0.01)

    linked(host.port, steps)
