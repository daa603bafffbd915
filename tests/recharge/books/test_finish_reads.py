"""What evidence reads before it decides: attempts with their orders, balances, the accounts of house and stock."""

from collections.abc import Iterator

import pytest

from recharge.books.database import Database
from recharge.books.finish_reads import attempts_by_id, attempts_with_orders, plain_balances
from recharge.books.house import NotSetUp, house_accounts
from recharge.books.stock import stock_accounts
from recharge.domain.outcomes import AttemptAction, OutcomeState
from recharge.engine.administration import SHELL
from tests.support.province import Province
from tests.support.world import World


@pytest.fixture
def world(clean_sqlite_url: str) -> Iterator[World]:
    made = Province(clean_sqlite_url)
    made.deposit("A", "1000.00")
    yield made
    made.close()


def sent(world: World, amount: str = "10.00", number: str = "13800138000") -> tuple[int, int]:
    """An order under way and its attempt."""
    reply = world.recharge("A", amount, number)
    assert reply.order is not None
    return int(reply.order.order_number), world.send(reply)


def test_attempts_come_with_their_orders_in_the_orders_order(world: World) -> None:
    pairs = [sent(world, number=f"1380013000{digit}") for digit in range(3)]
    with world.database.write() as connection:
        found = world.database.find(connection, attempts_with_orders(world.database, [attempt for _, attempt in reversed(pairs)]))
    assert [(order.id, attempt.id) for attempt, order in found] == sorted(pairs)
    assert all(attempt.order_id == order.id and order.attempt_id == attempt.id for attempt, order in found)
    assert {(attempt.state, order.state) for attempt, order in found} == {("sending", "sending")}


def test_the_same_attempt_named_twice_is_one_and_an_unknown_one_is_none(world: World) -> None:
    _, attempt = sent(world)
    with world.database.write() as connection:
        assert len(world.database.find(connection, attempts_with_orders(world.database, [attempt, attempt, attempt + 1, 1]))) == 1
        assert world.database.find(connection, attempts_with_orders(world.database, [7])) == []
        assert list(attempts_by_id(world.database, connection, [attempt, 7])) == [attempt]


def test_a_reversal_stands_beside_the_sale_it_takes_back(world: World) -> None:
    order_id, first = sent(world)
    world.hear(first, OutcomeState.SUCCESS)
    reply = world.recharge("A", "30.00")
    assert reply.order is not None
    second = world.send(reply, AttemptAction.REVERSE)
    with world.database.write() as connection:
        rows = attempts_by_id(world.database, connection, [first, second])
        (pair,) = world.database.find(connection, attempts_with_orders(world.database, [first]))
    assert [rows[number].action for number in (first, second)] == ["submit", "reverse"]
    assert (pair[1].id, pair[1].state) == (order_id, "succeeded")


def test_balances_for_messages(world: World) -> None:
    ids = [int(world.one("SELECT a.id FROM account a JOIN party p ON p.id = a.owner_id AND a.kind = 'deposit' AND p.code = ?", code))
           for code in ("A", "B")]  # fmt: skip
    sent(world)
    with world.database.read() as connection:
        assert world.database.find(connection, plain_balances([])) == {}
        assert world.database.find(connection, plain_balances([*ids, 1])) == {ids[0]: world.balance("A"), ids[1]: 0}


def test_a_balance_is_read_as_it_was_committed_and_not_as_it_will_be(world: World) -> None:
    account = int(world.one("SELECT a.id FROM account a JOIN party p ON p.id = a.owner_id AND a.kind = 'deposit' AND p.code = 'A'"))
    other = Database(world.url)
    with world.database.write() as writing:
        world.database.change(writing, "UPDATE account SET balance_minor = balance_minor - 1 WHERE id = ?", [account])
        with other.read() as reading:
            assert other.find(reading, plain_balances([account])) == {account: 1000_00}
    with other.read() as reading:
        assert other.find(reading, plain_balances([account])) == {account: 999_99}
    other.close()


def test_every_link_has_its_stock_account(world: World) -> None:
    second = world.office.links.register(SHELL, "SECOND", "第二通道", "carrier_platform", {})
    with world.database.read() as connection:
        found = stock_accounts(world.database, connection)
    assert set(found) == {world.link_id, second}
    kinds = {row[0] for row in world.rows("SELECT kind FROM account WHERE id IN (?, ?)", *found.values())}
    assert (kinds, len(set(found.values()))) == ({"stock"}, 2)


def test_the_house_has_four_accounts_of_its_own(world: World) -> None:
    house = house_accounts(world.database)
    told = {str(row[0]): int(row[1]) for row in world.rows("SELECT kind, id FROM account WHERE owner_id = 0")}
    assert (house.hold, house.revenue, house.bank, house.adjustment) == tuple(
        told[kind] for kind in ("hold", "revenue", "bank", "adjustment")
    )


@pytest.mark.parametrize("missing", ["hold", "revenue", "bank", "adjustment"])
def test_without_one_of_them_nothing_begins(world: World, missing: str) -> None:
    with world.database.write() as connection:
        world.database.change(connection, "DELETE FROM account WHERE owner_id = 0 AND kind = ?", [missing])
    with pytest.raises(NotSetUp, match="kongchong seed"):
        house_accounts(world.database)
