"""Switches work once, and unknown names are none."""

import pytest

from simulators.pos_terminal.faults import STEPS, SWITCHES, Faults, PowerCut, chosen


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_works_once(name: str) -> None:
    faults = chosen([name])
    assert [faults.taken(name), faults.taken(name)] == [True, False]
    assert not any(faults.taken(other) for other in SWITCHES)


@pytest.mark.parametrize("step", STEPS)
def test_the_power_goes_once_at_its_step(step: str) -> None:
    faults = chosen([f"cut:{step}", "twice"], 1.5)
    for other in STEPS:
        if other != step:
            faults.step(other)
    with pytest.raises(PowerCut):
        faults.step(step)
    faults.step(step)
    assert (faults.twice, faults.delay) == (True, 1.5)


def test_nothing_chosen_is_nothing_wrong() -> None:
    assert chosen([]) == Faults()
    assert chosen(["explode", "cut:", "cut:later", "delay"]) == Faults()
