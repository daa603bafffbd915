"""The carrier's clock: China's time, its days, and being wrong on purpose."""

import pytest

from simulators.carrier.clock import CarrierClock, day_of
from tests.simulators.carrier.conftest import EVENING, Hand


def test_times_are_chinas() -> None:
    assert CarrierClock(Hand()).local().isoformat() == "2026-11-21T20:40:00+08:00"


@pytest.mark.parametrize(
    ("offset", "local"),
    [
        (-600, "2026-11-21T20:30:00+08:00"),
        (3 * 3600 + 1199, "2026-11-21T23:59:59+08:00"),
        (3 * 3600 + 1200, "2026-11-22T00:00:00+08:00"),
        (86_400 * 40, "2026-12-31T20:40:00+08:00"),
    ],
)
def test_an_offset_moves_the_carriers_time(offset: float, local: str) -> None:
    clock = CarrierClock(Hand())
    clock.offset_seconds = offset
    assert clock.local().isoformat() == local
    assert day_of(clock.local()) == local[:10].replace("-", "")


def test_an_offset_leaves_delays_alone() -> None:
    clock = CarrierClock(Hand())
    clock.offset_seconds = 5000.0
    assert clock.machine_seconds() == EVENING
    assert clock.seconds() == EVENING + 5000.0


def test_parts_of_a_second_are_not_told() -> None:
    assert CarrierClock(Hand(EVENING + 0.999)).local().microsecond == 0
