"""Money between accounts: up, down and sideways as the rules allow, taken back while it is there, and commission to the deposit."""

from collections.abc import Iterator

import pytest

from recharge.books.rollup import roll_up
from recharge.domain import requests as ask
from recharge.domain.errors import RefusalCode
from recharge.domain.orders import OrderKind
from recharge.domain.rules import TransferRules
from recharge.engine.administration import SHELL
from recharge.engine.parts import Rules
from tests.support.books import check_books, code_of, fact_of, messages, number_of, order_of, sold
from tests.support.province import Province
from tests.support.world import PASSWORD, World


def open_shop(world: World, code: str) -> None:
    """A distributor that does business of its own."""
    world.office.endpoints.bind(SHELL, ask.EndpointKind.WEB_LOGIN, world.login_of(code), code)
    world.office.credentials.set(SHELL, code, PASSWORD, temporary=False)


@pytest.fixture
def tree(world: World) -> World:
    """Distributor D3 has 500.00 and may give to those below it."""
    open_shop(world, "D3")
    world.deposit("D3", "500.00")
    return world


@pytest.fixture
def every_way(clean_database_url: str) -> Iterator[World]:
    """A province where money may go every way, at most 200.00 at once."""
    made = Province(clean_database_url, Rules(transfer=TransferRules(up=True, down=True, sideways=True, most_minor=20000)))
    made.deposit("A", "1000.00")
    open_shop(made, "D3")
    yield made
    check_books(made)
    made.close()


def test_a_distributor_gives_to_a_point(tree: World) -> None:
    reply = tree.ask("D3", ask.Transfer("A", 12345))
    assert order_of(reply).kind is OrderKind.TRANSFER
    assert reply.balance_minor == 50000 - 12345 == tree.balance("D3")
    assert tree.balance("A") == 112345
    assert messages(tree, reply) == [("received", "agent")]


def test_the_ways_that_are_closed(tree: World) -> None:
    for who, to in (("A", "D3"), ("A", "B"), ("A", "ROOT"), ("A", "A"), ("D3", "D2"), ("D3", "D3")):
        assert code_of(tree.ask(who, ask.Transfer(to, 100))) is RefusalCode.TRANSFER_NOT_ALLOWED, (who, to)
    assert (tree.balance("A"), tree.balance("D3")) == (100000, 50000)


def test_what_else_is_refused(tree: World) -> None:
    assert code_of(tree.ask("D3", ask.Transfer("NOBODY", 100))) is RefusalCode.UNKNOWN_PARTY
    assert code_of(tree.ask("D3", ask.Transfer("", 100))) is RefusalCode.UNKNOWN_PARTY
    assert code_of(tree.ask("D3", ask.Transfer("A", 0))) is RefusalCode.BAD_AMOUNT
    assert code_of(tree.ask("D3", ask.Transfer("A", -100))) is RefusalCode.BAD_AMOUNT
    short = tree.ask("D3", ask.Transfer("A", 50001))
    assert code_of(short) is RefusalCode.INSUFFICIENT_BALANCE
    assert fact_of(short, "balance_minor") == 50000
    tree.office.parties.block(SHELL, "B")
    assert code_of(tree.ask("D3", ask.Transfer("B", 100))) is RefusalCode.UNKNOWN_PARTY
    assert code_of(tree.ask("FIN1", ask.Transfer("A", 100))) is RefusalCode.NOT_ALLOWED


def test_every_way_where_the_rules_say_so(every_way: World) -> None:
    every_way.deposit("D3", "10.00")
    for who, to in (("A", "D3"), ("A", "B"), ("A", "ROOT"), ("D3", "A"), ("D3", "D1")):
        assert every_way.ask(who, ask.Transfer(to, 1000)).done, (who, to)
    assert code_of(every_way.ask("A", ask.Transfer("A", 1000))) is RefusalCode.TRANSFER_NOT_ALLOWED
    over = every_way.ask("A", ask.Transfer("B", 20001))
    assert (code_of(over), fact_of(over, "limit_minor")) == (RefusalCode.OVER_ORDER_LIMIT, 20000)


