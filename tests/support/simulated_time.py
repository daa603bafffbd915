"""Simulated time for code that uses threads: its threads take turns, and when all of them wait the clock jumps to what is due next.

`time`, `threading` and `queue` of the modules under test are replaced by what a SimulatedTime offers; nothing ever sleeps.
"""

import heapq
import itertools
import queue
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

BEGINNING = datetime(2026, 11, 27, 8, tzinfo=UTC)
# Real seconds: only a mistake makes a wait this long.
_LONGEST_WAIT = 120.0


class Stuck(Exception):
    """Every thread waits for something that nobody will bring about."""


class _Turn:
    """One thread's place: what it waits for, and until when (None: for ever)."""

    def __init__(self, true: Callable[[], object], until: float | None) -> None:
        self.true, self.until = true, until
        self.baton = threading.Event()


class SimulatedTime:
    """The clock, and whose turn it is. Seconds since the beginning; also a `recharge.clock.Clock`."""

    def __init__(self, beginning: datetime = BEGINNING) -> None:
        self.seconds, self._beginning = 0.0, beginning
        self._waiting: deque[_Turn] = deque()
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._order = itertools.count()
        self._failed: BaseException | None = None

    # As `time`, and as a clock.

    def monotonic(self) -> float:
        """As time.monotonic."""
        return self.seconds

    def now(self) -> datetime:
        """The moment."""
        return self._beginning + timedelta(seconds=self.seconds)

    def later(self, seconds: float, do: Callable[[], object]) -> None:
        """Do something when so many seconds have passed."""
        heapq.heappush(self._due, (self.seconds + max(seconds, 0.0), next(self._order), do))

    def wait(self, true: Callable[[], object], seconds: float | None = None) -> bool:
        """For the thread whose turn it is: let the others go on until something is so, or the time is over; whether it is so."""
        if true():
            return True
        turn = _Turn(true, None if seconds is None else self.seconds + max(seconds, 0.0))
        self._waiting.append(turn)
        self.pass_on()
        if not turn.baton.wait(_LONGEST_WAIT) or self._failed is not None:
            raise Stuck from self._failed
        return bool(true())

    def pass_on(self) -> None:
        """Whose turn it is next gets it; time passes where nobody can go on."""
        try:
            turn = self._next()
        except Exception as error:  # told to every thread: each of them would wait for ever
            self._failed = error
            for one in self._waiting:
                one.baton.set()
            return
        self._waiting.remove(turn)
        turn.baton.set()

    def _next(self) -> _Turn:
        while True:
            for turn in self._waiting:
                if turn.true() or (turn.until is not None and turn.until <= self.seconds):
                    return turn
            moments = [turn.until for turn in self._waiting if turn.until is not None]
            if self._due and (not moments or self._due[0][0] <= min(moments)):
                at, _, do = heapq.heappop(self._due)
                self.seconds = max(self.seconds, at)
                do()
            elif moments:
                self.seconds = max(self.seconds, min(moments))
            else:
                raise Stuck

    def run(self, work: Callable[[], None]) -> "SimulatedThread":
        """Start a thread of its own."""
        made = SimulatedThread(self, target=work)
        made.start()
        return made


class SimulatedThread:
    """As threading.Thread."""

    def __init__(self, time: SimulatedTime, target: Callable[[], None], name: str = "", daemon: bool = True) -> None:
        self._time, self._target, self._begun, self._ended = time, target, False, False
        self._turn = _Turn(lambda: True, None)
        self.thread = threading.Thread(target=self._run, name=name, daemon=daemon)

    def start(self) -> None:
        """It gets its turn when the one that starts it waits."""
        self._begun = True
        self._time._waiting.append(self._turn)
        self.thread.start()

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._begun and not self._ended

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end."""
        self._time.wait(lambda: self._ended, timeout)

    def _run(self) -> None:
        if not self._turn.baton.wait(_LONGEST_WAIT):
            return
        try:
            self._target()
        finally:
            self._ended = True
            self._time.pass_on()


class SimulatedEvent:
    """As threading.Event."""

    def __init__(self, time: SimulatedTime) -> None:
        self._time, self._set = time, False

    def is_set(self) -> bool:
        """Whether it is set."""
        return self._set

    def set(self) -> None:
        """Let everybody on who waits for it."""
        self._set = True

    def clear(self) -> None:
        """Make them wait again."""
        self._set = False

    def wait(self, timeout: float | None = None) -> bool:
        """As threading.Event.wait."""
        return self._time.wait(self.is_set, timeout)


class SimulatedQueue:
    """As queue.SimpleQueue."""

    def __init__(self, time: SimulatedTime) -> None:
        self._time = time
        self._items: deque[Any] = deque()

    def put(self, item: Any) -> None:
        """Never waits."""
        self._items.append(item)

    def get(self, timeout: float | None = None) -> Any:
        """Raises queue.Empty."""
        if not self._time.wait(lambda: self._items, timeout):
            raise queue.Empty
        return self._items.popleft()

    def get_nowait(self) -> Any:
        """Raises queue.Empty."""
        if not self._items:
            raise queue.Empty
        return self._items.popleft()


class SimulatedThreading:
    """What stands in for the module `threading`. Locks are the real ones: nobody waits while it holds one that others want."""

    Lock = staticmethod(threading.Lock)

    def __init__(self, time: SimulatedTime) -> None:
        self._time = time
        self._threads: list[SimulatedThread] = []

    def Event(self) -> SimulatedEvent:  # noqa: N802  # as the module calls it
        """As threading.Event."""
        return SimulatedEvent(self._time)

    def Thread(self, **how: Any) -> SimulatedThread:  # noqa: N802  # as the module calls it
        """As threading.Thread."""
        self._threads.append(SimulatedThread(self._time, **how))
        return self._threads[-1]

    def current_thread(self) -> object:
        """As threading.current_thread."""
        mine = threading.current_thread()
        return next((one for one in self._threads if one.thread is mine), mine)


class SimulatedQueues:
    """What stands in for the module `queue`."""

    Empty = queue.Empty

    def __init__(self, time: SimulatedTime) -> None:
        self._time = time

    def SimpleQueue(self) -> SimulatedQueue:  # noqa: N802  # as the module calls it
        """As queue.SimpleQueue."""
        return SimulatedQueue(self._time)
