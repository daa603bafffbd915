"""A machine that does business at random beside a plain model of the money: none is made, none is lost, states move as allowed."""

from dataclasses import dataclass
from itertools import count
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from recharge.books.rollup import roll_up
from recharge.domain import requests as ask
from recharge.domain.errors import RefusalCode
from recharge.domain.orders import OrderState, may_move
from recharge.domain.outcomes import AnswerSource, AttemptAction, OutcomeState
from recharge.domain.replies import Reply
from recharge.engine.administration import SHELL
from tests.support.books import check_books, check_sums
from tests.support.province import Province
from tests.support.world import PASSWORD, World

PARTIES = ("A", "B", "D3")
AMOUNTS = st.sampled_from([1000, 3000, 5000, 10000, 4200])
# What each outcome does to an order on its way out: its state, and whether the money comes back.
ENDS = {OutcomeState.SUCCESS: "succeeded", OutcomeState.FAILED: "failed", OutcomeState.REVERSED: "reversed"}


def fresh_world(url: str) -> World:
    """The province without a single order, whatever the example before has left."""
    world = Province(url)
    world.office.endpoints.bind(SHELL, ask.EndpointKind.WEB_LOGIN, "shop-d3", "D3")
    world.office.credentials.set(SHELL, "D3", PASSWORD, temporary=False)
    return world


@dataclass
class Order:
    """What the model knows of one order."""

    party: str
    face: int
    price: int
    state: str = "held"
    attempt: int = 0
    reverse_attempt: int = 0
    tries: int = 0


