"""Seeds of the simulated world: each must be clean, and the same seed must be the same world every time."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.proof.planted import FAULTS, MOST_SEEDS, Fault
from tests.proof.quiet import quiet
from tests.proof.run import found_by
from tests.proof.simulated.simulation import memory, simulate
from tests.support.source import ROOT

EVERYDAY, CHUNK = 200, 25
REPLAYED = os.environ.get("KONGCHONG_SEED")
FIRST_SEEDS = [int(REPLAYED)] if REPLAYED else list(range(0, EVERYDAY, CHUNK))


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """The engine's log of a world that goes wrong on purpose says nothing."""
    with quiet():
        yield


@pytest.mark.parametrize("first", FIRST_SEEDS)
def test_every_seed_is_clean(first: int) -> None:
    for seed in range(first, first + (1 if REPLAYED else CHUNK)):
        result = simulate(seed)
        assert result.breach is None, f"KONGCHONG_SEED={seed}: {result.breach}"
        assert result.orders > 0 or result.events > 0


@pytest.mark.slow
@pytest.mark.skipif("KONGCHONG_SEEDS" not in os.environ, reason="as many seeds as KONGCHONG_SEEDS says; 10,000 take some twenty minutes")
@pytest.mark.timeout(7200)
def test_ten_thousand_seeds_are_clean() -> None:
    command = [sys.executable, "-m", "tests.proof.run", "--seeds", os.environ["KONGCHONG_SEEDS"]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.parametrize("planted", FAULTS, ids=lambda planted: planted.name)
def test_each_planted_fault_is_found(planted: Fault) -> None:
    found = found_by(planted, range(planted.begin, planted.begin + MOST_SEEDS))
    assert found is not None, f"{planted.sentence}: no seed of {planted.begin} to {planted.begin + MOST_SEEDS} shows it"


def test_there_are_enough_planted_faults() -> None:
    assert len(FAULTS) >= 20
    assert len({planted.name for planted in FAULTS}) == len(FAULTS)


def test_the_document_lists_every_planted_fault() -> None:
    table = re.findall(r"(?m)^\| (\w+) \| (.+?) \| \d+ \|$", (ROOT / "docs" / "proofs.md").read_text(encoding="utf-8"))
    assert table == [(planted.name, planted.sentence) for planted in FAULTS]


def test_the_same_seed_is_the_same_world_in_any_process() -> None:
    """Also where strings hash differently: no decision may hang on the order of a set."""
    program = "from tests.proof.test_simulation import digest; print(digest(7))"
    found = set()
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        found.add(run.stdout.strip())
    assert len(found) == 1, found
    assert found == {digest(7)}


def digest(seed: int) -> str:
    """Everything that was done in a run, in one line."""
    with quiet():
        result = simulate(seed)
    books = memory()
    with books.read() as connection:
        answers = books.rows(connection, "SELECT id, attempt_id, at, source, state FROM answer ORDER BY id")
        orders = books.rows(connection, "SELECT id, state, ended_at, delivered_minor FROM orders ORDER BY id")
    return repr((result.events, sorted(result.states.items()), [tuple(row) for row in answers], [tuple(row) for row in orders]))
