"""Orders a second: taken in, and through a whole life, fully durable, beside an ORM and the raw driver working one by one."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import product
from queue import SimpleQueue

from bench._back_half import MOST, Elsewhere, Finish, finish_by_dispatcher, finish_directly
from bench._peers import bare_commits, bare_commits_of_rows, one_by_one_orm, one_by_one_raw
from bench._province import Province, mariadb_province, sqlite_province
from bench._report import Result, against, quantile, write
from recharge.bootstrap import spare_collections
from recharge.domain.replies import Reply
from recharge.domain.requests import Request
from recharge.engine.committer import GroupCommitter
from recharge.engine.intake import Intake
from recharge.engine.parts import Parts

SECONDS = 3.0
WARM_UP_SECONDS = 0.7
# What a database still does behind its answers after the peers is no part of an idle one.
REST_SECONDS = 5.0
POINTS = 400
IN_FLIGHT = (1, 32, 512)


class Pump:
    """Keeps a number of orders under way and notes how long each took.

    It works in a thread of its own, as a channel does: what it costs to ask does not hold up whoever answers.
    """

    def __init__(self, province: Province, committer: GroupCommitter[Request, Reply], *, hot: bool) -> None:
        self._province, self._committer, self._hot = province, committer, hot
        self.taken: Callable[[int], None] | None = None
        self._started: dict[int, float] = {}
        self._took: list[tuple[float, float]] = []
        self._number = 0
        self._news: SimpleQueue[_News | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def finished(self, order_ids: Iterable[int]) -> None:
        """Orders that came to their end."""
        self._news.put((time.perf_counter(), None, list(order_ids)))

    def measure(self, case: str, in_flight: int) -> Result:
        """Run for the time and say what came of it."""
        for _ in range(in_flight):
            self._send()
        self._thread.start()
        time.sleep(WARM_UP_SECONDS)
        begun = time.perf_counter()
        time.sleep(SECONDS)
        over = time.perf_counter()
        self._news.put(None)
        self._thread.join()
        took = [seconds for at, seconds in self._took if begun <= at <= over]
        time.sleep(0.3)
        return Result(case, round(len(took) / (over - begun), 1), "orders/s", quantile(took, 0.5), quantile(took, 0.99))

    def _send(self) -> None:
        self._number += 1
        begun = time.perf_counter()
        future = self._committer.hand_in([self._province.request(self._number, hot=self._hot, prefix=f"{id(self):x}-")])
        future.add_done_callback(lambda done: self._news.put((time.perf_counter(), begun, done)))

    def _run(self) -> None:
        while (news := self._news.get()) is not None:
            at, begun, what = news
            if begun is None:
                assert isinstance(what, list)
                for order_id in what:
                    started = self._started.pop(order_id, None)
                    if started is not None:
                        self._note(at, started)
            else:
                assert isinstance(what, Future)
                self._answered(at, begun, what.result()[0])

    def _answered(self, at: float, begun: float, reply: Reply) -> None:
        if reply.order is None:
            raise RuntimeError(f"a recharge was refused: {reply.refusal}")
        if self.taken is None:
            self._note(at, begun)
            return
        order_id = int(reply.order.order_number)
        self._started[order_id] = begun
        self.taken(order_id)

    def _note(self, at: float, begun: float) -> None:
        self._took.append((at, at - begun))
        self._send()


_News = tuple[float, float | None, "Future[Sequence[Reply]] | list[int]"]
"""When; since when, for an answer; and the answer or the orders that ended."""


def accept(province: Province, case: str, in_flight: int, *, hot: bool) -> Result:
    """Taken in: number, price, password, limits, guard, money held, one commit."""
    committer = _committer(province.parts(1))
    if in_flight == 1:
        return _alone(province, committer, case, hot=hot)
    result = Pump(province, committer, hot=hot).measure(case, in_flight)
    committer.close()
    return result


def _alone(province: Province, committer: GroupCommitter[Request, Reply], case: str, *, hot: bool) -> Result:
    """One caller that asks and waits, as a page does."""
    took: list[float] = []
    begun = time.perf_counter() + WARM_UP_SECONDS
    number, prefix = 0, f"{id(took):x}-"
    while (now := time.perf_counter()) < begun + SECONDS:
        number += 1
        reply = committer.carry_out([province.request(number, hot=hot, prefix=prefix)])[0]
        if reply.order is None:
            raise RuntimeError(f"a recharge was refused: {reply.refusal}")
        if now >= begun:
            took.append(time.perf_counter() - now)
    committer.close()
    return Result(case, round(len(took) / SECONDS, 1), "orders/s", quantile(took, 0.5), quantile(took, 0.99))


def life(province: Province, case: str, in_flight: int, make: Callable[[Parts], Finish], *, hot: bool) -> Result:
    """Taken in and brought to its end."""
    parts = province.parts(1)
    committer = _committer(parts)
    pump = Pump(province, committer, hot=hot)
    _forget_what_is_due(parts)
    back = Elsewhere(province, make, pump.finished)
    pump.taken = back.offer
    result = pump.measure(case, in_flight)
    committer.close()
    back.close()
    return result


def _forget_what_is_due(parts: Parts) -> None:
    """The dispatcher takes whatever is due: what an earlier case only took in would come first."""
    with parts.database.write() as connection:
        parts.database.change(connection, "UPDATE orders SET due_at = NULL")


def _committer(parts: Parts) -> GroupCommitter[Request, Reply]:
    return GroupCommitter(Intake(parts, lambda: None).take, MOST, "intake")


def one_database(name: str, opened: Callable[[int], AbstractContextManager[Province]]) -> list[Result]:
    """All cases of one database. A file grows with each case, and the peers have a nearly empty one: so have those beside them."""
    with opened(POINTS) as province:
        raw = one_by_one_raw(province, f"{name}: raw driver one by one, whole life")
        orm = one_by_one_orm(province, f"{name}: ORM one by one, whole life")
    with opened(POINTS) as province:
        bare = bare_commits(province, f"{name}: bare commit of one row")
        rows = bare_commits_of_rows(province, f"{name}: bare commit of the rows that taking one in writes")
        time.sleep(REST_SECONDS)
        idle = accept(province, f"{name}: recharge taken in, one at a time", 1, hot=False)
    results = [raw, orm, bare, rows, _beside(idle, bare), _beside(idle, rows)]
    for hot, in_flight in product((False, True), sorted(IN_FLIGHT, reverse=True)):
        tail = f"{in_flight} in flight, {'all on one account' if hot else 'spread over accounts'}"
        with opened(POINTS) as province:
            held = life(province, f"{name}: recharge held and finished, {tail}", in_flight, finish_directly, hot=hot)
        with opened(POINTS) as province:
            whole = life(province, f"{name}: recharge held, sent and finished, {tail}", in_flight, finish_by_dispatcher, hot=hot)
            results += [against(held, raw), against(held, orm), against(whole, raw), against(whole, orm)]
            results.append(accept(province, f"{name}: recharge taken in, {tail}", in_flight, hot=hot))
            if in_flight == max(IN_FLIGHT):
                results.append(_on_grown_books(province, name, tail, in_flight, hot=hot))
    return results


def _on_grown_books(province: Province, name: str, tail: str, in_flight: int, *, hot: bool) -> Result:
    """A whole life once more, on the books that the cases before it have filled."""
    database = province.parts(1).database
    with database.read() as connection:
        orders = database.rows(connection, "SELECT COUNT(*) FROM orders")[0][0]
    database.close()
    return life(province, f"{name}: the same whole life after {orders} orders, {tail}", in_flight, finish_by_dispatcher, hot=hot)


def _beside(taken: Result, bare: Result) -> Result:
    """Idle latency in bare commits: the ratio of the two p50s."""
    assert taken.p50_ms is not None
    assert bare.p50_ms is not None
    return replace(taken, peer=f"{bare.case}, p50", peer_value=bare.p50_ms, ratio=round(taken.p50_ms / bare.p50_ms, 2))


def main() -> None:
    """Both databases."""
    spare_collections()
    results = one_database("sqlite", sqlite_province) + one_database("mariadb", mariadb_province)
    write("orders", results)
