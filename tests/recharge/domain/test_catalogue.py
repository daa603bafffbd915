"""What is sold: products and the amounts they take, codes as typed, carriers by number."""

from types import MappingProxyType

import pytest

from recharge.domain.catalogue import Carrier, Catalogue, Product
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.numbers import NumberRange
from recharge.domain.orders import OrderKind

FIXED = Product(1, "S50", OrderKind.RECHARGE, 1, 5000, None, None, None)
OPEN = Product(2, "OPEN", OrderKind.RECHARGE, 1, None, 1000, 50000, 100)
BILL = Product(3, "BILL", OrderKind.BILL_PAYMENT, 1, None, 1, None, None)
OTHER = Product(4, "U50", OrderKind.RECHARGE, 2, 5000, None, None, None)
CATALOGUE = Catalogue(
    carriers={1: Carrier(1, "CMCC", "中国移动"), 2: Carrier(2, "CUCC", "中国联通")},
    ranges={"138": NumberRange(1, ""), "1380013": NumberRange(1, "北京")},
    by_code={item.code: item for item in (FIXED, OPEN, BILL, OTHER)},
    by_carrier=MappingProxyType(
        {(1, OrderKind.RECHARGE): [FIXED, OPEN], (1, OrderKind.BILL_PAYMENT): [BILL], (2, OrderKind.RECHARGE): [OTHER]}
    ),
)


def refused(amount: int | None, code: str | None = None, kind: OrderKind = OrderKind.RECHARGE, carrier: int = 1) -> RefusalCode | None:
    try:
        CATALOGUE.product_for(kind, carrier, amount, code)
    except Refusal as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize(
    ("product", "amount", "taken"),
    [
        (FIXED, 5000, True), (FIXED, 4999, False), (FIXED, 0, False), (OPEN, 1000, True), (OPEN, 999, False), (OPEN, 50000, True),
        (OPEN, 50100, False), (OPEN, 1050, False), (BILL, 1, True), (BILL, 0, False), (BILL, 10**12, True),
    ],
)  # fmt: skip
def test_what_a_product_takes(product: Product, amount: int, taken: bool) -> None:
    assert product.takes(amount) is taken


def test_an_open_product_that_says_nothing_takes_any_amount_but_none() -> None:
    free = Product(9, "FREE", OrderKind.RECHARGE, 1, None, None, None, None)
    assert free.takes(1)
    assert not free.takes(0)
    assert not free.takes(-5)


@pytest.mark.parametrize(
    ("amount", "code", "found"),
    [(5000, None, FIXED), (5100, None, OPEN), (None, "S50", FIXED), (None, " s50 ", FIXED), (5000, "S50", FIXED), (5000, "open", OPEN),
     (5000, "", FIXED)],
)  # fmt: skip
def test_the_product_meant(amount: int | None, code: str | None, found: Product) -> None:
    product, face = CATALOGUE.product_for(OrderKind.RECHARGE, 1, amount, code)
    assert product is found
    assert face == (amount or found.fixed_minor)


@pytest.mark.parametrize(
    ("amount", "code", "why"),
    [
        (None, None, RefusalCode.BAD_AMOUNT), (0, None, RefusalCode.BAD_AMOUNT), (-5000, None, RefusalCode.BAD_AMOUNT),
        (999, None, RefusalCode.BAD_AMOUNT), (3000, "S50", RefusalCode.BAD_AMOUNT), (None, "OPEN", RefusalCode.BAD_AMOUNT),
        (None, "S51", RefusalCode.UNKNOWN_PRODUCT), (5000, "U50", RefusalCode.UNKNOWN_PRODUCT), (5000, "BILL", RefusalCode.UNKNOWN_PRODUCT),
    ],
)  # fmt: skip
def test_what_is_not_sold(amount: int | None, code: str | None, why: RefusalCode) -> None:
    assert refused(amount, code) is why


def test_a_carrier_without_bills_takes_none() -> None:
    assert refused(5000, kind=OrderKind.BILL_PAYMENT) is None
    assert refused(5000, kind=OrderKind.BILL_PAYMENT, carrier=2) is RefusalCode.BAD_AMOUNT


def test_where_a_number_belongs() -> None:
    assert CATALOGUE.locate("13800138000") == NumberRange(1, "北京")
    assert CATALOGUE.locate("13899999999") == NumberRange(1, "")
    with pytest.raises(Refusal) as refusal:
        CATALOGUE.locate("15000000000")
    assert (refusal.value.code, refusal.value.facts) == (RefusalCode.UNKNOWN_RANGE, {"number": "15000000000"})


def test_a_number_that_moved_keeps_its_province_and_not_its_carrier() -> None:
    assert CATALOGUE.locate("13800138000", ported_to=2) == NumberRange(2, "北京")
    assert CATALOGUE.locate("15000000000", ported_to=2) == NumberRange(2, "")


def test_an_empty_catalogue_sells_nothing() -> None:
    with pytest.raises(Refusal):
        Catalogue().locate("13800138000")
    with pytest.raises(Refusal):
        Catalogue().product_for(OrderKind.RECHARGE, 1, 5000, None)
