"""The counter window of a card under one key version: which counters were taken, in constant memory."""

from dataclasses import dataclass, replace
from enum import StrEnum

WIDTH = 64
# A card that is this far ahead did not send all that; somebody guesses, or its memory failed.
LARGEST_STEP = 100_000
# One late message may be older than the window; a second card counting along rises again and again.
STEPS_OF_A_CLONE = 3
_MASK = (1 << WIDTH) - 1
WindowKey = tuple[str, int]
"""ICCID and key version."""


class Sight(StrEnum):
    """How a counter looks against the window."""

    NEW = "new"
    SEEN = "seen"
    OVERTAKEN = "overtaken"
    TOO_OLD = "too_old"
    TOO_FAR = "too_far"


@dataclass(frozen=True, slots=True)
class CounterWindow:
    """`high` is the highest counter taken (0: none yet); bit i of `seen` says that high - i was taken.

    `behind` is the highest counter that came from outside the window under an unknown nonce, and `behind_steps` how often it rose.
    """

    high: int = 0
    seen: int = 0
    behind: int = 0
    behind_steps: int = 0

    def look(self, counter: int) -> Sight:
        """How a counter looks. SMS overtake each other, so an unused one up to 63 below the highest is still new."""
        if counter > self.high + LARGEST_STEP:
            return Sight.TOO_FAR
        if counter > self.high:
            return Sight.NEW
        age = self.high - counter
        if age >= WIDTH:
            return Sight.TOO_OLD
        return Sight.SEEN if self.seen >> age & 1 else Sight.NEW

    def taken(self, counter: int) -> "CounterWindow":
        """The window after a counter was taken; one that is older than the window changes nothing."""
        if counter > self.high:
            step = counter - self.high
            moved = self.seen << step if step < WIDTH else 0
            return CounterWindow(counter, (moved | 1) & _MASK, self.behind, self.behind_steps)
        age = self.high - counter
        return replace(self, seen=self.seen | 1 << age) if age < WIDTH else self

    def fell_behind(self, counter: int) -> "CounterWindow":
        """The window after an unknown message with a counter too old to be told from a replay.

        A second card counts on from where it was; a message that was merely held up stands alone and begins the count anew.
        """
        if counter <= self.behind <= counter + WIDTH:
            return self
        follows = self.behind_steps and 0 < counter - self.behind <= WIDTH
        return replace(self, behind=counter, behind_steps=self.behind_steps + 1 if follows else 1)

    @property
    def second_card(self) -> bool:
        """Whether two counters progress: this one, and another far below it."""
        return self.behind_steps >= STEPS_OF_A_CLONE
