"""Orders a second: taken in, and through a whole life, fully durable, beside an ORM and the raw driver working one by one."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

from bench._back_half import MOST, Elsewhere, Finish, Here, finish_by_dispatcher, finish_directly
from bench._peers import bare_commits, one_by_one_orm, one_by_one_raw
from bench._province import Province, mariadb_province, sqlite_province
from bench._report import Result, against, quantile, write
from recharge.domain.replies import Reply
from recharge.domain.requests import Request
from recharge.engine.committer import GroupCommitter
from recharge.engine.intake import Intake
from recharge.engine.parts import Parts

SECONDS = 2.0
WARM_UP_SECONDS = 0.7
POINTS = 400
IN_FLIGHT = (1, 32, 512)


@dataclass
class Pump:
    """Keeps a number of orders under way and notes how long each took."""

    province: Province
    committer: GroupCommitter[Request, Reply]
    hot: bool
    taken: Callable[[int], None] | None = None
    started: dict[int, float] = field(default_factory=dict)
    ended: list[tuple[float, float]] = field(default_factory=list)
    number: int = 0
    running: bool = True
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self) -> None:
        """One more order, unless the time is over."""
        if not self.running:
            return
        with self.lock:
            self.number += 1
            number = self.number
        begun = time.perf_counter()
        future = self.committer.hand_in([self.province.request(number, hot=self.hot, prefix=f"{id(self):x}-")])
        future.add_done_callback(lambda done: self._answered(begun, done))

    def _answered(self, begun: float, done: "Future[Sequence[Reply]]") -> None:
        reply = done.result()[0]
        if reply.order is None:
            raise RuntimeError(f"a recharge was refused: {reply.refusal}")
        if self.taken is None:
            self._note(begun)
            return
        order_id = int(reply.order.order_number)
        self.started[order_id] = begun
        self.taken(order_id)

    def finished(self, order_ids: Iterable[int]) -> None:
        """Orders that came to their end."""
        for order_id in order_ids:
            begun = self.started.pop(order_id, None)
            if begun is not None:
                self._note(begun)

    def _note(self, begun: float) -> None:
        now = time.perf_counter()
        self.ended.append((now, now - begun))
        self.send()

    def measure(self, case: str, in_flight: int) -> Result:
        """Run for the time and say what came of it."""
        for _ in range(in_flight):
            self.send()
        time.sleep(WARM_UP_SECONDS)
        begun = time.perf_counter()
        time.sleep(SECONDS)
        over = time.perf_counter()
        self.running = False
        took = [seconds for at, seconds in list(self.ended) if begun <= at <= over]
        time.sleep(0.3)
        return Result(case, round(len(took) / (over - begun), 1), "orders/s", quantile(took, 0.5), quantile(took, 0.99))


def accept(province: Province, case: str, in_flight: int, *, hot: bool) -> Result:
    """Taken in: number, price, password, limits, guard, money held, one commit."""
    committer = _committer(province.parts(1))
    result = Pump(province, committer, hot).measure(case, in_flight)
    committer.close()
    return result


def life(province: Province, case: str, in_flight: int, make: Callable[[Parts], Finish], *, hot: bool) -> Result:
    """Taken in and brought to its end."""
    parts = province.parts(1)
    committer = _committer(parts)
    pump = Pump(province, committer, hot)
    _forget_what_is_due(parts)
    back = Here(make(parts), pump.finished) if parts.database.is_sqlite else Elsewhere(province, make, pump.finished)
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
    """All cases of one database."""
    with opened(POINTS) as province:
        raw = one_by_one_raw(province, f"{name}: raw driver one by one, whole life")
        orm = one_by_one_orm(province, f"{name}: ORM one by one, whole life")
        bare = bare_commits(province, f"{name}: bare commit of one row")
        results = [raw, orm, bare]
        for hot in (False, True):
            where = "all on one account" if hot else "spread over accounts"
            for in_flight in IN_FLIGHT:
                tail = f"{in_flight} in flight, {where}"
                taken = accept(province, f"{name}: recharge taken in, {tail}", in_flight, hot=hot)
                results.append(_beside_bare(taken, bare) if in_flight == 1 else taken)
                held = life(province, f"{name}: recharge held and finished, {tail}", in_flight, finish_directly, hot=hot)
                whole = life(province, f"{name}: recharge held, sent and finished, {tail}", in_flight, finish_by_dispatcher, hot=hot)
                results += [against(held, raw), against(held, orm), against(whole, raw)]
    return results


def _beside_bare(taken: Result, bare: Result) -> Result:
    """Idle latency in bare commits: the ratio of the two p50s."""
    assert taken.p50_ms is not None
    assert bare.p50_ms is not None
    return replace(taken, peer=f"{bare.case}, p50", peer_value=bare.p50_ms, ratio=round(taken.p50_ms / bare.p50_ms, 2))


def main() -> None:
    """Both databases."""
    results = one_database("sqlite", sqlite_province) + one_database("mariadb", mariadb_province)
    write("orders", results)
