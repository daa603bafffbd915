"""Fixtures: a farm inside this process, in a folder of its own, with waits short enough for a test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from simulators.modem_farm import generate
from simulators.modem_farm.testing import FarmThread, inside
from tests.simulators.modem_farm.hands import Hands
from tests.simulators.modem_farm.terminal import Terminal

QUICK = {
    "ussd_seconds": 0.01, "sms_seconds": 0.01, "submit_seconds": 0.005, "boot_seconds": 0.1, "register_seconds": 0.02,
    "late_seconds": 0.3, "jitter": 0.0,
}  # fmt: skip

Make = Callable[..., Hands]


def quick(slots: int = 2, *operators: str, **changes: Any) -> dict[str, Any]:
    """A small farm's configuration: an inbox and dealers' chips. `changes` go to the settings."""
    told = generate.farm(slots, *(operators or ("mkios",)))
    told["settings"] = QUICK | changes
    return told


@pytest.fixture
def make_farm(tmp_path: Path) -> Iterator[Make]:
    """Makes farms that are closed when the test is over."""
    with ExitStack() as stack:

        def make(told: dict[str, Any] | None = None, seed: int = 1) -> Hands:
            thread: FarmThread = stack.enter_context(inside(told or quick(), tmp_path / "by-path", seed, tmp_path / "operators.sqlite"))
            hands = Hands(thread)
            stack.callback(hands.put_down)
            return hands

        yield make


@pytest.fixture
def hands(make_farm: Make) -> Hands:
    """A farm of an inbox and one dealer's chip in a generic modem."""
    told = quick()
    for slot in told["slots"]:
        slot["model"] = "generic"
    return make_farm(told)


@pytest.fixture
def terminal(hands: Hands) -> Terminal:
    """The dealer's modem, ready."""
    return hands.terminal(1).ready()
