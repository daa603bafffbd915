"""The simulated suppliers' counter: each reference once, each credit once, ends when they are due."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.supplier.behaviour import BEHAVIOURS, BY_SUFFIX
from simulators.supplier.ledger import Ledger
from simulators.supplier.shop import Rules, Shop


class Clock:
    """Stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shop(tmp_path: Path, clock: Clock) -> Iterator[Shop]:
    ledger = Ledger(tmp_path / "shop.sqlite", 10_000)
    yield Shop(ledger, Rules(), clock)
    ledger.close()


def credited(shop: Shop) -> list[tuple[str, int, int]]:
    return [(row["reference"], row["amount_minor"], row["direction"]) for row in shop.ledger.told()["credits"]]


def test_a_reference_is_done_once(shop: Shop) -> None:
    first, second = shop.take("1", "13800139000", 5000), shop.take("1", "13800139000", 5000)
    assert first == second
    assert credited(shop) == [("1", 5000, 1)]
    assert shop.ledger.stock_minor() == 5000


def test_a_broken_supplier_does_it_again(shop: Shop) -> None:
    shop.rules.dedupe = False
    shop.take("1", "13800139000", 5000)
    shop.take("1", "13800139000", 5000)
    assert len(credited(shop)) == 2


def test_no_more_than_the_stock_is_credited(shop: Shop) -> None:
    orders = [shop.take(str(number), "13800139000", 6000) for number in (1, 2)]
    assert [order.state for order in orders if order] == ["done", "refused"]
    shop.add_stock(-99_999)
    assert shop.ledger.stock_minor() == 0


def test_what_is_taken_for_later_ends_when_it_is_due(shop: Shop, clock: Clock) -> None:
    shop.take("1", "13800139010", 5000)
    shop.take("2", "13800139011", 5000)
    assert shop.end_due() == []
    clock.now += 2.0
    assert [(order.reference, order.state) for order in shop.end_due()] == [("1", "done"), ("2", "refused")]
    assert shop.end_due() == []
    assert credited(shop) == [("1", 5000, 1)]


def test_what_is_hidden_is_found_after_a_while(shop: Shop, clock: Clock) -> None:
    shop.take("1", "13800139030", 5000)
    assert shop.find("1") is None
    clock.now += 5.0
    assert shop.find("1") is not None
    assert shop.find("2") is None


def test_what_is_lost_leaves_no_trace(shop: Shop) -> None:
    assert shop.take("1", "13800139009", 5000) is None
    assert shop.ledger.orders() == []


def test_a_credit_is_taken_back_once(shop: Shop) -> None:
    shop.take("1", "13800139040", 5000)
    assert shop.take_back("1")
    assert not shop.take_back("1")
    assert not shop.take_back("2")
    assert credited(shop) == [("1", 2500, 1), ("1", 2500, -1)]
    assert shop.ledger.stock_minor() == 10_000


def test_a_ledger_outlives_its_process(tmp_path: Path) -> None:
    for _ in range(2):
        ledger = Ledger(tmp_path / "shop.sqlite", 10_000)
        Shop(ledger, Rules()).take("1", "13800139000", 4000)
        assert ledger.stock_minor() == 6000
        ledger.close()


def test_each_behaviour_has_a_number_of_its_own() -> None:
    assert len(BY_SUFFIX) == len(BEHAVIOURS)
    assert all(len(suffix) == 4 for suffix in BY_SUFFIX)
