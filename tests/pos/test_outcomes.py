"""Waiting for orders' ends: all in one query, each within its own limit, and on through a database that is away."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pos.outcomes import Outcomes
from recharge import OrderState, OrderView
from tests.pos.test_codes import order
from tests.pos.waiting import until

DONE = replace(order(OrderState.SUCCEEDED), order_number="1")
LONG = 30.0


class Books:
    """Orders that end when a test says so."""

    def __init__(self) -> None:
        self.ended: dict[str, OrderView] = {}
        self.asked: list[list[str]] = []
        self.away = False

    def look(self, numbers: Sequence[str]) -> Mapping[str, OrderView]:
        self.asked.append(sorted(numbers))
        if self.away:
            self.away = False
            raise ConnectionError
        return {number: order for number, order in self.ended.items() if number in numbers}


def test_all_that_wait_are_asked_for_in_one_query() -> None:
    books = Books()

    async def script() -> None:
        outcomes = Outcomes(books.look)
        outcomes.start()
        tasks = [asyncio.create_task(outcomes.of(str(number), LONG)) for number in range(30)]
        await until(lambda: any(len(asked) == 30 for asked in books.asked))
        books.ended = {str(number): replace(DONE, order_number=str(number)) for number in range(30)}
        found = await asyncio.gather(*tasks)
        assert [item.order_number for item in found if item] == [str(number) for number in range(30)]
        await outcomes.close()

    asyncio.run(script())


def test_two_that_wait_for_the_same_order() -> None:
    books = Books()

    async def script() -> None:
        outcomes = Outcomes(books.look)
        outcomes.start()
        both = [asyncio.create_task(outcomes.of("1", LONG)) for _ in range(2)]
        await asyncio.sleep(0)
        books.ended = {"1": DONE}
        assert await asyncio.gather(*both) == [DONE, DONE]
        await outcomes.close()

    asyncio.run(script())
    assert all(asked == ["1"] for asked in books.asked)


def test_the_limit_is_each_ones_own() -> None:
    books = Books()

    async def script() -> None:
        outcomes = Outcomes(books.look)
        outcomes.start()
        patient = asyncio.create_task(outcomes.of("1", LONG))
        assert await outcomes.of("1", 0.05) is None
        assert await outcomes.of("1", 0.0) is None
        assert await outcomes.of("1", -1.0) is None
        books.ended = {"1": DONE}
        assert await patient == DONE
        await outcomes.close()

    asyncio.run(script())


def test_a_database_that_is_away_is_asked_again() -> None:
    books = Books()
    books.away = True

    async def script() -> None:
        outcomes = Outcomes(books.look)
        outcomes.start()
        books.ended = {"1": DONE}
        assert await outcomes.of("1", LONG) == DONE
        await outcomes.close()

    asyncio.run(script())
    assert len(books.asked) >= 2


def test_nobody_waits_nobody_looks() -> None:
    books = Books()

    async def script() -> None:
        outcomes = Outcomes(books.look)
        outcomes.start()
        await asyncio.sleep(0.1)
        await outcomes.close()
        await Outcomes(books.look).close()

    asyncio.run(script())
    assert books.asked == []