class Business(RuleBasedStateMachine):
    """Points sell, carriers answer late, twice or not at all, money goes up and down the tree, people adjust and adjudicate."""

    url: ClassVar[str]
    """Of an empty database with the newest schema; each example starts from it anew."""

    def __init__(self) -> None:
        super().__init__()
        self.world = fresh_world(self.url)
        self.deposits = dict.fromkeys(PARTIES, 0)
        self.orders: dict[str, Order] = {}
        self.asked: dict[str, tuple[str, ask.Operation, Reply]] = {}
        self.transfers: dict[str, tuple[str, int]] = {}
        self.numbers = count(13800000000)

    @initialize()
    def open_for_business(self) -> None:
        for code in PARTIES:
            self.deposits[code] = self.world.balance(code)
        for code, amount in (("A", 20000), ("D3", 30000)):
            self.deposit(code, amount)

    @rule(code=st.sampled_from(PARTIES), amount=st.integers(1, 20000))
    def deposit(self, code: str, amount: int) -> None:
        evidence = f"bank {self.world.ids.next()}"
        for turn in range(2):
            reply = self.world.ask("SETTLE", ask.Deposit(code, amount, evidence), password=None)
            assert reply.done is (turn == 0)
        self.deposits[code] += amount

    @rule(code=st.sampled_from("AB"), amount=AMOUNTS, bill=st.booleans())
    def sell(self, code: str, amount: int, bill: bool) -> None:
        number = str(next(self.numbers))
        operation = ask.BillPayment(number, amount) if bill else ask.Recharge(number, amount)
        reference, price = self.world.new_reference(), amount - amount * 200 // 10000
        reply = self.world.ask(code, operation, reference=reference)
        assert reply.done is (self.deposits[code] >= price)
        self.asked[reference] = (code, operation, reply)
        if reply.order is not None:
            self.deposits[code] -= price
            self.orders[reply.order.order_number] = Order(code, amount, price)
            assert reply.balance_minor == self.deposits[code]

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def ask_again(self, data: st.DataObject) -> None:
        reference = data.draw(st.sampled_from(sorted(self.asked)))
        code, operation, first = self.asked[reference]
        again = self.world.ask(code, operation, reference=reference)
        assert again.repeated
        assert (again.order and again.order.order_number) == (first.order and first.order.order_number)
        if again.order is not None:
            assert again.order.state == self.orders[again.order.order_number].state

    def of_state(self, *states: str) -> list[str]:
        return [number for number, order in self.orders.items() if order.state in states]

    @precondition(lambda self: self.of_state("held"))
    @rule(data=st.data())
    def send(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.of_state("held")))
        order = self.orders[number]
        order.attempt, order.tries, order.state = self.world.send(self.reply_of(number)), order.tries + 1, "sending"

    @precondition(lambda self: self.of_state("sending", "unknown"))
    @rule(data=st.data(), outcome=st.sampled_from(OutcomeState), twice=st.booleans())
    def hear(self, data: st.DataObject, outcome: OutcomeState, twice: bool) -> None:
        order = self.orders[data.draw(st.sampled_from(self.of_state("sending", "unknown")))]
        evidence = self.world.evidence(order.attempt, outcome, AnswerSource.QUERY)
        self.world.finisher.finish([evidence] * (1 + twice))
        self.end(order, outcome)

    def end(self, order: Order, outcome: OutcomeState) -> None:
        """The model's own outcome laws."""
        if outcome in ENDS:
            order.state = ENDS[outcome]
        elif outcome is OutcomeState.NOT_SENT:
            order.state = "failed" if order.tries >= 3 else "held"
        elif outcome is not OutcomeState.ACCEPTED:
            order.state = "unknown"
        if order.state in {"failed", "reversed"}:
            self.deposits[order.party] += order.price

    @precondition(lambda self: self.of_state("succeeded", "failed", "reversed"))
    @rule(
        data=st.data(), outcome=st.sampled_from([OutcomeState.UNKNOWN, OutcomeState.FAILED, OutcomeState.ACCEPTED, OutcomeState.NOT_FOUND])
    )
    def hear_late(self, data: st.DataObject, outcome: OutcomeState) -> None:
        order = self.orders[data.draw(st.sampled_from(self.of_state("succeeded", "failed", "reversed")))]
        self.world.hear(order.attempt, outcome, AnswerSource.CALLBACK)

    @precondition(lambda self: self.of_state("succeeded"))
    @rule(data=st.data())
    def ask_back(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.of_state("succeeded")))
        order = self.orders[number]
        assert self.world.ask(order.party, ask.Reverse(number)).done
        order.state, order.reverse_attempt = "reversing", self.world.send(self.reply_of(number), AttemptAction.REVERSE)

    @precondition(lambda self: self.of_state("reversing"))
    @rule(data=st.data(), outcome=st.sampled_from([OutcomeState.SUCCESS, OutcomeState.REVERSED, OutcomeState.FAILED, OutcomeState.UNKNOWN]))
    def hear_back(self, data: st.DataObject, outcome: OutcomeState) -> None:
        # Each refused reversal is told, and told apart by its moment.
        self.world.clock.pass_time(milliseconds=1)
        order = self.orders[data.draw(st.sampled_from(self.of_state("reversing")))]
        self.world.hear(order.reverse_attempt, outcome, AnswerSource.QUERY)
        if outcome in {OutcomeState.SUCCESS, OutcomeState.REVERSED}:
            order.state = "reversed"
            self.deposits[order.party] += order.price
        elif outcome is OutcomeState.FAILED:
            order.state = "succeeded"

    @precondition(lambda self: self.of_state("unknown"))
    @rule(data=st.data(), succeeded=st.booleans())
    def adjudicate(self, data: st.DataObject, succeeded: bool) -> None:
        number = data.draw(st.sampled_from(self.of_state("unknown")))
        made = self.world.ask("OPS1", ask.ProposeAdjudication(number, succeeded, "the carrier's screen"))
        assert self.world.ask("FIN1", ask.DecideCase(made.case_number, approve=True)).done
        self.end(self.orders[number], OutcomeState.SUCCESS if succeeded else OutcomeState.FAILED)

    @rule(code=st.sampled_from(PARTIES), amount=st.integers(-8000, 8000).filter(bool), approve=st.booleans())
    def adjust(self, code: str, amount: int, approve: bool) -> None:
        case = self.world.ask("FIN1", ask.ProposeAdjustment(code, amount, "bank fee")).case_number
        same = self.world.ask("FIN1", ask.DecideCase(case, approve))
        assert same.refusal is not None
        assert same.refusal.code is RefusalCode.SAME_PERSON
        payable = self.deposits[code] + amount >= 0
        assert self.world.ask("FIN2", ask.DecideCase(case, approve)).done is (payable or not approve)
        if approve and payable:
            self.deposits[code] += amount

    @rule(to=st.sampled_from("AB"), amount=st.integers(1, 20000))
    def give(self, to: str, amount: int) -> None:
        reply = self.world.ask("D3", ask.Transfer(to, amount))
        assert reply.done is (self.deposits["D3"] >= amount)
        if reply.order is not None:
            self.deposits["D3"] -= amount
            self.deposits[to] += amount
            self.transfers[reply.order.order_number] = (to, amount)

    @precondition(lambda self: self.transfers)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.transfers)))
        receiver, amount = self.transfers[number]
        reply = self.world.ask("D3", ask.ReverseTransfer(number))
        assert reply.done is (self.deposits[receiver] >= amount)
        if reply.done:
            del self.transfers[number]
            self.deposits[receiver] -= amount
            self.deposits["D3"] += amount

    @rule()
    def move_commission(self) -> None:
        roll_up(self.world.database)
        before = self.world.ask("D3", ask.Balance()).commission_minor
        assert before is not None
        reply = self.world.ask("D3", ask.CommissionToDeposit())
        assert reply.done is (before > 0)
        self.deposits["D3"] += max(before, 0)

    @rule(minutes=st.integers(1, 300))
    def pass_time(self, minutes: int) -> None:
        """Within one business day, so that what was sold can be taken back; a minute is more than links are tried for."""
        if self.world.clock.now().hour * 60 + minutes < 15 * 60 and not self.of_state("sending", "unknown", "held"):
            self.world.clock.pass_time(minutes=minutes)

    def reply_of(self, number: str) -> Reply:
        """The order as its owner sees it."""
        return self.world.ask(self.orders[number].party, ask.OrderEnquiry(number), password=None)

    @invariant()
    def every_deposit_is_what_the_model_says(self) -> None:
        assert {code: self.world.balance(code) for code in PARTIES} == self.deposits

    @invariant()
    def every_order_stands_where_the_model_says(self) -> None:
        stored = {str(number): state for number, state in self.world.rows("SELECT id, state FROM orders WHERE number <> ''")}
        assert {number: stored[number] for number in self.orders} == {number: order.state for number, order in self.orders.items()}

    @invariant()
    def no_money_is_made_or_lost(self) -> None:
        check_sums(self.world)

    def teardown(self) -> None:
        """The whole verifier, once an example: it looks at every order's life."""
        try:
            check_books(self.world)
        finally:
            self.world.close()


def run(url: str, examples: int, steps: int) -> None:
    """The machine on one database, which each example finds with nothing but the province in it."""
    machine = type("BusinessHere", (Business,), {"url": url})
    how = settings(max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=how)


def test_business_at_random(clean_sqlite_url: str) -> None:
    run(clean_sqlite_url, examples=25, steps=40)


@pytest.mark.mariadb
def test_business_at_random_on_mariadb(clean_mariadb_url: str) -> None:
    run(clean_mariadb_url, examples=4, steps=25)


def test_the_model_knows_no_move_that_the_rules_forbid() -> None:
    # An accepted order that is in doubt stays so; a reversal as the first thing heard is two moves at once.
    for before in ("sending", "unknown"):
        for outcome in OutcomeState:
            order = Order("A", 5000, 4900, before, tries=1)
            machine = Business.__new__(Business)
            machine.deposits = {"A": 0}
            Business.end(machine, order, outcome)
            reachable = order.state == before or may_move(OrderState(before), OrderState(order.state)) or order.state == "reversed"
            assert reachable, (before, outcome)
