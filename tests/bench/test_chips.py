"""The chips' benchmark measures real work: every order it counts was credited by the simulated operator."""

import asyncio
from pathlib import Path

import pytest

from bench import chips


def test_it_measures_chips_that_sell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chips, "CHIPS", 2)
    monkeypatch.setattr(chips, "SECONDS", 0.5)
    monkeypatch.setattr(chips, "GAP_SECONDS", 0)
    with chips.farm(tmp_path) as links:
        results = asyncio.run(chips.measure(links))
    found = {result.unit: result.value for result in results}
    assert set(found) == {"seconds", "% of a core", "orders/s"}
    assert all(value > 0 for value in found.values())