def test_money_goes_round_within_one_batch(every_way: World) -> None:
    world = every_way
    steps = [("A", "B", 9000), ("B", "D3", 8000), ("D3", "A", 7000), ("B", "A", 1001), ("D3", "ROOT", 1000)]
    replies = world.intake.take([world.request(who, ask.Transfer(to, amount)) for who, to, amount in steps])
    assert [reply.done for reply in replies] == [True, True, True, False, True]
    assert [world.balance(code) for code in ("A", "B", "D3", "ROOT")] == [98000, 1000, 0, 1000]


def test_a_transfer_is_taken_back_while_the_receiver_has_it(tree: World) -> None:
    given = tree.ask("D3", ask.Transfer("B", 5000))
    back = tree.ask("D3", ask.ReverseTransfer(number_of(given)))
    assert order_of(back).state == "reversed"
    assert (tree.balance("D3"), tree.balance("B")) == (50000, 0)
    assert back.balance_minor == 50000
    assert messages(tree, given) == [("received", "agent"), ("taken_back", "agent")]
    assert code_of(tree.ask("D3", ask.ReverseTransfer(number_of(given)))) is RefusalCode.NOT_REVERSIBLE


def test_a_transfer_taken_back_twice_in_one_batch_goes_back_once(tree: World) -> None:
    given = tree.ask("D3", ask.Transfer("B", 5000))
    tree.deposit("B", "100.00")
    batch = [tree.request("D3", ask.ReverseTransfer(number_of(given))) for _ in range(2)]
    assert [reply.done for reply in tree.intake.take(batch)] == [True, False]
    assert tree.balance("B") == 10000


def test_a_transfer_the_receiver_has_spent_stays(tree: World) -> None:
    given = tree.ask("D3", ask.Transfer("B", 5000))
    assert tree.recharge("B", "10.00").done
    assert code_of(tree.ask("D3", ask.ReverseTransfer(number_of(given)))) is RefusalCode.INSUFFICIENT_BALANCE
    assert tree.state(given) == "succeeded"
    tree.deposit("B", "9.80")
    assert tree.ask("D3", ask.ReverseTransfer(number_of(given))).done


def test_only_its_giver_takes_a_transfer_back_and_only_the_same_day(tree: World) -> None:
    given = tree.ask("D3", ask.Transfer("A", 5000))
    assert code_of(tree.ask("A", ask.ReverseTransfer(number_of(given)))) is RefusalCode.UNKNOWN_ORDER
    assert code_of(tree.ask("D3", ask.ReverseTransfer("12"))) is RefusalCode.UNKNOWN_ORDER
    assert code_of(tree.ask("D3", ask.ReverseTransfer("?"))) is RefusalCode.UNKNOWN_ORDER
    order = sold(tree)
    assert code_of(tree.ask("A", ask.ReverseTransfer(number_of(order)))) is RefusalCode.UNKNOWN_ORDER
    tree.clock.pass_time(days=1)
    assert code_of(tree.ask("D3", ask.ReverseTransfer(number_of(given)))) is RefusalCode.REVERSAL_TOO_LATE
    assert tree.balance("A") == 105000 - 4900


def test_commission_moves_to_the_deposit_after_the_roll_up(tree: World) -> None:
    sold(tree)
    before = tree.ask("D3", ask.CommissionToDeposit())
    assert code_of(before) is RefusalCode.BAD_AMOUNT
    roll_up(tree.database)
    assert tree.ask("D3", ask.Balance()).commission_minor == 10
    part = tree.ask("D3", ask.CommissionToDeposit(4))
    assert (part.balance_minor, part.commission_minor) == (50004, 6)
    assert code_of(tree.ask("D3", ask.CommissionToDeposit(7))) is RefusalCode.INSUFFICIENT_BALANCE
    assert code_of(tree.ask("D3", ask.CommissionToDeposit(-1))) is RefusalCode.BAD_AMOUNT
    rest = tree.ask("D3", ask.CommissionToDeposit())
    assert (rest.balance_minor, rest.commission_minor) == (50010, 0)


def test_commission_asked_for_twice_in_one_batch_is_moved_once(tree: World) -> None:
    sold(tree)
    roll_up(tree.database)
    replies = tree.intake.take([tree.request("D3", ask.CommissionToDeposit()) for _ in range(2)])
    assert [reply.done for reply in replies] == [True, False]
    assert tree.balance("D3") == 50010


def test_a_point_has_no_commission_of_its_own(world: World) -> None:
    sold(world)
    roll_up(world.database)
    assert code_of(world.ask("A", ask.CommissionToDeposit())) is RefusalCode.BAD_AMOUNT
