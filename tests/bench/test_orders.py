"""The orders benchmark measures real work: what it leaves in the books is whole, its own and its peers'."""

from collections.abc import Callable, Iterator

import pytest

from bench import _peers, orders
from bench._back_half import Finish, finish_by_dispatcher, finish_directly
from bench._peers import Rows, one_by_one_orm, one_by_one_raw
from bench._province import Province, sqlite_province
from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.clock import SystemClock
from recharge.engine.parts import Parts


@pytest.fixture
def province(monkeypatch: pytest.MonkeyPatch) -> Iterator[Province]:
    """A few points, and no more time than it takes to see that it works."""
    for module in (orders, _peers):
        monkeypatch.setattr(module, "SECONDS", 0.3)
    monkeypatch.setattr(orders, "WARM_UP_SECONDS", 0.1)
    with sqlite_province(5) as made:
        yield made


def states(province: Province) -> dict[str, int]:
    """How many orders stand in which state."""
    database = Database(province.url)
    with database.read() as connection:
        found = {row[0]: row[1] for row in database.rows(connection, "SELECT state, COUNT(*) FROM orders GROUP BY state")}
        assert database.rows(connection, "SELECT COALESCE(SUM(amount_minor), 0) FROM posting")[0][0] == 0
    database.close()
    return found


def test_taking_in_holds_money(province: Province) -> None:
    result = orders.accept(province, "taken in", 4, hot=False)
    assert result.value > 0
    assert result.p50_ms is not None
    assert set(states(province)) == {"held"}


@pytest.mark.parametrize("make", [finish_directly, finish_by_dispatcher])
def test_a_whole_life_ends_well(province: Province, make: Callable[[Parts], Finish]) -> None:
    result = orders.life(province, "life", 4, make, hot=True)
    assert result.value > 0
    found = states(province)
    assert found["succeeded"] > 0
    assert set(found) <= {"succeeded", "held", "sending"}


def test_the_peers_write_the_same_rows(province: Province) -> None:
    assert one_by_one_raw(province, "raw").value > 0
    assert one_by_one_orm(province, "orm").value > 0
    database = Database(province.url)
    with database.read() as connection:
        count = database.rows(connection, "SELECT COUNT(*) FROM orders WHERE state = 'succeeded'")[0][0]
        assert count > 0
        for table, each in (("request", 1), ("attempt", 1), ("answer", 1), ("entry", 2), ("posting", 8), ("accrual", 3), ("outbox", 2)):
            assert database.rows(connection, f"SELECT COUNT(*) FROM {table}")[0][0] == count * each, table
    database.close()


def test_what_taking_in_writes_is_told_beside_it(province: Province) -> None:
    assert _peers.bare_commits_of_rows(province, "rows").value > 0
    assert set(states(province)) == {"held"}


def test_a_made_up_order_is_in_balance() -> None:
    rows = Rows(IdMaker(1, SystemClock()), [7], [1, 2, 3, 4, 5, 6], 0)
    assert sum(leg[3] for leg in rows.hold()) == 0
    assert sum(leg[3] for leg in rows.settle()) == 0
    assert {leg[2] for leg in rows.hold()} == {7, 1}


def test_idle_latency_is_told_in_bare_commits(province: Province) -> None:
    bare = _peers.bare_commits(province, "bare")
    taken = orders.accept(province, "taken in", 1, hot=False)
    beside = orders._beside(taken, bare)
    assert beside.peer == "bare, p50"
    assert beside.ratio is not None
