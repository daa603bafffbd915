"""What is sold, and how much of it: each change looked at, told and noted."""

import pytest

from recharge.books.catalogue_reads import read_catalogue
from recharge.books.database import Database
from recharge.books.tables.catalogue import limits, product
from recharge.domain.catalogue import Catalogue
from recharge.domain.limits import Limits
from recharge.domain.orders import OrderKind
from recharge.domain.parties import Role
from recharge.engine.administration import SHELL, Administration, AdministrationCode, AdministrationError
from tests.recharge.engine.administration.conftest import rows_in, seen_version, staff


def read(database: Database) -> Catalogue:
    with database.read() as connection:
        return read_catalogue(connection)


def test_a_fixed_denomination(tree: Administration, database: Database) -> None:
    found = read(database).by_code["S10"]
    assert (found.kind, found.fixed_minor) == (OrderKind.RECHARGE, 10_00)
    assert found.takes(10_00)
    assert not found.takes(20_00)


def test_an_open_amount_between_limits_in_steps(tree: Administration, database: Database) -> None:
    tree.catalogue.add_open(SHELL, "s", "移动任意金额", "cmcc", OrderKind.RECHARGE, 10_00, 500_00, 1_00)
    found = read(database).by_code["S"]
    assert [found.takes(amount) for amount in (9_00, 10_00, 10_50, 500_00, 501_00)] == [False, True, False, True, False]


def test_a_bill_payment(tree: Administration, database: Database) -> None:
    tree.catalogue.add_open(SHELL, "SB", "移动缴费", "CMCC", OrderKind.BILL_PAYMENT, 1_00, 1000_00)
    assert read(database).by_code["SB"].takes(33_33)


@pytest.mark.parametrize(
    ("least", "most", "step", "kind"),
    [
        (0, 100, 1, OrderKind.RECHARGE),
        (200, 100, 1, OrderKind.RECHARGE),
        (100, 200, 0, OrderKind.RECHARGE),
        (100, 200, -1, OrderKind.RECHARGE),
        (100, 10**16, 1, OrderKind.RECHARGE),
        (100, 200, 1, OrderKind.DEPOSIT),
    ],
)
def test_limits_that_make_no_sense_are_refused(
    tree: Administration, database: Database, least: int, most: int, step: int, kind: OrderKind
) -> None:
    with pytest.raises(AdministrationError) as error:
        tree.catalogue.add_open(SHELL, "S", "移动任意金额", "CMCC", kind, least, most, step)
    assert error.value.code is AdministrationCode.BAD_VALUE
    assert rows_in(database, product) == 1


def test_codes_are_one_products_and_carriers_must_be_known(tree: Administration) -> None:
    with pytest.raises(AdministrationError) as error:
        tree.catalogue.add_fixed(SHELL, "s10", "又一个", "CMCC", 10_00)
    assert error.value.code is AdministrationCode.TAKEN
    with pytest.raises(AdministrationError) as error:
        tree.catalogue.add_fixed(SHELL, "U10", "联通10元", "CUCC", 10_00)
    assert error.value.code is AdministrationCode.UNKNOWN_OBJECT
    with pytest.raises(AdministrationError) as error:
        tree.catalogue.add_fixed(SHELL, "S0", "移动0元", "CMCC", 0)
    assert error.value.code is AdministrationCode.BAD_VALUE


@pytest.mark.parametrize("kind", ["carrier", "tier"])
def test_carriers_and_tiers_are_there_once(tree: Administration, kind: str) -> None:
    add = {"carrier": tree.catalogue.add_carrier, "tier": tree.catalogue.add_tier}[kind]
    add(SHELL, "NEW", "新的")
    with pytest.raises(AdministrationError) as error:
        add(SHELL, "new", "又一个")
    assert error.value.code is AdministrationCode.TAKEN


def test_a_product_is_stopped_and_sold_again(tree: Administration, database: Database) -> None:
    before = seen_version(database)
    tree.catalogue.set_active(SHELL, "S10", False)
    assert "S10" not in read(database).by_code
    tree.catalogue.set_active(SHELL, "S10", True)
    assert "S10" in read(database).by_code
    assert seen_version(database) == before + 2


def test_limits_stand_for_party_tier_and_platform(tree: Administration, database: Database) -> None:
    tree.catalogue.limit_party(SHELL, "P1", Limits(order_most_minor=500_00, day_count=100))
    tree.catalogue.limit_tier(SHELL, "GOLD", Limits(day_minor=10_000_00))
    tree.catalogue.limit_platform(SHELL, Limits(month_minor=1_000_000_00))
    found = read(database).limits
    assert {scope for scope, _ in found} == {"party", "tier", "platform"}
    assert found["platform", 0] == Limits(month_minor=1_000_000_00)


def test_limits_are_replaced_as_a_whole(tree: Administration, database: Database) -> None:
    tree.catalogue.limit_party(SHELL, "P1", Limits(order_most_minor=500_00, day_count=100))
    tree.catalogue.limit_party(SHELL, "P1", Limits(month_count=7))
    assert list(read(database).limits.values()) == [Limits(month_count=7)]
    assert rows_in(database, limits) == 1


def test_a_limit_of_zero_stops_selling_and_a_negative_one_is_refused(tree: Administration, database: Database) -> None:
    tree.catalogue.limit_party(SHELL, "P1", Limits(day_count=0))
    assert list(read(database).limits.values()) == [Limits(day_count=0)]
    with pytest.raises(AdministrationError) as error:
        tree.catalogue.limit_party(SHELL, "P1", Limits(day_minor=-1))
    assert error.value.code is AdministrationCode.BAD_VALUE


@pytest.mark.parametrize("role", [Role.FINANCE, Role.SECURITY, Role.AUDITOR])
def test_who_has_no_right_changes_no_product(tree: Administration, role: Role) -> None:
    clerk = staff(tree, role)
    with pytest.raises(AdministrationError) as error:
        tree.catalogue.set_active(clerk, "S10", False)
    assert error.value.code is AdministrationCode.NOT_ALLOWED


def test_the_list_has_stopped_ones_too(tree: Administration) -> None:
    tree.catalogue.set_active(SHELL, "S10", False)
    assert [(row.code, row.carrier_code, row.active) for row in tree.catalogue.products()] == [("S10", "CMCC", False)]
