"""What is done about silence, rung by rung."""

import pytest

from gsm.modem.ladder import Ladder, Rung


@pytest.mark.parametrize(
    ("can_cycle", "rungs"),
    [
        (False, [Rung.REOPENED, Rung.RESET, Rung.GIVEN_UP, Rung.GIVEN_UP]),
        (True, [Rung.REOPENED, Rung.RESET, Rung.POWER_CYCLED, Rung.GIVEN_UP]),
    ],
)
def test_one_rung_after_another(can_cycle: bool, rungs: list[Rung]) -> None:
    ladder = Ladder(can_cycle)
    assert [ladder.climb(opens=True) for _ in rungs] == rungs


def test_a_port_that_does_not_open_is_no_reason_to_reset() -> None:
    ladder = Ladder(can_cycle_power=True)
    assert [ladder.climb(opens=False) for _ in range(5)] == [Rung.REOPENED] * 5


def test_a_modem_that_answers_begins_at_the_bottom() -> None:
    ladder = Ladder(can_cycle_power=False)
    ladder.climb(opens=True)
    ladder.climb(opens=True)
    ladder.well()
    assert ladder.climb(opens=True) is Rung.REOPENED
