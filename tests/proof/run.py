"""Runs many seeds of the simulation and prints what came of them: python -m tests.proof.run --seeds 10000 --from 0."""

# ruff: noqa: T201  a person reads what it prints

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from tests.proof.planted import FAULTS, Fault
from tests.proof.quiet import quiet
from tests.proof.simulated.simulation import Result, simulate

_CHUNK = 25
_EVERY_SECONDS = 10.0


def main() -> int:
    """0 when every seed was clean (or every fault was found)."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.run", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--faults", action="store_true", help="plant each fault of the table and say which seed finds it")
    given = parser.parse_args()
    with quiet():
        return _faults(given.first, given.seeds) if given.faults else _clean(given.first, given.seeds, given.processes)


def _clean(first: int, seeds: int, processes: int) -> int:
    tally = Tally(seeds)
    for result in _results(range(first, first + seeds), processes):
        tally.take(result)
    print(tally.report())
    return 1 if tally.broken else 0


def _results(seeds: Iterable[int], processes: int) -> Iterator[Result]:
    if processes == 1:
        yield from map(simulate, seeds)
        return
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        yield from pool.imap_unordered(simulate, seeds, _CHUNK)


class Tally:
    """Counts results, and says from time to time how far it is."""

    def __init__(self, seeds: int) -> None:
        self._seeds, self._started = seeds, time.monotonic()
        self._said = self._started
        self.done = self.orders = self.events = 0
        self.states: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.broken: list[Result] = []

    def take(self, result: Result) -> None:
        """One more."""
        self.done += 1
        self.orders += result.orders
        self.events += result.events
        self.states += result.states
        self.faults += result.faults
        if result.breach is not None:
            self.broken.append(result)
            print(f"seed {result.seed}: {result.breach}\n  again: KONGCHONG_SEED={result.seed} pytest tests/proof/test_simulation.py")
        if time.monotonic() - self._said > _EVERY_SECONDS:
            self._said = time.monotonic()
            print(f"{self.done}/{self._seeds} seeds, {len(self.broken)} broken, {self._seconds():.0f} s", file=sys.stderr, flush=True)

    def report(self) -> str:
        """All figures."""
        seconds = self._seconds()
        return "\n".join((
            f"{self.done} seeds, {len(self.broken)} broken; {self.orders} orders, {self.events} events; {seconds:.0f} s",
            "ended as " + ", ".join(f"{state} {number}" for state, number in self.states.most_common()),
            "met " + ", ".join(f"{name} {number}" for name, number in self.faults.most_common()),
        ))  # fmt: skip

    def _seconds(self) -> float:
        return time.monotonic() - self._started


def _faults(first: int, most: int) -> int:
    missed = 0
    for fault in FAULTS:
        started = time.monotonic()
        result = found_by(fault, range(first, first + most))
        missed += result is None
        where = "NOT FOUND" if result is None else f"seed {result.seed:4}"
        why = "" if result is None else str(result.breach).splitlines()[0][:110]
        print(f"{fault.name:30} {where:10} {time.monotonic() - started:6.1f} s  {why}", flush=True)
    print(f"{len(FAULTS)} faults planted, {missed} not found")
    return 1 if missed else 0


def found_by(fault: Fault, seeds: Iterable[int]) -> Result | None:
    """The first seed that finds a planted fault."""
    with pytest.MonkeyPatch.context() as patch:
        fault.plant(patch)
        return next((result for result in map(simulate, seeds) if result.breach is not None), None)


if __name__ == "__main__":
    sys.exit(main())
