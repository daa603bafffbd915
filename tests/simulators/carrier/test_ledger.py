"""The ledger: what waits is committed together, a bad change hurts nobody else, and only committed facts are seen."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from simulators.carrier.ledger import Ledger, empty, stock
from tests.simulators.carrier.conftest import World

Change = Callable[[sqlite3.Connection], object]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "ledger.sqlite")
    made.open_stock("province-agent", 100_000, "20261121")
    yield made
    made.close()


def with_committer(ledger: Ledger, work: Callable[[], Awaitable[object]]) -> object:
    """Run something while the committer works."""

    async def both() -> object:
        committer = asyncio.create_task(ledger.commit_forever())
        try:
            return await work()
        finally:
            committer.cancel()
            with suppress(asyncio.CancelledError):
                await committer

    return asyncio.run(both())


def adding(number: str) -> Change:
    return lambda connection: connection.execute("insert into subscriber (number) values (?)", (number,)).rowcount


def numbers(ledger: Ledger) -> list[str]:
    return ledger.read(lambda connection: [row[0] for row in connection.execute("select number from subscriber order by number")])


def test_a_change_gives_back_its_result(ledger: Ledger) -> None:
    assert with_committer(ledger, lambda: ledger.write(adding("13800138000"))) == 1
    assert numbers(ledger) == ["13800138000"]


def test_what_waits_is_committed_together(ledger: Ledger) -> None:
    commits: list[str] = []
    ledger._connection.set_trace_callback(lambda statement: commits.append(statement) if statement == "commit" else None)

    async def many() -> None:
        await asyncio.gather(*[ledger.write(adding(f"{13800000000 + n}")) for n in range(500)])

    with_committer(ledger, many)
    assert len(numbers(ledger)) == 500
    assert len(commits) <= 2


def test_a_lone_change_does_not_wait_for_company(ledger: Ledger) -> None:
    async def one_by_one() -> None:
        for n in range(5):
            await ledger.write(adding(f"{13800000000 + n}"))

    with_committer(ledger, one_by_one)
    assert len(numbers(ledger)) == 5


def test_a_bad_change_does_not_fail_its_neighbours(ledger: Ledger) -> None:
    async def some_bad() -> list[object]:
        wanted = ["13800000001", "13800000002", "13800000001", "13800000003"]
        return await asyncio.gather(*[ledger.write(adding(number)) for number in wanted], return_exceptions=True)

    results = with_committer(ledger, some_bad)
    assert isinstance(results, list)
    assert [type(result) for result in results] == [int, int, sqlite3.IntegrityError, int]
    assert numbers(ledger) == ["13800000001", "13800000002", "13800000003"]


def test_a_bad_change_leaves_nothing_half_done(ledger: Ledger) -> None:
    def half(connection: sqlite3.Connection) -> None:
        adding("13800000009")(connection)
        raise ValueError("half way")

    async def bad() -> None:
        with pytest.raises(ValueError, match="half way"):
            await ledger.write(half)
        await ledger.write(adding("13800000001"))

    with_committer(ledger, bad)
    assert numbers(ledger) == ["13800000001"]


def test_who_stopped_waiting_does_not_stop_the_others(ledger: Ledger) -> None:
    async def one_gone() -> None:
        gone = asyncio.create_task(ledger.write(adding("13800000001")))
        await asyncio.sleep(0)
        gone.cancel()
        await ledger.write(adding("13800000002"))

    with_committer(ledger, one_gone)
    assert "13800000002" in numbers(ledger)


def test_another_reader_sees_what_was_answered(ledger: Ledger, tmp_path: Path) -> None:
    async def look() -> list[object]:
        await ledger.write(adding("13800000001"))
        with sqlite3.connect(tmp_path / "ledger.sqlite") as other:
            seen = other.execute("select count(*) from subscriber").fetchone()
        other.close()
        return list(seen)

    assert with_committer(ledger, look) == [1]


def test_commits_are_durable(ledger: Ledger) -> None:
    assert ledger.read(lambda connection: connection.execute("pragma synchronous").fetchone()[0]) == 2
    assert ledger.read(lambda connection: connection.execute("pragma journal_mode").fetchone()[0]) == "wal"


def test_stock_is_opened_once(ledger: Ledger, tmp_path: Path) -> None:
    ledger.read(lambda connection: connection.execute("update stock set free_minor = 70000"))
    again = Ledger(tmp_path / "ledger.sqlite")
    again.open_stock("province-agent", 999, "20261125")
    assert again.read(stock) == (100_000, 70_000, 0)
    assert again.read(lambda connection: connection.execute("select day from opened").fetchall()) == [("20261121",)]
    again.close()


def test_stock_cannot_fall_below_nothing(ledger: Ledger) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        ledger.read(lambda connection: connection.execute("update stock set free_minor = free_minor - 100001"))


def test_emptying_forgets_all_but_the_opening_stock(world: World) -> None:
    world.take(world.reference(), behaviour="accepted_ok")
    world.take(world.reference())
    world.ledger.read(empty)
    counts = [world.one(f"select count(*) from {table}") for table in ("orders", "credit", "callback", "subscriber", "issue")]
    assert counts == [0] * 5
    assert world.ledger.read(stock) == (10_000_000, 10_000_000, 0)


def test_an_order_is_credited_once_whoever_asks(world: World) -> None:
    reference = world.reference()
    order = world.take(reference).order
    assert order is not None
    with pytest.raises(sqlite3.IntegrityError):
        world.rows("insert into credit select null, order_id, 1, kind, '', '', '', 'X', number, 0, 0, 0, day, at from credit")
