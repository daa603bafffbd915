"""Several ways out together: by price and priority, at most three tries, never two at once; and what a supplier called an order."""

from collections.abc import Iterator

import pytest

from recharge.domain import requests as ask
from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import OutcomeState
from recharge.engine.administration import SHELL, Route
from recharge.suppliers.contract import Stock
from tests.recharge.dispatch.driver import Dispatcher, ScriptedLink
from tests.support.province import Province
from tests.support.world import World

S = OutcomeState
PRICES = {"PARTNER": 9700, "CHEAP": 9500, "LAST": 9600}


@pytest.fixture
def world(clean_sqlite_url: str) -> Iterator[World]:
    made = Province(clean_sqlite_url)
    made.deposit("A", "1000.00")
    yield made
    made.close()


class Ways:
    """Three more links beside the province's own, each with a price; what each says is written down for it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.links = {"CARRIER": ScriptedLink(world)}
        ids = {"CARRIER": world.link_id}
        for code, cost in PRICES.items():
            ids[code] = world.office.links.register(SHELL, code, code, "carrier_platform", {})
            world.office.links.add_route(SHELL, code, Route("CMCC", OrderKind.RECHARGE, cost))
            self.links[code] = ScriptedLink(world)
        self.dispatcher = Dispatcher(world, {ids[code]: link for code, link in self.links.items()})

    def says(self, state: OutcomeState) -> None:
        """All links say this once, or more often."""
        for link in self.links.values():
            link.says.extend([state] * 4)

    def run(self) -> None:
        """Step until nothing is done any more."""
        for _ in range(8):
            self.dispatcher.step()
            self.world.clock.pass_time(seconds=1)

    def asked(self) -> list[str]:
        """Which links were asked to sell, in the order of the attempts."""
        rows = self.world.rows("SELECT l.code FROM attempt a JOIN link l ON l.id = a.link_id ORDER BY a.id")
        return [code for (code,) in rows]

    def open_attempts(self) -> int:
        """Attempts whose end is not known."""
        return int(self.world.one("SELECT COUNT(*) FROM attempt WHERE state IN ('sending', 'accepted', 'unknown')"))


@pytest.fixture
def ways(world: World) -> Ways:
    return Ways(world)


def test_the_cheapest_of_a_priority_is_first_and_what_was_not_sent_goes_to_the_next(world: World, ways: Ways) -> None:
    for code in ("CHEAP", "CARRIER"):
        ways.links[code].says.append(S.NOT_SENT)
    reply = world.recharge("A")
    ways.run()
    assert ways.asked()[0] == "CHEAP"
    assert len(set(ways.asked())) == len(ways.asked())
    assert world.state(reply) == "succeeded"


def test_three_tries_are_all_there_are(world: World, ways: Ways) -> None:
    ways.says(S.NOT_SENT)
    reply = world.recharge("A")
    ways.run()
    assert (len(ways.asked()), world.state(reply)) == (3, "failed")
    assert len(set(ways.asked())) == 3
    assert world.balance("A") == 100_000


@pytest.mark.parametrize("state", [S.UNKNOWN, S.ACCEPTED])
def test_an_order_that_may_be_under_way_goes_nowhere_else(world: World, ways: Ways, state: OutcomeState) -> None:
    ways.says(state)
    reply = world.recharge("A")
    ways.run()
    assert (ways.asked(), ways.open_attempts()) == (["CHEAP"], 1)
    assert world.state(reply) in {"unknown", "sending"}


def test_a_refused_customer_is_not_offered_elsewhere(world: World, ways: Ways) -> None:
    ways.says(S.FAILED)
    reply = world.recharge("A")
    ways.run()
    assert (ways.asked(), world.state(reply)) == (["CHEAP"], "failed")


def test_a_link_without_stock_is_passed_over(world: World, ways: Ways) -> None:
    ways.links["CHEAP"].stock = Stock(4000, 0, world.clock.now())
    ways.dispatcher.carry_out(ways.dispatcher.core.look_after_links())
    world.recharge("A")
    ways.run()
    assert ways.asked()[0] in {"LAST", "CARRIER"}


def test_a_closed_and_a_paused_link_are_passed_over(world: World, ways: Ways) -> None:
    world.office.links.pause(SHELL, "CHEAP")
    world.recharge("A")
    ways.run()
    assert ways.asked()[0] in {"LAST", "CARRIER"}


def test_a_link_whose_breaker_is_open_is_passed_over(world: World, ways: Ways) -> None:
    ways.links["CHEAP"].says.extend([S.UNKNOWN] * 3)
    for mark in range(3):
        world.recharge("A", number=f"1380013800{mark}")
        ways.dispatcher.step()
    assert ways.asked() == ["CHEAP"] * 3
    world.recharge("A", number="13800138009")
    ways.dispatcher.step()
    assert ways.asked()[-1] != "CHEAP"


def test_a_question_carries_what_the_supplier_called_the_order(world: World, ways: Ways) -> None:
    cheap = ways.links["CHEAP"]
    cheap.says.append({"state": S.ACCEPTED, "supplier_reference": "T-77"})
    world.recharge("A")
    ways.dispatcher.step()
    world.clock.pass_time(seconds=10)
    ways.dispatcher.step()
    assert [(method, order.supplier_reference) for method, order in cheap.asked] == [("submit", ""), ("query", "T-77")]


def test_a_reversal_carries_what_the_supplier_called_the_original_also_the_second_time(world: World, ways: Ways) -> None:
    cheap = ways.links["CHEAP"]
    cheap.says.append({"state": S.SUCCESS, "supplier_reference": "T-77"})
    sold = world.recharge("A")
    ways.dispatcher.step()
    assert sold.order is not None
    cheap.says.extend([{"state": S.NOT_SENT, "supplier_reference": "another"}, S.SUCCESS])
    world.ask("A", ask.Reverse(order_number=sold.order.order_number))
    ways.dispatcher.step()
    world.clock.pass_time(minutes=5)
    ways.dispatcher.step()
    reversals = [order for method, order in cheap.asked if method == "reverse"]
    assert [order.supplier_reference for order in reversals] == ["T-77", "T-77"]
    assert len({order.reference for order in reversals}) == 2
    assert {order.original_reference for order in reversals} == {cheap.asked[0][1].reference}


def test_no_link_is_asked_for_two_orders_more_than_it_may_carry(world: World, ways: Ways) -> None:
    ways.says(S.UNKNOWN)
    for number in range(4):
        world.recharge("A", "10.00", number=f"1380013800{number}")
    ways.dispatcher.step()
    assert len(ways.asked()) == 4
    assert ways.open_attempts() == 4
