"""Batches that were judged and are not written down yet: what the database does not show of their cards, this does."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch does to its cards: references by ICCID, key version and counter; cards that it blocks (ICCID: why)."""

    used: Mapping[tuple[str, int, int], str]
    blocks: Mapping[str, str]


class UnderWay:
    """Of one process. Batches look and judge one after the other, so that each sees what those before it took."""

    def __init__(self) -> None:
        self._judging, self._changed = threading.Lock(), threading.Condition()
        self._batches: dict[int, Taken] = {}
        self._tickets = count()

    @contextmanager
    def judging(self) -> Iterator[list[Taken]]:
        """Nobody else judges meanwhile; what the batches before took and have not written down."""
        with self._judging:
            with self._changed:
                taken = list(self._batches.values())
            yield taken

    def enter(self, taken: Taken) -> int:
        """A batch was judged; called while judging. The ticket that `leave` wants."""
        with self._changed:
            ticket = next(self._tickets)
            self._batches[ticket] = taken
            return ticket

    def leave(self, ticket: int) -> None:
        """The batch is written down, or nothing of it was kept."""
        with self._changed:
            del self._batches[ticket]
            self._changed.notify_all()

    def wait_for_earlier(self, ticket: int) -> None:
        """Until every batch that was judged before this one is written down."""
        with self._changed:
            self._changed.wait_for(lambda: min(self._batches) >= ticket)
