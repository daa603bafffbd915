"""The event loop around the core: nothing a supplier said is lost, a failing link or database holds nothing else up, stopping drains."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest

from recharge.books.database import DatabaseBusy
from recharge.dispatch.core import Core
from recharge.dispatch.links import LinkPool
from recharge.dispatch.wake import WakeReceiver
from recharge.dispatch.work import (
    Answered,
    AskBalance,
    Balanced,
    Done,
    GaveUp,
    GiveUp,
    Look,
    Looked,
    Query,
    Recover,
    Submit,
    Work,
)
from recharge.dispatch.worker import Worker, WorkerRules
from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import FailureReason, Outcome, OutcomeState
from recharge.suppliers.contract import AttemptOrder, CannotTell
from tests.support.world import MORNING

S = OutcomeState
QUICK = WorkerRules(most_in_flight=4, busy=timedelta(milliseconds=2), idle=timedelta(milliseconds=5))
LINK = 7


def submit(number: int) -> Submit:
    order = AttemptOrder(str(number), "13800138000", 5000, OrderKind.RECHARGE, "CMCC", MORNING)
    return Submit(number, number, LINK, order, MORNING)


def query(number: int) -> Query:
    return Query(number, number, LINK, submit(number).order, MORNING, MORNING, absent_before=False, known=False)


@dataclass
class FakeCore:
    """Hands out what the test has put down, and keeps what came of it."""

    todo: list[Work] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    follow: dict[int, list[Work]] = field(default_factory=dict)
    batches: list[int] = field(default_factory=list)
    claim_errors: list[Exception] = field(default_factory=list)
    conclude_errors: list[Exception] = field(default_factory=list)
    poisoned: set[int] = field(default_factory=set)
    questions: list[Work] = field(default_factory=list)
    largest_claim: int = 0
    conclude_gate: threading.Event | None = None

    def claim(self, most: int) -> list[Work]:
        if self.claim_errors:
            raise self.claim_errors.pop()
        self.largest_claim = max(self.largest_claim, most)
        taken, self.todo = self.todo[:most], self.todo[most:]
        return taken

    def without_asking(self, work: Work) -> Done | None:
        if isinstance(work, Recover):
            return Answered(work, Outcome(S.UNKNOWN, MORNING))
        return GaveUp(work) if isinstance(work, GiveUp) else None

    def conclude(self, done: Sequence[Done]) -> list[Work]:
        if self.conclude_gate is not None:
            self.conclude_gate.wait(10)
        if self.conclude_errors:
            raise self.conclude_errors.pop()
        numbers = [item.work.attempt_id for item in done if isinstance(item, Answered)]
        if self.poisoned & set(numbers):
            raise ValueError("poisoned")
        self.batches.append(len(done))
        self.done += done
        return [work for number in numbers for work in self.follow.pop(number, [])]

    def free_orphans(self) -> int:
        return 0

    def look_after_links(self) -> list[Work]:
        asked, self.questions = self.questions, []
        return asked


@dataclass
class FakeLink:
    """Answers when let."""

    gate: asyncio.Event | None = None
    errors: dict[str, Exception] = field(default_factory=dict)
    now: int = 0
    most: int = 0

    async def submit(self, order: AttemptOrder) -> Outcome:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            if self.gate is not None:
                await self.gate.wait()
            if order.reference in self.errors:
                raise self.errors[order.reference]
            return Outcome(S.SUCCESS, MORNING)
        finally:
            self.now -= 1

    async def query(self, order: AttemptOrder) -> Outcome:
        return Outcome(S.NOT_FOUND, MORNING)

    reverse = query

    async def balance(self) -> None:
        raise CannotTell("silent")


class FakePool(dict[int, Any]):
    """A pool that is never refreshed from a database."""

    closed = False
    reads = 0

    def read(self) -> list[Any]:
        self.reads += 1
        return []

    def take(self, setups: Sequence[Any]) -> None:
        assert setups == []

    async def close_retired(self) -> None:
        return

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


@pytest.fixture
def core() -> FakeCore:
    return FakeCore()


@pytest.fixture
def link() -> FakeLink:
    return FakeLink()


def run(
    core: FakeCore, link: FakeLink, thread: ThreadPoolExecutor, enough: Callable[[], bool], during: Callable[[], None] | None = None
) -> FakePool:
    """Run a worker until `enough`, then stop it and let it drain."""
    pool = FakePool({LINK: link})

    async def scene() -> None:
        worker = Worker(cast("Core", core), cast("LinkPool", pool), QUICK, WakeReceiver(None), thread)
        running = asyncio.create_task(worker.run())
        loop = asyncio.get_running_loop()
        deadline = loop.time() + 20
        while not enough() and not running.done():
            assert loop.time() < deadline, core
            await asyncio.sleep(0.002)
        if during is not None:
            during()
        worker.stop()
        await asyncio.wait_for(running, 20)

    asyncio.run(scene())
    return pool


def finished(core: FakeCore) -> set[int]:
    return {item.work.attempt_id for item in core.done if isinstance(item, Answered)}


def test_everything_claimed_is_carried_out_and_applied(core: FakeCore, link: FakeLink, thread: ThreadPoolExecutor) -> None:
    core.todo = [submit(number) for number in range(1, 31)]
    pool = run(core, link, thread, lambda: len(core.done) == 30)
    assert finished(core) == set(range(1, 31))
    assert {item.outcome.state for item in core.done if isinstance(item, Answered)} == {S.SUCCESS}
    assert pool.closed


def test_no_more_are_on_their_way_than_allowed(core: FakeCore, link: FakeLink, thread: ThreadPoolExecutor) -> None:
    core.todo = [submit(number) for number in range(1, 31)]
    run(core, link, thread, lambda: len(core.done) == 30)
    assert core.largest_claim <= 4
    assert link.most <= 4


def test_outcomes_that_come_while_a_batch_is_applied_go_together(core: FakeCore, link: FakeLink, thread: ThreadPoolExecutor) -> None:
    core.todo = [submit(number) for number in range(1, 5)]
    core.conclude_gate = threading.Event()

    def all_answered() -> bool:
        if link.most and not core.todo and not link.now:
            core.conclude_gate.set()  # type: ignore[union-attr]
        return len(core.done) == 4

    run(core, link, thread, all_answered)
    assert len(core.batches) <= 3
    assert sum(core.batches) == 4


def test_a_link_that_fails_leaves_an_unknown_outcome(core: FakeCore, link: FakeLink, thread: ThreadPoolExecutor) -> None:
    core.todo = [submit(1), submit(2)]
    link.errors = {"1": ZeroDivisionError()}
    run(core, link, thread, lambda: len(core.done) == 2)
    states = {item.work.attempt_id: item.outcome.state for item in core.done if isinstance(item, Answered)}
    assert states == {1: S.UNKNOWN, 2: S.SUCCESS}


def test_a_link_that_went_away_leaves_an_unknown_outcome(core: FakeCore, thread: ThreadPoolExecutor) -> None:
    core.todo = [Submit(1, 1, 99, submit(1).order, MORNING)]
    run(core, FakeLink(), thread, lambda: len(core.done) == 1)
    first = core.done[0]
    assert isinstance(first, Answered)
    assert first.outcome.state is S.UNKNOWN


def test_outcomes_wait_for_a_database_that_is_away(
    core: FakeCore, link: FakeLink, thread: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recharge.dispatch.worker._AFTER_FAILURE_SECONDS", 0.01)
    core.todo = [submit(1)]
    core.conclude_errors = [DatabaseBusy(), DatabaseBusy(), DatabaseBusy()]
    run(core, link, thread, lambda: len(core.done) == 1)
    assert finished(core) == {1}


def test_one_outcome_that_cannot_be_applied_does_not_hold_up_the_others(core: FakeCore, link: FakeLink, thread: ThreadPoolExecutor) -> None:
    core.todo = [submit(number) for number in range(1, 5)]
    core.poisoned = {3}
    run(core, link, thread, lambda: len(core.done) == 3)
    assert finished(core) == {1, 2, 4}


def test_a_failed_claim_is_tried_again(core: FakeCore, link: FakeLink, thread: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recharge.dispatch.worker._AFTER_FAILURE_SECONDS", 0.01)
    core.todo = [submit(1)]
    core.claim_errors = [DatabaseBusy(), ValueError("strange row")]
    run(core, link, thread, lambda: len(core.done) == 1)


def test_what_follows_is_carried_out_too(core: FakeCore, link: FakeLink, thread: ThreadPoolExecutor) -> None:
    core.todo = [submit(1)]
    core.follow = {1: [query(2)]}
    run(core, link, thread, lambda: len(core.done) == 2)
    assert finished(core) == {1, 2}


def test_what_needs_no_asking_is_applied_at_once(core: FakeCore, link: FakeLink, thread: ThreadPoolExecutor) -> None:
    core.todo = [Recover(1, 1), GiveUp(2, FailureReason.NO_LINK)]
    run(core, link, thread, lambda: len(core.done) == 2)
    assert [type(item) for item in core.done] == [Answered, GaveUp]
    assert link.most == 0


def test_balances_and_statements_are_asked_for(core: FakeCore, link: FakeLink, thread: ThreadPoolExecutor) -> None:
    core.questions = [AskBalance(LINK)]
    core.todo = [Look(query(3), (), Outcome(S.NOT_FOUND, MORNING))]
    run(core, link, thread, lambda: len(core.done) == 2)
    assert {type(item) for item in core.done} == {Balanced, Looked}
    assert [item.stock for item in core.done if isinstance(item, Balanced)] == [None]


def test_a_loop_that_ends_by_mistake_ends_the_process(core: FakeCore, link: FakeLink, thread: ThreadPoolExecutor) -> None:
    def strange() -> list[Work]:
        raise KeyError("link")

    core.look_after_links = strange  # type: ignore[method-assign]
    with pytest.raises(KeyError):
        run(core, link, thread, lambda: False)


def test_a_balance_that_fails_by_mistake_is_no_stock(
    core: FakeCore, link: FakeLink, thread: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(link, "balance", broken)
    core.questions = [AskBalance(LINK)]
    run(core, link, thread, lambda: len(core.done) == 1)
    assert [item.stock for item in core.done if isinstance(item, Balanced)] == [None]


def test_stopping_waits_for_answers_and_claims_nothing_more(core: FakeCore, link: FakeLink, thread: ThreadPoolExecutor) -> None:
    core.todo = [submit(1), submit(2)]

    async def gated() -> None:
        link.gate = asyncio.Event()

    def stop_then_answer() -> None:
        core.todo = [submit(3)]
        asyncio.get_running_loop().call_later(0.1, link.gate.set)  # type: ignore[union-attr]

    asyncio.run(gated())
    pool = run(core, link, thread, lambda: link.now == 2, stop_then_answer)
    assert finished(core) >= {1, 2}
    assert pool.closed
    assert link.now == 0
