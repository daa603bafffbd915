"""Dealer chips in a try-out: an agent's plain SMS goes in by one modem and out by another, and the proof comes back by SMS."""

import time
from collections.abc import Callable

import pytest

from recharge.engine.administration.password_book import SERVICE, PasswordBook
from recharge.tryout.chips import AGENT_LINE, AGENT_POINT, CHIPS, CUSTOMER, INBOX_NUMBER, ChipsPart
from recharge.tryout.commands import Commands
from recharge.tryout.home import Home
from simulators.modem_farm import config
from simulators.modem_farm.testing import RunningFarm
from tests.recharge.tryout.conftest import TryOut, free_ports

WAIT = 90.0


def until(true: Callable[[], object], what: str) -> None:
    end = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.2)


def test_the_farms_plan_is_one_the_farm_takes(home: Home, commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, ...]] = []

    def command(_part: ChipsPart, _module: str, *words: str, typed: str = "") -> str:
        said.append(words)
        return " ".join(CHIPS) if words == ("link", "list") and len(said) > 1 else ""

    monkeypatch.setattr(ChipsPart, "command", command)
    part = ChipsPart(home, free_ports(), commands)
    part.set_up()
    plan = config.read(home.folder / "farm.json")
    assert [slot.name for slot in plan.slots] == ["inbox-1", "chip-1", "chip-2"]
    assert [inbox.link["iccid"] for inbox in part.inboxes()] == [plan.slots[0].iccid]
    first = len(said)
    part.set_up()
    # The second time everything is there.
    assert said[first:] == [("link", "list")]
    assert part.facts()["text"].startswith(f"I.SIM10.{CUSTOMER}.")


@pytest.mark.slow
def test_an_agents_sms_comes_back_with_the_proof(try_out: TryOut) -> None:
    try_out.only = "sms,chips"
    try_out.start()
    farm = RunningFarm(try_out.folder / "modems", try_out.ports.of("farm"), {})
    password = PasswordBook(try_out.folder / "logins.txt").known(SERVICE, AGENT_POINT) or ""
    until(lambda: all(slot["registration"] == 1 for slot in farm.ask("/control/slots")["slots"]), "the modems do not come up")
    farm.sms(AGENT_LINE, INBOX_NUMBER, f"I.SIM10.{CUSTOMER}.{password}")

    def told() -> list[str]:
        return [message["text"] for message in farm.messages(AGENT_LINE) if message["recipient"] == AGENT_LINE]

    until(lambda: any("充值成功" in text for text in told()), f"{told()}")
    [credit] = farm.ask(f"/control/ledger?number={CUSTOMER}")["credits"]

    def proofs() -> int:
        """Answers and notices with the proof: how many came for the sale depends on whether it ended while the agent was still waiting."""
        return sum(credit["serial_number"] in text for text in told())

    before = proofs()
    assert before
    assert farm.credits() == {(CUSTOMER, 10): 1}
    chips = {row["iccid"]: row for row in farm.ask("/control/chips")["chips"]}
    # The stock counts down by what the chip pays, at one of the two chips.
    assert sorted(chips[iccid]["stock_minor"] for iccid in CHIPS.values()) == [49_040, 50_000]
    # Said again, it is the same order.
    farm.sms(AGENT_LINE, INBOX_NUMBER, f"I.SIM10.{CUSTOMER}.{password}")
    until(lambda: proofs() > before, "no answer to the repeat")
    assert farm.credits() == {(CUSTOMER, 10): 1}
