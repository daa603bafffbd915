"""Which link an order goes out on, and the reason beside every other one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from recharge.domain.breaker import Breaker, BreakerState
from recharge.domain.orders import OrderKind
from recharge.domain.routing import Candidate, LinkState, Need, Reason, Route, choose, soon, taken

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
MOBILE, UNICOM = 1, 2
NEED = Need(MOBILE, "北京", OrderKind.RECHARGE, 5000)


def link(number: int, **facts: Any) -> LinkState:
    usual: dict[str, Any] = {
        "link_id": number,
        "code": f"L{number}",
        "running": True,
        "paused": False,
        "most_in_flight": 10,
        "reserve_minor": 0,
        "breaker": Breaker(),
        "stock_minor": None,
        "in_flight": 0,
        "in_flight_minor": 0,
    }
    return LinkState(**(usual | facts))


def route(number: int, **facts: Any) -> Route:
    usual: dict[str, Any] = {
        "link_id": number,
        "carrier_id": MOBILE,
        "province": "",
        "kind": OrderKind.RECHARGE,
        "cost_bp": 9600,
        "priority": 10,
    }
    return Route(**(usual | facts))


def chosen(*links: LinkState, routes: list[Route] | None = None, need: Need = NEED, local_time: str = "12:00") -> list[Candidate]:
    return choose(need, links, routes or [route(one.link_id) for one in links], NOW, local_time)


def reason_for(one: LinkState, *routes: Route, need: Need = NEED, local_time: str = "12:00") -> Reason:
    return chosen(one, routes=list(routes) or None, need=need, local_time=local_time)[0].reason


def test_one_link_that_can_is_taken() -> None:
    candidates = chosen(link(1))
    assert taken(candidates) == candidates[0]
    assert (candidates[0].reason, candidates[0].cost_minor) == (Reason.TAKEN, 4800)


def test_nothing_is_taken_where_nothing_is() -> None:
    assert chosen() == []
    assert taken([]) is None


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"running": False}, Reason.NOT_RUNNING),
        ({"paused": True}, Reason.PAUSED),
        ({"breaker": Breaker(BreakerState.OPEN)}, Reason.BREAKER_OPEN),
        ({"breaker": Breaker(BreakerState.HALF_OPEN)}, Reason.TAKEN),
        ({"breaker": Breaker(BreakerState.HALF_OPEN, probe_at=NOW + timedelta(seconds=1))}, Reason.ON_TRIAL),
        ({"breaker": Breaker(BreakerState.HALF_OPEN, probe_at=NOW)}, Reason.TAKEN),
        ({"stock_minor": 4799}, Reason.NO_STOCK),
        ({"stock_minor": 4800}, Reason.TAKEN),
        ({"stock_minor": 4800, "reserve_minor": 1}, Reason.NO_STOCK),
        ({"stock_minor": 9599, "in_flight_minor": 4800}, Reason.NO_STOCK),
        ({"stock_minor": 0}, Reason.NO_STOCK),
        ({"stock_minor": None, "reserve_minor": 100}, Reason.TAKEN),
        ({"in_flight": 9}, Reason.TAKEN),
        ({"in_flight": 10}, Reason.BUSY),
    ],
)
def test_why_a_link_cannot_be_taken(facts: dict[str, Any], reason: Reason) -> None:
    assert reason_for(link(1, **facts)) is reason


@pytest.mark.parametrize("facts", [{"carrier_id": UNICOM}, {"kind": OrderKind.BILL_PAYMENT}, {"province": "上海"}, {"link_id": 2}])
def test_a_route_must_fit_carrier_kind_and_province(facts: dict[str, Any]) -> None:
    assert reason_for(link(1), replace(route(1), **facts)) is Reason.NO_ROUTE


def test_the_provinces_own_route_beats_the_one_for_everywhere() -> None:
    everywhere, here = route(1, cost_bp=9000), route(1, province="北京", cost_bp=9900, priority=99)
    candidate = chosen(link(1), routes=[everywhere, here])[0]
    assert (candidate.cost_minor, candidate.priority) == (4950, 99)


@pytest.mark.parametrize(
    ("opens", "closes", "local_time", "is_open"),
    [
        ("00:00", "24:00", "00:00", True),
        ("00:00", "24:00", "23:59", True),
        ("08:00", "22:00", "07:59", False),
        ("08:00", "22:00", "08:00", True),
        ("08:00", "22:00", "22:00", False),
        ("22:00", "06:00", "23:00", True),
        ("22:00", "06:00", "05:59", True),
        ("22:00", "06:00", "06:00", False),
        ("22:00", "06:00", "12:00", False),
    ],
)
def test_hours_may_reach_over_midnight(opens: str, closes: str, local_time: str, is_open: bool) -> None:
    found = reason_for(link(1), route(1, opens=opens, closes=closes), local_time=local_time)
    assert found is (Reason.TAKEN if is_open else Reason.CLOSED)


def order_of(*links: LinkState, **how: Any) -> list[int]:
    return [candidate.link_id for candidate in chosen(*links, **how) if candidate.reason in {Reason.TAKEN, Reason.NEXT}]


def test_priority_comes_before_cost() -> None:
    routes = [route(1, priority=2, cost_bp=9000), route(2, priority=1, cost_bp=9900)]
    assert order_of(link(1), link(2), routes=routes) == [2, 1]


def test_the_cheaper_of_equal_priority() -> None:
    assert order_of(link(1), link(2), routes=[route(1, cost_bp=9700), route(2, cost_bp=9600)]) == [2, 1]


def test_a_link_with_a_poor_window_comes_after_a_dearer_good_one() -> None:
    poor = Breaker(window="x." * 10)
    assert order_of(link(1, breaker=poor), link(2), routes=[route(1, cost_bp=9000), route(2, cost_bp=9900)]) == [2, 1]


def test_of_equals_the_one_that_succeeds_more_often() -> None:
    worse, better = Breaker(window="." * 18 + "xx"), Breaker(window="." * 20)
    assert order_of(link(1, breaker=worse), link(2, breaker=better)) == [2, 1]


def test_a_link_tried_before_comes_last_and_not_at_once() -> None:
    tried = replace(NEED, tried={1: NOW - timedelta(seconds=3)})
    assert order_of(link(1), link(2), routes=[route(1, priority=1), route(2, priority=9)], need=tried) == [2, 1]
    assert order_of(link(1), need=tried) == [1]
    assert reason_for(link(1), need=replace(NEED, tried={1: NOW - timedelta(seconds=1)})) is Reason.JUST_TRIED


def test_reasons_that_pass_are_told_from_those_that_stay() -> None:
    assert soon(chosen(link(1, in_flight=10), link(2, paused=True)))
    assert not soon(chosen(link(1, paused=True), link(2, stock_minor=0)))


def test_what_is_kept_with_an_attempt_can_be_read_by_a_person() -> None:
    facts = chosen(link(1), link(2, paused=True))[1].facts()
    assert facts == {"link_id": 2, "link": "L2", "reason": "paused", "cost_minor": 4800, "priority": 10, "success_percent": 100}


LINKS = some.lists(
    some.builds(
        link,
        some.integers(1, 9),
        paused=some.booleans(),
        running=some.booleans(),
        in_flight=some.integers(0, 12),
        stock_minor=some.none() | some.integers(0, 10_000),
        breaker=some.builds(Breaker, some.sampled_from(BreakerState), window=some.text(alphabet=".x?", max_size=20)),
    ),
    unique_by=lambda one: one.link_id,
)


@given(LINKS)
def test_every_link_is_told_of_once_and_at_most_one_is_taken(links: list[LinkState]) -> None:
    candidates = chosen(*links)
    assert sorted(one.link_id for one in candidates) == sorted(one.link_id for one in links)
    reasons = [one.reason for one in candidates]
    assert reasons.count(Reason.TAKEN) == (1 if taken(candidates) else 0)
    assert Reason.TAKEN not in reasons[1:]
    assert Reason.NEXT not in reasons or reasons[0] is Reason.TAKEN


@given(LINKS)
def test_no_stopped_link_is_ever_taken(links: list[LinkState]) -> None:
    best = taken(chosen(*links))
    if best is not None:
        one = next(one for one in links if one.link_id == best.link_id)
        assert one.running
        assert not one.paused
        assert one.breaker.state is not BreakerState.OPEN
        assert one.in_flight < one.most_in_flight
        assert one.stock_minor is None or one.stock_minor >= best.cost_minor


@given(LINKS, some.randoms(use_true_random=False))
def test_the_order_links_are_read_in_does_not_matter(links: list[LinkState], chance: Any) -> None:
    shuffled = list(links)
    chance.shuffle(shuffled)
    assert taken(chosen(*links)) == taken(chosen(*shuffled))


@pytest.mark.parametrize("reason", [Reason.RESTING, Reason.OVER_PACE, Reason.NUMBER_OPEN, Reason.HELD_BACK, Reason.CLOSED])
def test_a_link_may_have_something_against_an_order_itself(reason: Reason) -> None:
    need = replace(NEED, objections={1: reason})
    candidates = choose(need, [link(1), link(2)], [route(1), route(2)], NOW, "12:00")
    assert [(one.link_id, one.reason) for one in candidates] == [(2, Reason.TAKEN), (1, reason)]
    assert soon(candidates[1:]) == (reason is Reason.RESTING)


def test_what_is_known_of_a_link_comes_before_what_it_says() -> None:
    need = replace(NEED, objections={1: Reason.RESTING})
    assert choose(need, [link(1, paused=True)], [route(1)], NOW, "12:00")[0].reason is Reason.PAUSED
