"""Days at a shop's terminal, as short scripts in the field's words."""

from collections.abc import Callable
from typing import Any

import pytest

from pos import tables
from pos.codec.message import Message
from pos.fields.totals import Totals
from pos.verdict import Waiting
from recharge.domain.outcomes import OutcomeState
from tests.pos.stand import TERMINAL, Stand
from tests.pos.test_settlement import end, settle


class Story:
    """Reads a script line by line. A line is a verb, what it speaks of, and after `->` what is heard."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.sales: dict[str, Message] = {}
        self.waiting: dict[str, Any] = {}

    def play(self, script: str) -> None:
        for line in filter(None, map(str.strip, script.splitlines())):
            told, _, heard = line.partition("->")
            verb, *words = told.split()
            said = getattr(self, verb)(*words)
            assert said == (heard.strip() or said), f"{line}: {said}"

    def sell(self, name: str, number: str, amount: str) -> str:
        self.sales[name] = self.stand.hand.sale(int(amount) * 100, number)
        opened, step = self.stand.steps(self.stand.hand.frame(self.sales[name]))[0]
        if isinstance(step, Waiting):
            self.waiting[name] = (opened, step)
            return "waits"
        return self.stand.answer(opened, step).text(39)

    def lose(self, name: str, number: str, amount: str) -> str:
        self.sales[name] = self.stand.hand.sale(int(amount) * 100, number)
        return "lost"

    def carrier(self, said: str, name: str) -> str:
        opened, step = self.waiting.pop(name)
        self.stand.carrier(step.order_number, {"does": OutcomeState.SUCCESS, "refuses": OutcomeState.FAILED}[said])
        return self.stand.answer(opened, self.stand.ended(step)).text(39)

    def silence(self, name: str) -> str:
        opened, step = self.waiting[name]
        return self.stand.answer(opened, step).text(39)

    def confirm(self, name: str) -> str:
        return self._waits(name, self.stand.hand.about(self.sales[name], "0220"))

    def reverse(self, name: str) -> str:
        return self._waits(name, self.stand.hand.about(self.sales[name], "0400"))

    def cancel(self, name: str) -> str:
        return self._waits(name, self.stand.hand.cancel(self.sales[name]))

    def late(self, name: str) -> str:
        return self.stand.send(self.sales[name]).text(39)

    def balance(self) -> str:
        return f"{self.stand.world.balance('A') / 100:.2f}"

    def minutes(self, count: str) -> None:
        self.stand.world.clock.pass_time(minutes=int(count))

    def days(self, count: str) -> None:
        self.stand.world.clock.pass_time(days=int(count))

    def restart(self) -> None:
        self.stand.process()
        self.waiting.clear()

    def sign_in(self) -> str:
        return self.stand.sign_in().text(60)[2:8]

    def settle(self, debit: str, count: str, credit: str = "0", credits_: str = "0") -> str:
        flag = settle(self.stand, Totals(int(debit) * 100, int(count), int(credit) * 100, int(credits_))).text(48)[30]
        return {"1": "balanced", "2": "not balanced"}[flag]

    def end(self) -> str:
        return end(self.stand).text(39)

    def _waits(self, name: str, message: Message) -> str:
        opened, step = self.stand.steps(self.stand.hand.frame(message))[0]
        if isinstance(step, Waiting):
            self.waiting[name] = (opened, step)
            return "waits"
        return self.stand.answer(opened, step).text(39)


@pytest.fixture
def play(stand: Stand) -> Callable[[str], None]:
    return Story(stand).play


def test_a_good_day(play: Callable[[str], None]) -> None:
    play("""
        sell a 13800138000 50     -> waits
        carrier does a            -> 00
        sell b 13800138001 30     -> waits
        carrier refuses b         -> 05
        sell c 13800138002 100    -> waits
        carrier does c            -> 00
        cancel c                  -> waits
        carrier does c            -> 00
        balance                   -> 951.00
        settle 150 2 100 1        -> balanced
        sell d 13800138003 10     -> 77
        sign_in                   -> 000002
    """)


def test_the_answer_is_lost_and_the_process_dies(play: Callable[[str], None]) -> None:
    play("""
        sell a 13800138000 50     -> waits
        restart
        confirm a                 -> waits
        silence a                 -> A6
        carrier does a            -> 00
        confirm a                 -> 00
        late a                    -> 00
        balance                   -> 951.00
    """)


def test_the_request_is_lost_and_comes_after_all(play: Callable[[str], None]) -> None:
    play("""
        lose a 13800138000 50     -> lost
        confirm a                 -> 25
        minutes 20
        late a                    -> 12
        confirm a                 -> 25
        reverse a                 -> 25
        balance                   -> 1000.00
    """)


def test_the_carrier_is_silent_for_long_and_says_no(play: Callable[[str], None]) -> None:
    play("""
        sell a 13800138000 50     -> waits
        silence a                 -> A6
        minutes 60
        balance                   -> 951.00
        carrier refuses a         -> 05
        confirm a                 -> 05
        balance                   -> 1000.00
        settle 0 0                -> balanced
    """)


def test_a_cancel_that_is_refused_twice_and_a_third_that_is_not(play: Callable[[str], None]) -> None:
    play("""
        sell a 13800138000 50     -> waits
        carrier does a            -> 00
        cancel a                  -> waits
        carrier refuses a         -> 22
        minutes 1
        cancel a                  -> waits
        carrier refuses a         -> 22
        minutes 1
        cancel a                  -> waits
        carrier does a            -> 00
        cancel a                  -> 22
        balance                   -> 1000.00
        settle 50 1 50 1          -> balanced
    """)


def test_yesterdays_sale_cannot_be_taken_back(play: Callable[[str], None], stand: Stand) -> None:
    play("""
        sell a 13800138000 50     -> waits
        carrier does a            -> 00
        days 1
        cancel a                  -> 22
        reverse a                 -> 22
        confirm a                 -> 00
        balance                   -> 951.00
        settle 50 1               -> balanced
    """)
    assert [row["state"] for row in stand.rows(tables.reversal)] == ["refused"]


def test_a_terminal_that_counts_wrong(play: Callable[[str], None], stand: Stand) -> None:
    play("""
        sell a 13800138000 50     -> waits
        carrier does a            -> 00
        settle 40 1               -> not balanced
        end                       -> 00
        sign_in                   -> 000002
        settle 0 0                -> balanced
    """)
    assert [(row["terminal"], row["kind"]) for row in stand.rows(tables.difference)] == [(TERMINAL, "host_only")]
