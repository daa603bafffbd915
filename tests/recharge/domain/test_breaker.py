"""The breaker: opens on the link's own faults, half open after a good probe, closed after one good order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from recharge.domain.breaker import (
    KEPT,
    Breaker,
    BreakerState,
    after_outcomes,
    after_probe,
    on_trial,
    probe_due,
    sign_of,
    trial_taken,
)
from recharge.domain.outcomes import OutcomeState

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
CLOSED, OPEN, HALF_OPEN = BreakerState.CLOSED, BreakerState.OPEN, BreakerState.HALF_OPEN


def state_after(signs: str) -> BreakerState:
    return after_outcomes(Breaker(), signs, NOW).state


@pytest.mark.parametrize(
    ("outcome", "slow", "sign"),
    [
        (OutcomeState.SUCCESS, False, "."),
        (OutcomeState.SUCCESS, True, "x"),
        (OutcomeState.ACCEPTED, False, "."),
        (OutcomeState.FAILED, False, "."),
        (OutcomeState.REVERSED, False, "."),
        (OutcomeState.NOT_SENT, False, "x"),
        (OutcomeState.UNKNOWN, False, "?"),
        (OutcomeState.UNKNOWN, True, "?"),
    ],
)
def test_what_counts_against_a_link(outcome: OutcomeState, slow: bool, sign: str) -> None:
    assert sign_of(outcome, slow) == sign


@pytest.mark.parametrize(
    ("signs", "state"),
    [
        ("." * 50, CLOSED),
        ("xxxx", CLOSED),
        ("xxxxx", OPEN),
        ("x.x.x.x.x", OPEN),
        ("?.?.x.x.x", OPEN),
        ("??", CLOSED),
        ("???", OPEN),
        ("??.?", CLOSED),
        ("xxxx" + "." * 16 + "x", CLOSED),
        ("xxxx" + "." * 15 + "x", OPEN),
    ],
)
def test_five_faults_of_twenty_or_three_unknown_in_a_row_open_it(signs: str, state: BreakerState) -> None:
    assert state_after(signs) is state


def test_no_number_of_refused_customers_opens_it() -> None:
    assert state_after(sign_of(OutcomeState.FAILED) * 500) is CLOSED


def opened() -> Breaker:
    return after_outcomes(Breaker(), "xxxxx", NOW)


def test_an_open_one_asks_for_a_probe_after_five_seconds() -> None:
    breaker = opened()
    assert (breaker.opened_at, breaker.probe_at) == (NOW, NOW + timedelta(seconds=5))
    assert not probe_due(breaker, NOW + timedelta(seconds=4))
    assert probe_due(breaker, NOW + timedelta(seconds=5))
    assert not probe_due(Breaker(), NOW)


def test_probes_come_less_often_the_longer_it_is_open_but_at_least_each_minute() -> None:
    breaker, moment, waits = opened(), NOW, []
    for _ in range(12):
        assert breaker.probe_at is not None
        waits.append((breaker.probe_at - moment).total_seconds())
        moment = breaker.probe_at
        breaker = after_probe(breaker, False, moment)
        assert breaker.state is OPEN
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (5, 60)


def test_late_outcomes_do_not_move_an_open_one() -> None:
    breaker = after_outcomes(opened(), "....??", NOW + timedelta(seconds=1))
    assert (breaker.state, breaker.probe_at) == (OPEN, NOW + timedelta(seconds=5))
    assert breaker.window == "xxxxx....??"


def test_a_good_probe_lets_one_order_through() -> None:
    breaker = after_probe(opened(), True, NOW)
    assert breaker.state is HALF_OPEN
    assert not trial_taken(breaker, NOW)
    tried = on_trial(breaker, NOW + timedelta(seconds=90))
    assert trial_taken(tried, NOW + timedelta(seconds=89))
    assert not trial_taken(tried, NOW + timedelta(seconds=90))


def test_the_order_on_trial_decides() -> None:
    breaker = on_trial(after_probe(opened(), True, NOW), NOW + timedelta(seconds=90))
    good = after_outcomes(breaker, ".", NOW)
    assert (good.state, good.window, good.opened_at, good.probe_at) == (CLOSED, ".", None, None)
    later = NOW + timedelta(seconds=40)
    bad = after_outcomes(breaker, "?", later)
    assert (bad.state, bad.opened_at, bad.probe_at) == (OPEN, NOW, later + timedelta(seconds=20))


def test_a_probe_of_a_closed_one_changes_nothing() -> None:
    breaker = Breaker(window="..x")
    assert after_probe(breaker, True, NOW) == after_probe(breaker, False, NOW) == breaker


def test_an_open_one_without_a_probe_time_is_due() -> None:
    assert probe_due(replace(opened(), probe_at=None), NOW)


def test_the_success_rate_waits_for_ten_outcomes() -> None:
    assert Breaker(window="x" * 9).success_percent == 100
    assert Breaker(window="x" * 5 + "." * 5).success_percent == 50
    assert Breaker(window="." * 49 + "?").success_percent == 98


@given(some.text(alphabet=".x?", max_size=200))
def test_the_window_keeps_the_latest_fifty(signs: str) -> None:
    breaker = after_outcomes(Breaker(), signs, NOW)
    assert len(breaker.window) <= KEPT
    assert breaker.window == signs[-KEPT:]


@given(some.text(alphabet=".x?", max_size=60))
def test_it_opens_only_on_faults_and_says_when(signs: str) -> None:
    breaker = after_outcomes(Breaker(), signs, NOW)
    assert (breaker.state is OPEN) == (breaker.opened_at is not None)
    if set(signs) <= {"."}:
        assert breaker.state is CLOSED
