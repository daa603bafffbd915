"""Lanes: what comes while work runs is one group, results find their way, and one group's failure is its own."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from pos.lanes import Lane
from tests.pos.waiting import until


def run(script) -> None:  # type: ignore[no-untyped-def]
    asyncio.run(script())


def test_what_comes_together_is_carried_out_together() -> None:
    groups: list[list[int]] = []

    def work(items: Sequence[int]) -> list[int]:
        groups.append(list(items))
        return [item * 2 for item in items]

    async def script() -> None:
        lane = Lane(work, "test", most=3)
        assert await asyncio.gather(*(lane.put(number) for number in range(7))) == [0, 2, 4, 6, 8, 10, 12]
        await lane.close()

    run(script)
    assert sorted(number for group in groups for number in group) == list(range(7))
    assert max(map(len, groups)) == 3


def test_what_comes_while_work_runs_waits_and_is_one_group() -> None:
    go, groups = threading.Event(), list[int]()

    def work(items: Sequence[int]) -> list[int]:
        groups.append(len(items))
        assert go.wait(30)
        return list(items)

    async def script() -> None:
        lane = Lane(work, "test", workers=1)
        first = asyncio.create_task(lane.put(1))
        await until(lambda: bool(groups))
        rest = [asyncio.create_task(lane.put(number)) for number in range(50)]
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(first, *rest)
        await lane.close()

    run(script)
    assert groups == [1, 50]


def test_a_group_that_fails_fails_alone() -> None:
    def work(items: Sequence[int]) -> list[int]:
        return [1 // item for item in items]

    async def script() -> None:
        lane = Lane(work, "test", most=1)
        good, bad, other = await asyncio.gather(lane.put(1), lane.put(0), lane.put(1), return_exceptions=True)
        assert (good, other) == (1, 1)
        assert isinstance(bad, ZeroDivisionError)
        await lane.close()

    run(script)


def test_closing_waits_for_what_is_under_way() -> None:
    done: list[int] = []

    def work(items: Sequence[int]) -> list[int]:
        done.extend(items)
        return list(items)

    async def script() -> None:
        lane = Lane(work, "test", most=1, workers=1)
        tasks = [asyncio.create_task(lane.put(number)) for number in range(5)]
        await asyncio.sleep(0)
        await lane.close()
        assert len(done) == 5
        await asyncio.gather(*tasks)

    run(script)


def test_whoever_gave_up_waiting_is_left_out() -> None:
    go = threading.Event()

    def work(items: Sequence[int]) -> list[int]:
        assert go.wait(30)
        return list(items)

    async def script() -> None:
        lane = Lane(work, "test")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await lane.put(1)
        go.set()
        assert await lane.put(2) == 2
        await lane.close()

    run(script)
