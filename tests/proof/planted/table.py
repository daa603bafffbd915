"""The table of planted faults: mistakes a careless change could make in the engine, each of which the simulation has to find."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


@dataclass(frozen=True)
class Fault:
    """One mistake, in a sentence. `begin` is the seed the everyday suite begins with: a little before the first that finds it."""

    name: str
    sentence: str
    begin: int
    plant: Plant


FAULTS: list[Fault] = []
MOST_SEEDS = 60
"""A planted fault must be found within so many seeds."""


def fault(sentence: str, begin: int = 0) -> Callable[[Plant], Plant]:
    """Put a planted fault into the table."""

    def listed(plant: Plant) -> Plant:
        FAULTS.append(Fault(plant.__name__, sentence, begin, plant))
        return plant

    return listed
