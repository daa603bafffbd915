"""Sixty-four modems at once, with everything going wrong by seeded chance: the ledger holds, whatever the ttys say."""

import os
import random
import threading

import pytest
import serial

from simulators.modem_farm import generate, views
from simulators.modem_farm.faults import FAULTS
from tests.simulators.modem_farm.conftest import QUICK, Make
from tests.simulators.modem_farm.hands import Hands
from tests.simulators.modem_farm.terminal import Terminal, until

ORDERS = int(os.environ.get("KONGCHONG_FARM_ORDERS", "3"))


class Dealer(threading.Thread):
    """One who types recharges for numbers of its own into one modem, once each, and never looks at what comes back."""

    def __init__(self, hands: Hands, number: int) -> None:
        super().__init__(daemon=True)
        self.hands, self.number = hands, number
        self.asked: list[str] = []

    def run(self) -> None:
        for order in range(ORDERS):
            customer = f"0813{self.number:04d}{order:04d}"
            try:
                self.recharge(customer)
            except (OSError, serial.SerialException, AssertionError):
                continue

    def recharge(self, customer: str) -> None:
        with Terminal(self.hands.thread.folder / self.hands.slot(self.number)) as terminal:
            terminal.type("AT+CUSD=1\r")
            terminal.wait(rb"(OK|ERROR)\r\n", 0.5)
            self.asked.append(customer)
            terminal.type(f'AT+CUSD=1,"*777*{customer}*5*1234#",15\r')
            terminal.wait(rb"(\+CUSD|ERROR)[^\r]*\r\n", 0.5)


@pytest.mark.parametrize("seed", [20_261_127])
def test_nothing_is_credited_that_was_not_asked_for_and_nothing_twice(make_farm: Make, seed: int) -> None:
    told = generate.farm(64, "mkios", inbox=False)
    told["settings"] = QUICK | {"late_seconds": 0.2, "chaos": 0.3}
    hands = make_farm(told, seed)
    dealers = [Dealer(hands, number) for number in range(64)]
    for dealer in dealers:
        dealer.start()
    for dealer in dealers:
        dealer.join(120)
    hands.thread.call(hands.farm.around.faults.clear)
    asked = {customer for dealer in dealers for customer in dealer.asked}
    credits_of = hands.thread.call(lambda: views.credits_of(hands.farm.ledger))
    assert credits_of
    assert {row["number"] for row in credits_of} <= asked
    assert {row["credits"] for row in credits_of} == {1}
    agrees(hands)
    struck = {FAULTS[name][0] for name in hands.farm.around.faults.struck}
    assert {"line", "ussd", "operator"} <= struck


def agrees(hands: Hands) -> None:
    """Each chip's stock is what it had, less its credits, less what was spent elsewhere."""

    def gaps() -> list[tuple[str, int]]:
        rows = hands.farm.ledger.rows(
            "select stock.iccid, 40 - pieces - (select count(*) from credit where credit.iccid = stock.iccid)"
            " + (select coalesce(sum(pieces), 0) from movement where movement.iccid = stock.iccid) as gap from stock where units = 5"
        )
        return [(row["iccid"], row["gap"]) for row in rows if row["gap"]]

    until(lambda: hands.thread.call(gaps) == [], "stock and credits agree")


def test_sixty_four_modems_answer(make_farm: Make) -> None:
    told = generate.farm(64)
    told["settings"] = QUICK
    hands = make_farm(told)
    chance = random.Random(1)
    for number in chance.sample(range(64), 12):
        terminal = hands.terminal(number)
        terminal.until_ok("AT")
        terminal.ready()
    assert len(list(hands.thread.folder.iterdir())) == 64
