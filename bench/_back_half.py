"""What happens to an order after it was taken in: finished at once, or claimed, sent to a link that answers at once, and finished."""

import multiprocessing
import threading
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from multiprocessing.connection import Connection as Pipe

from bench._province import Province
from recharge.books.rows import AttemptRow
from recharge.books.set_update import SetUpdate
from recharge.books.tables.metadata import stamp
from recharge.books.writes import ATTEMPT_INSERT
from recharge.bootstrap import spare_collections
from recharge.dispatch.core import Core
from recharge.dispatch.parts import DispatchParts, DispatchRules
from recharge.dispatch.work import Answered, Reverse, Submit
from recharge.domain.outcomes import AnswerSource, Evidence, Outcome, OutcomeState
from recharge.engine.door import MOST_IN_A_BATCH
from recharge.engine.finish import Finisher
from recharge.engine.parts import Parts
from recharge.suppliers.contract import Caps

MOST = MOST_IN_A_BATCH
_SENT = SetUpdate("orders", ("state", "attempt_id", "attempts"), "state")


Finish = Callable[[list[int]], list[int]]
"""Brings orders to their end; gives the ids that ended."""


class _Link:
    """Stands in the dispatcher's list of running links; the answer is made up below, without a network."""

    caps = Caps(True, True, True, None, True, True, True, timedelta(minutes=1), timedelta(seconds=5))


def finish_directly(parts: Parts) -> Finish:
    """Held and finished: the attempt is written in the finishing transaction, so that an order's life is two commits."""
    finisher = Finisher(parts)
    with parts.database.read() as connection:
        link_id = parts.database.rows(connection, "SELECT id FROM link")[0][0]

    def run(order_ids: list[int]) -> list[int]:
        now = parts.clock.now()
        rows = [_attempt(parts.ids.next(), order_id, link_id, stamp(now)) for order_id in order_ids]
        evidence = [Evidence(row.id, _good(now, row.id), AnswerSource.SUBMIT) for row in rows]
        with parts.database.write() as connection:
            parts.database.change_many(connection, ATTEMPT_INSERT, rows)
            _SENT.run(parts.database, connection, [("sending", row.id, 1, row.order_id, "held") for row in rows])
            finisher.finish_in(connection, evidence)
        return order_ids

    return run


def finish_by_dispatcher(parts: Parts) -> Finish:
    """The dispatcher's own claim (attempt committed before sending) and conclusion: an order's life is three commits."""
    with parts.database.read() as connection:
        link_id = parts.database.rows(connection, "SELECT id FROM link")[0][0]
    rules = DispatchRules(most_a_claim=MOST, lease=timedelta(seconds=60))
    links = {link_id: _Link()}
    core = Core(DispatchParts(parts.database, parts.clock, parts.ids, Finisher(parts), links, parts.calendar, rules))  # type: ignore[arg-type]

    def run(_: list[int]) -> list[int]:
        works = [work for work in core.claim(MOST) if isinstance(work, Submit | Reverse)]
        now = parts.clock.now()
        core.conclude([Answered(work, _good(now, work.attempt_id)) for work in works])
        return [work.order_id for work in works]

    return run


def _attempt(new_id: int, order_id: int, link_id: int, now_text: str) -> AttemptRow:
    return AttemptRow(
        new_id, order_id, "submit", 1, link_id, "sending", "", 5000, 4800, None, "[]", now_text, "", "", None, None, 0, 0, None
    )


def _good(now: datetime, attempt_id: int) -> Outcome:
    reference = str(attempt_id)
    return Outcome(
        OutcomeState.SUCCESS,
        now,
        reference,
        "SN" + reference[-10:],
        4800,
        5000,
        code="0",
        text="ok",
        raw="<Answer/>" * 10,
    )


class _Feeder:
    """Sends on what is offered, as much as waits at a time, from a thread of its own."""

    def __init__(self, send: Callable[[list[int]], None]) -> None:
        self._send = send
        self._waiting: deque[int] = deque()
        self._condition = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def offer(self, order_id: int) -> None:
        """One more order that was taken in."""
        with self._condition:
            self._waiting.append(order_id)
            self._condition.notify()

    def close(self) -> None:
        """Stop."""
        with self._condition:
            self._stopping = True
            self._condition.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._waiting or self._stopping)
                if self._stopping:
                    return
                batch = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            self._send(batch)


class Elsewhere:
    """The back half in a process of its own, as the dispatcher is in production."""

    def __init__(self, province: Province, make: Callable[[Parts], Finish], done: Callable[[Iterable[int]], None]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, province, make), daemon=True)
        self._process.start()
        self._pipe.recv()
        self._feeder = _Feeder(self._pipe.send)
        self._done = done
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def offer(self, order_id: int) -> None:
        """One more order that was taken in."""
        self._feeder.offer(order_id)

    def close(self) -> None:
        """Stop the process."""
        self._feeder.close()
        self._pipe.send(None)
        self._process.join()

    def _read(self) -> None:
        while (ended := self._pipe.recv()) is not None:
            self._done(ended)


def _serve(pipe: "Pipe[object, object]", province: Province, make: Callable[[Parts], Finish]) -> None:
    spare_collections()
    finish = make(province.parts(2))
    pipe.send("ready")
    waiting: list[int] = []
    while True:
        while not waiting or pipe.poll():
            got = pipe.recv()
            if got is None:
                pipe.send(None)
                return
            waiting += got  # type: ignore[arg-type]
        ended = finish(waiting[:MOST])
        left = set(waiting) - set(ended)
        waiting = [order_id for order_id in waiting if order_id in left]
        pipe.send(ended)
