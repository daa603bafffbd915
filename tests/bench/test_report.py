"""What a benchmark leaves behind can be read by people and by programs."""

import json
from pathlib import Path

import pytest

from bench import _report
from bench._report import Result, against, quantile, write


def test_quantiles_are_milliseconds() -> None:
    took = [seconds / 1000 for seconds in range(1, 101)]
    assert quantile(took, 0.5) == 51.0
    assert quantile(took, 0.99) == 100.0
    assert quantile([0.002], 0.99) == 2.0


def test_a_ratio_is_value_by_peer() -> None:
    beside = against(Result("ours", 300.0, "orders/s"), Result("theirs", 40.0, "orders/s"))
    assert (beside.peer, beside.peer_value, beside.ratio) == ("theirs", 40.0, 7.5)


def test_one_object_a_result_without_what_was_not_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_report, "OUT", tmp_path / "out")
    write("sample", [Result("taken in", 1234.5, "orders/s", 1.25, 2.5), Result("bare commit", 7.0, "commits/s")])
    lines = [json.loads(line) for line in (tmp_path / "out" / "sample.jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines == [
        {"case": "taken in", "value": 1234.5, "unit": "orders/s", "p50_ms": 1.25, "p99_ms": 2.5},
        {"case": "bare commit", "value": 7.0, "unit": "commits/s"},
    ]
    shown = capsys.readouterr().out
    assert "taken in" in shown
    assert "1,234.5" in shown
