"""Posting rules: whatever is sold, delivered or taken back, every entry sums to zero and nobody is out of pocket."""

from hypothesis import given
from hypothesis import strategies as st

from recharge.domain.posting_rules import Delivery, House, Leg, Sale, between, hold, merged, negated, release, settle

HOUSE = House(hold=1, revenue=2, bank=3, adjustment=4)
DEPOSIT, STOCK = 10, 20


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    face = draw(st.integers(1, 10**7))
    price = draw(st.integers(0, face))
    split = tuple((100 + level, draw(st.integers(1, max(1, face // 20)))) for level in range(draw(st.integers(0, 6))))
    return Sale(DEPOSIT, face, price, split)


@st.composite
def deliveries(draw: st.DrawFn, sale: Sale, *, whole: bool = False) -> Delivery:
    delivered = sale.face_minor if whole else draw(st.integers(0, sale.face_minor))
    return Delivery(STOCK, delivered, draw(st.integers(0, sale.face_minor)))


def total(legs: list[Leg]) -> int:
    return sum(amount for _, amount in legs)


def on(legs: list[Leg], account: int) -> int:
    return sum(amount for found, amount in legs if found == account)


SALE = Sale(DEPOSIT, 5000, 4900, ((101, 10), (102, 10), (103, 10)))


def test_a_recharge_of_fifty_settled_in_full() -> None:
    legs = settle(SALE, Delivery(STOCK, 5000, 4800), HOUSE)
    assert dict(legs) == {HOUSE.hold: -4900, STOCK: 4800, 101: 10, 102: 10, 103: 10, HOUSE.revenue: 70}


def test_three_fifths_delivered() -> None:
    legs = settle(SALE, Delivery(STOCK, 3000, 2880), HOUSE)
    assert dict(legs) == {HOUSE.hold: -4900, STOCK: 2880, 101: 6, 102: 6, 103: 6, HOUSE.revenue: 42, DEPOSIT: 1960}


def test_held_and_released() -> None:
    assert hold(SALE, HOUSE) == [(DEPOSIT, -4900), (HOUSE.hold, 4900)]
    assert release(SALE, HOUSE) == [(HOUSE.hold, -4900), (DEPOSIT, 4900)]


@given(st.data())
def test_every_entry_of_a_sale_sums_to_zero(data: st.DataObject) -> None:
    sale = data.draw(sales())
    settled = settle(sale, data.draw(deliveries(sale)), HOUSE)
    for legs in (hold(sale, HOUSE), release(sale, HOUSE), settled, negated(settled)):
        assert total(legs) == 0


@given(st.data())
def test_the_hold_is_empty_after_the_end(data: st.DataObject) -> None:
    sale = data.draw(sales())
    settled = settle(sale, data.draw(deliveries(sale)), HOUSE)
    assert on(hold(sale, HOUSE), HOUSE.hold) + on(settled, HOUSE.hold) == 0
    assert on(hold(sale, HOUSE), HOUSE.hold) + on(release(sale, HOUSE), HOUSE.hold) == 0


@given(st.data())
def test_a_partial_delivery_never_costs_more_than_the_whole_nor_less_than_its_part(data: st.DataObject) -> None:
    sale = data.draw(sales())
    delivery = data.draw(deliveries(sale))
    legs = settle(sale, delivery, HOUSE)
    paid = sale.price_minor - on(legs, DEPOSIT)
    assert 0 <= paid <= sale.price_minor
    assert paid * sale.face_minor >= sale.price_minor * delivery.delivered_minor
    for account, share in sale.split:
        assert 0 <= on(legs, account) <= share
    assert on(legs, STOCK) == delivery.charged_minor


@given(st.data())
def test_a_full_delivery_gives_nothing_back(data: st.DataObject) -> None:
    sale = data.draw(sales())
    legs = settle(sale, data.draw(deliveries(sale, whole=True)), HOUSE)
    assert on(legs, DEPOSIT) == 0
    assert all(on(legs, account) == share for account, share in sale.split)


@given(st.data())
def test_a_reversal_leaves_every_account_as_it_was(data: st.DataObject) -> None:
    sale = data.draw(sales())
    done = merged([*hold(sale, HOUSE), *settle(sale, data.draw(deliveries(sale)), HOUSE)])
    assert merged([*done, *negated(done)]) == []


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(-100, 100)), max_size=20))
def test_merged_legs_name_an_account_once_and_keep_every_sum(legs: list[Leg]) -> None:
    found = merged(legs)
    assert len({account for account, _ in found}) == len(found)
    assert all(amount for _, amount in found)
    assert all(on(found, account) == on(legs, account) for account in range(1, 6))


@given(st.integers(-(10**12), 10**12))
def test_a_plain_move(amount: int) -> None:
    assert total(between(7, 8, amount)) == 0
    assert on(between(7, 8, amount), 8) == amount
