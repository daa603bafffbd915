"""Who offers terminals' batches is found by the channel's name, and sums are what they say."""

from importlib.metadata import EntryPoint

import pytest

from recharge import BatchTotals, batch_provider, terminal_batches


def test_a_provider_goes_by_its_channels_name(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = {
        ("kongchong.terminal_batches", "mine"): [EntryPoint("mine", "json:loads", "kongchong.terminal_batches")],
        ("kongchong.terminal_batches", "other"): [],
    }
    monkeypatch.setattr(terminal_batches, "entry_points", lambda group, name: groups[group, name])
    found = batch_provider("mine")
    assert found is not None
    assert found.__name__ == "loads"  # type: ignore[attr-defined]  # any callable will do here
    assert batch_provider("other") is None


def test_what_a_batch_comes_to() -> None:
    assert BatchTotals(8000, 2, 5000, 1).net_minor == 3000
    assert BatchTotals().net_minor == 0
