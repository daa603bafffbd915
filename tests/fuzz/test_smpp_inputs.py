"""The targets over their seeds, and over seeds broken by chance."""

import random

import pytest

from tests.fuzz.smpp_inputs import TARGETS
from tests.stk_sms.smpp.bodies import broken


@pytest.mark.parametrize("name", TARGETS)
def test_seeds(name: str) -> None:
    target, seeds = TARGETS[name]
    for octets in (*seeds, b"", b"\0", b"\xff" * 300):
        target(octets)


@pytest.mark.parametrize("name", TARGETS)
def test_broken_seeds(name: str, request: pytest.FixtureRequest) -> None:
    chance = random.Random(int(request.config.getoption("randomly_seed", default=1)))
    target, seeds = TARGETS[name]
    for _ in range(1000):
        target(broken(chance.choice(seeds), chance))
