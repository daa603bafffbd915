"""Faults planted into the engine; FAULTS lists them all."""

from tests.proof.planted import ending, sending, taking_in
from tests.proof.planted.table import FAULTS, MOST_SEEDS, Fault

__all__ = ["FAULTS", "MOST_SEEDS", "Fault", "ending", "sending", "taking_in"]
