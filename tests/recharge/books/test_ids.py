"""Ids: in the order of time, never twice, and a worker number that nobody else holds."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recharge.books.database import Database
from recharge.books.ids import STALE_AFTER, WORKERS, IdMaker, NoWorkerNumber, claim_worker, keep_worker
from recharge.books.tables.metadata import stamp
from tests.support.world import MORNING, ManualClock


def test_ids_grow_and_fit_sixty_three_bits() -> None:
    ids = IdMaker(1023, ManualClock())
    made = [ids.next() for _ in range(20_000)]
    assert made == sorted(set(made))
    assert max(made) < 2**63


def test_later_is_larger_whoever_made_it() -> None:
    clock = ManualClock()
    early = IdMaker(1023, clock).next()
    clock.pass_time(milliseconds=1)
    assert IdMaker(0, clock).next() > early


def test_a_clock_set_back_makes_no_id_twice() -> None:
    clock = ManualClock()
    ids = IdMaker(5, clock)
    first = [ids.next() for _ in range(10)]
    clock.pass_time(hours=-2)
    second = [ids.next() for _ in range(10)]
    assert first + second == sorted(set(first + second))
    clock.pass_time(hours=3)
    assert ids.next() > second[-1]


def test_a_full_millisecond_borrows_the_next_and_keeps_its_worker() -> None:
    ids = IdMaker(5, ManualClock())
    made = [ids.next() for _ in range(3 * 4096)]
    assert len(set(made)) == len(made)
    assert {number >> 12 & 1023 for number in made} == {5}


def test_makers_with_other_numbers_never_meet() -> None:
    clock = ManualClock()
    makers = [IdMaker(number, clock) for number in (0, 1, 2, 1023)]
    made = [maker.next() for maker in makers for _ in range(6000)]
    assert len(set(made)) == len(made)


@given(st.lists(st.integers(-5000, 5000), max_size=60))
def test_whatever_the_clock_does_ids_grow(steps: list[int]) -> None:
    clock = ManualClock()
    ids, last = IdMaker(7, clock), 0
    for step in steps:
        clock.pass_time(milliseconds=step)
        number = ids.next()
        assert number > last
        last = number


def test_threads_share_a_maker() -> None:
    ids = IdMaker(1, ManualClock())
    with ThreadPoolExecutor(8) as pool:
        made = [number for part in pool.map(lambda _: [ids.next() for _ in range(2000)], range(8)) for number in part]
    assert len(set(made)) == 16000


def test_each_process_holds_a_number_of_its_own(database: Database) -> None:
    clock = ManualClock()
    assert [claim_worker(database, f"host:{n}", clock) for n in range(4)] == [0, 1, 2, 3]


def test_processes_that_start_together_get_different_numbers(database: Database) -> None:
    clock, start = ManualClock(), threading.Barrier(6)

    def claim(place: int) -> int:
        start.wait(30)
        return claim_worker(database, f"host:{place}", clock)

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(claim, range(6))) == list(range(6))


def test_the_number_of_a_silent_process_is_given_to_another(database: Database) -> None:
    clock = ManualClock()
    assert [claim_worker(database, "first", clock), claim_worker(database, "second", clock)] == [0, 1]
    clock.moment = MORNING + STALE_AFTER / 2
    keep_worker(database, 1, clock)
    clock.moment = MORNING + STALE_AFTER
    assert claim_worker(database, "third", clock) == 2
    clock.moment = MORNING + STALE_AFTER + timedelta(seconds=1)
    assert claim_worker(database, "fourth", clock) == 0
    assert claim_worker(database, "fifth", clock) == 3


def test_a_stale_number_is_taken_over_by_one_only(database: Database) -> None:
    clock = ManualClock()
    claim_worker(database, "gone", clock)
    clock.pass_time(hours=1)
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda n: claim_worker(database, f"new {n}", clock), range(4))) == [0, 1, 2, 3]


def test_when_every_number_is_held_it_says_so(database: Database) -> None:
    clock = ManualClock()
    with database.write() as connection:
        rows = [(number, "host:1", stamp(clock.now())) for number in range(WORKERS)]
        database.change_many(connection, "INSERT INTO worker (number, holder, seen_at) VALUES (?, ?, ?)", rows)
    with pytest.raises(NoWorkerNumber, match="1024"):
        claim_worker(database, "one too many", clock)
    clock.moment = MORNING + STALE_AFTER + timedelta(seconds=1)
    assert claim_worker(database, "later", clock) == 0
