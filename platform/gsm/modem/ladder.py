"""What is done about a modem that fell silent: one rung after another, and then nothing but waiting for a person."""

from enum import IntEnum


class Rung(IntEnum):
    """How far one has gone. A port that cannot be opened is no reason to reset anything (another process may hold it)."""

    GOOD = 0
    REOPENED = 1
    RESET = 2
    POWER_CYCLED = 3
    GIVEN_UP = 4


MISSES_BEFORE_CLIMBING = 3
# Lines within a minute that no modem would write: the wire, the speed or the modem is bad, and texts cannot be trusted either.
MOST_NOISE = 5


class Ladder:
    """Counts what is missed; `climb` gives the next thing to do."""

    def __init__(self, can_cycle_power: bool) -> None:
        self._can_cycle_power = can_cycle_power
        self.rung = Rung.GOOD

    def well(self) -> None:
        """The modem answers: begin at the bottom again."""
        self.rung = Rung.GOOD

    def climb(self, opens: bool) -> Rung:
        """One rung up after a try that failed. `opens`: whether the port could be opened."""
        if self.rung is Rung.GOOD:
            self.rung = Rung.REOPENED
        elif not opens:
            # Stays where it is: what does not open is looked at again, not reset.
            return self.rung
        elif self.rung is Rung.REOPENED:
            self.rung = Rung.RESET
        elif self.rung is Rung.RESET and self._can_cycle_power:
            self.rung = Rung.POWER_CYCLED
        else:
            self.rung = Rung.GIVEN_UP
        return self.rung
