"""Live settings: checked before they apply, and the choice of a behaviour for each request."""

import random

import pytest

from simulators.carrier.behaviour import BEHAVIOURS, WHOLE_PLATFORM
from simulators.carrier.clock import CarrierClock
from simulators.carrier.controls import Controls, UnknownSetting
from simulators.carrier.messages import OPERATIONS, Request
from tests.simulators.carrier.conftest import Hand
from tests.simulators.carrier.partner import SAMPLE, with_digits


@pytest.fixture
def clock() -> CarrierClock:
    return CarrierClock(Hand())


@pytest.fixture
def controls(clock: CarrierClock) -> Controls:
    return Controls(1, clock, default="ok", callback_url="http://127.0.0.1:1/x")


def chosen(controls: Controls, operation: str = "Recharge", number: str = SAMPLE) -> str:
    return controls.choose(Request(operation, "1", number, 5000)).name


def test_everything_is_normal_at_first(controls: Controls) -> None:
    assert {chosen(controls, operation) for operation in OPERATIONS} == {"ok"}


@pytest.mark.parametrize("operation", ["Recharge", "BillPayment"])
def test_the_last_digits_choose(controls: Controls, operation: str) -> None:
    assert chosen(controls, operation, with_digits("9002")) == "silent_done"


@pytest.mark.parametrize("operation", ["Query", "Reverse"])
def test_digits_concern_the_order_alone(controls: Controls, operation: str) -> None:
    assert chosen(controls, operation, with_digits("9002")) == "ok"


def test_digits_can_be_switched_off(controls: Controls) -> None:
    controls.change({"suffixes": False})
    assert chosen(controls, number=with_digits("9002")) == "ok"


def test_a_default_concerns_orders_and_reversals(controls: Controls) -> None:
    controls.change({"default": "silent_done"})
    assert {operation for operation in OPERATIONS if chosen(controls, operation) == "silent_done"} == {
        "Recharge",
        "BillPayment",
        "Reverse",
    }


@pytest.mark.parametrize("name", sorted(WHOLE_PLATFORM))
def test_a_default_for_the_whole_platform_concerns_everything(controls: Controls, name: str) -> None:
    controls.change({"default": name, "numbers": {SAMPLE: "ok"}})
    assert {chosen(controls, operation) for operation in OPERATIONS} == {name}


def test_a_number_goes_before_its_digits_and_the_default(controls: Controls) -> None:
    controls.change({"default": "slow", "numbers": {with_digits("9002"): "barred"}})
    assert chosen(controls, number=with_digits("9002")) == "barred"
    assert chosen(controls, number=with_digits("9003")) == "reset_done"
    assert chosen(controls) == "slow"


def test_an_operation_goes_before_everything(controls: Controls) -> None:
    controls.change({"default": "maintenance", "operations": {"Query": "silent_nothing", "Recharge": "ok"}})
    assert (chosen(controls, "Query"), chosen(controls), chosen(controls, "Balance")) == ("silent_nothing", "ok", "maintenance")


def test_an_empty_name_takes_an_entry_away(controls: Controls) -> None:
    controls.change({"operations": {"Query": "down"}, "numbers": {SAMPLE: "barred"}})
    controls.change({"operations": {"Query": ""}, "numbers": {SAMPLE: None}})
    assert controls.settings.operations == controls.settings.numbers == {}


@pytest.mark.parametrize(
    "wanted",
    [
        {"default": "cheerful"},
        {"default": None},
        {"default": 5},
        {"operations": {"Dance": "ok"}},
        {"operations": {"Query": "cheerful"}},
        {"operations": ["Query"]},
        {"numbers": "all"},
        {"numbers": {SAMPLE: "cheerful"}},
        {"durations": {"final": -1}},
        {"durations": {"final": "long"}},
        {"durations": {"final": float("inf")}},
        {"durations": {"unheard": 1}},
        {"durations": 5},
        {"callback_plan": "never"},
        {"callback_plan": [1, -1]},
        {"callback_plan": [1, "two"]},
        {"callback_url": "ftp://127.0.0.1/"},
        {"callback_url": 5},
        {"rate_limit": "many"},
        {"rate_limit": True},
        {"suffixes": 1},
        {"unheard_of": 1},
    ],
)
def test_a_wrong_setting_changes_nothing(controls: Controls, wanted: dict[str, object]) -> None:
    before = controls.as_mapping()
    with pytest.raises(UnknownSetting):
        controls.change({"clock_offset_seconds": 9, **wanted})
    assert controls.as_mapping() == before


def test_durations_are_merged(controls: Controls) -> None:
    controls.change({"durations": {"final": 60}})
    assert controls.settings.durations["final"] == 60
    assert controls.settings.durations["hidden"] == 10.0


def test_the_clock_follows_its_setting(controls: Controls, clock: CarrierClock) -> None:
    controls.change({"clock_offset_seconds": -400})
    assert clock.offset_seconds == -400.0
    controls.reset()
    assert clock.offset_seconds == 0.0


def test_a_reset_restores_the_command_line(controls: Controls) -> None:
    before = controls.as_mapping()
    controls.change({"default": "down", "callback_url": "", "rate_limit": 5, "numbers": {SAMPLE: "barred"}})
    controls.reset()
    assert controls.as_mapping() == before


def test_chance_is_seeded(clock: CarrierClock) -> None:
    drawn = [[Controls(seed, clock).latency_seconds() for _ in range(1)] for seed in (7, 7, 8)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_latency_is_lognormal_about_its_median(controls: Controls) -> None:
    seed = random.randrange(10**6)
    controls.chance.seed(seed)
    drawn = sorted(controls.latency_seconds() for _ in range(4000))
    assert 0.7 < drawn[2000] < 0.92, f"seed {seed}"
    assert 5.0 < drawn[3960] < 13.0, f"seed {seed}"
    assert drawn[-1] <= 48.0


def test_every_behaviour_can_be_the_default(controls: Controls) -> None:
    for name in BEHAVIOURS:
        controls.change({"default": name})
        assert chosen(controls) == name
