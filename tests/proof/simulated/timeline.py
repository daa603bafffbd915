"""Virtual time: a heap of what is to happen, and the clock that jumps from one event to the next."""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count


class Timeline:
    """The engine's clock and the simulation's queue. Events of the same moment happen in the order in which they were planned."""

    def __init__(self, start: datetime) -> None:
        self.moment = start
        self._heap: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = count()

    def now(self) -> datetime:
        """The present moment."""
        return self.moment

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Plan something."""
        self.at(self.moment + timedelta(seconds=seconds), action)

    def at(self, moment: datetime, action: Callable[[], None]) -> None:
        """Plan something for a moment; one that has passed is now."""
        heapq.heappush(self._heap, (max(moment, self.moment), next(self._numbers), action))

    def step(self) -> bool:
        """Let the next event happen; False when there is none."""
        if not self._heap:
            return False
        self.moment, _, action = heapq.heappop(self._heap)
        action()
        return True
