"""Faults that wait: when they strike, whom, how often, and by which chance."""

import pytest

from simulators.modem_farm.faults import FAULTS, PLACES, Faults, UnknownFault


@pytest.fixture
def faults() -> Faults:
    return Faults(1)


def test_a_fault_strikes_once_and_at_its_place(faults: Faults) -> None:
    faults.arm({"name": "hang"})
    assert faults.strikes("ussd", {"slot"}) == ""
    assert faults.strikes("line", {"slot"}) == "hang"
    assert faults.strikes("line", {"slot"}) == ""
    assert faults.struck == {"hang": 1}


def test_a_fault_has_a_target(faults: Faults) -> None:
    faults.arm({"name": "hang", "target": "slot"})
    assert faults.strikes("line", {"another"}) == ""
    assert faults.strikes("line", {"another", "slot"}) == "hang"


def test_so_many_times_after_letting_some_pass(faults: Faults) -> None:
    faults.arm({"name": "skip", "times": 2, "skip": 1})
    assert [faults.strikes("line", set()) for _ in range(4)] == ["", "skip", "skip", ""]


def test_only_on_some_commands(faults: Faults) -> None:
    faults.arm({"name": "skip", "only": "+CUSD"})
    assert faults.strikes("line", set(), "+CSQ") == ""
    assert faults.strikes("line", set(), "+CUSD=1") == "skip"


def test_several_wait_in_turn(faults: Faults) -> None:
    for name in ("skip", "partial"):
        faults.arm({"name": name})
    assert [faults.strikes("line", set()) for _ in range(3)] == ["skip", "partial", ""]


def test_chance_is_seeded() -> None:
    def run() -> list[str]:
        faults = Faults(7)
        faults.arm({"name": "skip", "times": 50, "chance": 0.5})
        return [faults.strikes("line", set()) for _ in range(100)]

    assert run() == run()
    assert 20 < run().count("skip") <= 50


def test_chaos_strikes_with_anything_or_with_some() -> None:
    faults = Faults(3)
    faults.chaos = 0.5
    seen = {faults.strikes("ussd", set()) for _ in range(500)} - {""}
    assert seen == {name for name, (place, _) in FAULTS.items() if place == "ussd"}
    faults.chaos_names = ["ussd_silent"]
    assert {faults.strikes("ussd", set()) for _ in range(50)} == {"", "ussd_silent"}
    assert faults.strikes("line", set()) == ""


@pytest.mark.parametrize(
    "told",
    [
        {"name": "nonsense"}, {"name": "hang", "times": 0}, {"name": "hang", "skip": -1}, {"name": "hang", "chance": 0},
        {"name": "hang", "chance": 1.5}, {"name": "hang", "colour": "red"}, {}, {"name": "hang", "only": 5},
    ],
)  # fmt: skip
def test_what_is_no_fault_is_refused(faults: Faults, told: dict[str, object]) -> None:
    with pytest.raises(UnknownFault):
        faults.arm(told)
    assert faults.as_values() == []


def test_clearing(faults: Faults) -> None:
    faults.arm({"name": "hang", "target": "a"})
    faults.arm({"name": "hang", "target": "b"})
    faults.clear("a")
    assert [one["target"] for one in faults.as_values()] == ["b"]
    faults.clear()
    assert faults.as_values() == []


def test_places() -> None:
    assert sorted(PLACES) == ["arrival", "card", "line", "operator", "prompt", "submit", "ussd"]
    assert all(meaning for _, meaning in FAULTS.values())
