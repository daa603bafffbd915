"""All targets in one place, none forgotten, and the program that runs them tells their names."""

import sys
from types import SimpleNamespace

import pytest

from tests.fuzz import __main__ as program
from tests.fuzz import pos, smpp_inputs, targets
from tests.fuzz.every import EVERY


class Watched:
    """What atheris hands out around the imports it watches."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


@pytest.fixture
def fuzzed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Stands in for atheris, which is not everywhere; what it was set up with."""
    told: list[object] = []

    def watching(include: list[str]) -> Watched:
        assert include == ["stk_sms", "pos"]
        return Watched()

    stand_in = SimpleNamespace(instrument_imports=watching, Setup=lambda *words: told.extend(words), Fuzz=lambda: told.append("ran"))
    monkeypatch.setitem(sys.modules, "atheris", stand_in)
    return told


def test_none_is_forgotten() -> None:
    assert len(EVERY) == len(targets.TARGETS) + len(smpp_inputs.TARGETS) + len(pos.TARGETS) + 1


@pytest.mark.parametrize("name", EVERY)
def test_each_takes_its_corpus(name: str) -> None:
    target, corpus = EVERY[name]
    assert corpus
    for octets in corpus:
        target(octets)


def test_one_is_run_from_its_corpus(fuzzed: list[object]) -> None:
    program.main(["sms_words", "-runs=1"])
    words, target, ran = fuzzed
    assert isinstance(words, list)
    assert words[2:] == ["-runs=1"]
    assert target is smpp_inputs.words
    assert ran == "ran"


def test_an_unknown_name_is_told_the_others(fuzzed: list[object]) -> None:
    with pytest.raises(SystemExit, match=r"stk_command .*smpp"):
        program.main(["nothing"])
    assert fuzzed == []
