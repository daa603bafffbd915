"""Group commit: what is waiting is carried out together in one transaction; while that runs, the next batch gathers."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

MOST_BATCHES_WAITING = 20
Item = TypeVar("Item")
Result = TypeVar("Result")
_FAILED = "a request could not be carried out"
_log = logging.getLogger(__name__)


class Stopped(Exception):
    """The process is going down; nothing of this item was done."""


class Withdrawn(Exception):
    """Raised within the work by whoever handed a group in: he does not want it kept any more. Told to him alone, and no failure."""


class Overloaded(Exception):
    """More is waiting than will be served in good time; nothing of this item was done."""


class GroupCommitter(Generic[Item, Result]):
    """Feeds `work(items) -> results` with groups, one call at a time. There is no timer: an idle committer works at once.

    A group is what one caller handed in together and stays in one transaction. If a batch of several groups fails as a whole it is
    halved until the group that makes it fail stands alone; only that one's callers get the error.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Result]], most: int, name: str) -> None:
        self._work, self._most, self._count = work, most, 0
        self._waiting: deque[tuple[Sequence[Item], Future[Sequence[Result]]]] = deque()
        self._condition = threading.Condition()
        self._stopping = self._working = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def hand_in(self, items: Sequence[Item]) -> "Future[Sequence[Result]]":
        """A future of the group's results, done after their commit.

        Raises Stopped when the process is going down, Overloaded when MOST_BATCHES_WAITING full batches are waiting already.
        """
        with self._condition:
            return self._put(items)

    def carry_out(self, items: Sequence[Item]) -> Sequence[Result]:
        """A group's results, after their commit. Where nothing else is at work, the calling thread does it itself: two changes of
        thread would cost a lone request as much as all its reading.

        Raises Stopped, Overloaded, or what the work raised.
        """
        with self._condition:
            idle = not self._working and not self._waiting and not self._stopping
            future = None if idle else self._put(items)
            self._working = self._working or idle
        if future is not None:
            return future.result()
        try:
            return self._work(items)
        except Withdrawn:
            raise
        # Told to the caller and to the log, as it is for those who wait in a batch.
        except Exception as error:
            _log.error(_FAILED, exc_info=error)
            raise
        finally:
            with self._condition:
                self._working = False
                # Waking a thread that finds nothing to do costs a lone request a change of thread.
                if self._waiting or self._stopping:
                    self._condition.notify()

    def _put(self, items: Sequence[Item]) -> "Future[Sequence[Result]]":
        if self._stopping:
            raise Stopped
        if self._count >= self._most * MOST_BATCHES_WAITING:
            raise Overloaded
        future: Future[Sequence[Result]] = Future()
        self._count += len(items)
        self._waiting.append((items, future))
        self._condition.notify()
        return future

    def close(self) -> None:
        """Carry out what is waiting, then stop."""
        with self._condition:
            self._stopping = True
            self._condition.notify()
        self._thread.join()

    def _run(self) -> None:
        while groups := self._gather():
            self._carry_out_groups(groups)
            with self._condition:
                self._working = False

    def _gather(self) -> list[tuple[Sequence[Item], "Future[Sequence[Result]]"]]:
        with self._condition:
            self._condition.wait_for(lambda: not self._working and (self._waiting or self._stopping))
            groups: list[tuple[Sequence[Item], Future[Sequence[Result]]]] = []
            count = 0
            while self._waiting and (not groups or count + len(self._waiting[0][0]) <= self._most):
                group = self._waiting.popleft()
                groups.append(group)
                count += len(group[0])
            self._count -= count
            self._working = bool(groups)
            return groups

    def _carry_out_groups(self, groups: list[tuple[Sequence[Item], "Future[Sequence[Result]]"]]) -> None:
        try:
            results = self._work([item for items, _ in groups for item in items])
        # The committer's thread serves everybody: one group's failure must not end it.
        except Exception as error:
            self._halve(groups, error)
            return
        start = 0
        for items, future in groups:
            future.set_result(results[start : start + len(items)])
            start += len(items)

    def _halve(self, groups: list[tuple[Sequence[Item], "Future[Sequence[Result]]"]], error: Exception) -> None:
        if len(groups) == 1:
            if not isinstance(error, Withdrawn):
                _log.error(_FAILED, exc_info=error)
            groups[0][1].set_exception(error)
            return
        middle = len(groups) // 2
        self._carry_out_groups(groups[:middle])
        self._carry_out_groups(groups[middle:])
