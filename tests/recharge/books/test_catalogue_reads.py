"""The catalogue as one picture: what is in it, in which order, and how a running process notices that it is stale."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from recharge.books.catalogue_reads import read_catalogue
from recharge.books.changes import CATALOGUE, ENDPOINT, PARTY, record_change
from recharge.books.database import Database
from recharge.books.directory import Directory
from recharge.domain.catalogue import Catalogue
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.limits import Limits
from recharge.domain.numbers import NumberRange
from recharge.domain.orders import OrderKind
from recharge.engine.administration import SHELL
from tests.support.province import Province
from tests.support.world import World


@pytest.fixture
def world(clean_sqlite_url: str) -> Iterator[World]:
    made = Province(clean_sqlite_url)
    yield made
    made.close()


def seen(world: World) -> Catalogue:
    with world.database.read() as connection:
        return read_catalogue(connection)


def carrier(picture: Catalogue, code: str) -> int:
    return next(item.id for item in picture.carriers.values() if item.code == code)


def test_an_empty_deployment_has_an_empty_catalogue(clean_sqlite_url: str) -> None:
    database = Database(clean_sqlite_url)
    with database.read() as connection:
        assert read_catalogue(connection) == Catalogue()
    database.close()


def test_denominations_stand_before_open_amounts_in_order_of_value(world: World) -> None:
    world.office.catalogue.add_fixed(SHELL, "MS20", "20元", "CMCC", 20_00)
    picture = seen(world)
    codes = [item.code for item in picture.by_carrier[carrier(picture, "CMCC"), OrderKind.RECHARGE]]
    assert codes == ["MS10", "MS20", "MS30", "MS50", "MS100", "MOPEN"]


def test_an_amount_is_sold_as_the_denomination_it_equals(world: World) -> None:
    picture = seen(world)
    mine = carrier(picture, "CMCC")
    found = [picture.product_for(OrderKind.RECHARGE, mine, face, None)[0].code for face in (50_00, 51_00)]
    assert found == ["MS50", "MOPEN"]
    with pytest.raises(Refusal) as refused:
        picture.product_for(OrderKind.RECHARGE, mine, 50_50, None)
    assert refused.value.code is RefusalCode.BAD_AMOUNT


def test_what_is_not_sold_is_not_in_the_picture(world: World) -> None:
    world.office.catalogue.set_active(SHELL, "MS50", False)
    picture = seen(world)
    assert "MS50" not in picture.by_code
    assert "MS50" not in {item.code for item in picture.products.values()}
    assert picture.product_for(OrderKind.RECHARGE, carrier(picture, "CMCC"), 50_00, None)[0].code == "MOPEN"
    world.office.catalogue.set_active(SHELL, "MS50", True)
    assert "MS50" in seen(world).by_code


def test_prices_come_newest_first(world: World) -> None:
    later = world.clock.now() + timedelta(days=3)
    world.office.prices.set(SHELL, "POINT", "MS50", 300, 0, later)
    picture = seen(world)
    tier_id = int(world.one("SELECT id FROM tier WHERE code = 'POINT'"))
    lines = picture.prices[tier_id, picture.by_code["MS50"].id]
    assert [(line.effective_from, line.discount_bp) for line in lines] == [(later, 300), (world.clock.now(), 200)]


def test_limits_by_scope(world: World) -> None:
    world.office.catalogue.limit_platform(SHELL, Limits(order_most_minor=500_00))
    world.office.catalogue.limit_party(SHELL, "A", Limits(day_count=3, month_minor=9_00))
    party_id = int(world.one("SELECT id FROM party WHERE code = 'A'"))
    assert seen(world).limits == {
        ("platform", 0): Limits(order_most_minor=500_00),
        ("party", party_id): Limits(day_count=3, month_minor=9_00),
    }


def test_ranges_and_ported_numbers(world: World) -> None:
    picture = seen(world)
    mine, other = carrier(picture, "CMCC"), carrier(picture, "CUCC")
    assert picture.locate("13800130000") == NumberRange(mine, "北京")
    assert picture.locate("13800140000") == NumberRange(mine, "")
    assert not picture.has_ported_numbers
    world.office.ranges.port(SHELL, "13800138000", "CUCC")
    again = seen(world)
    assert again.has_ported_numbers
    assert again.locate("13800138000", other) == NumberRange(other, "北京")


def refreshed(directory: Directory, world: World) -> Catalogue:
    with world.database.read() as connection:
        directory.refresh(world.database, connection)
    return directory.catalogue


def test_a_process_reads_the_catalogue_again_only_when_it_changed(world: World) -> None:
    directory = Directory()
    first = refreshed(directory, world)
    assert refreshed(directory, world) is first
    world.office.parties.rename(SHELL, "A", "和平路店")
    assert refreshed(directory, world) is first
    world.office.catalogue.set_active(SHELL, "MS50", False)
    assert "MS50" not in refreshed(directory, world).by_code


def test_a_version_that_went_back_makes_a_process_forget_everything(world: World) -> None:
    directory = Directory()
    first = refreshed(directory, world)
    with world.database.write() as connection:
        world.database.change(connection, "UPDATE directory_version SET version = version - 1")
    assert refreshed(directory, world) is not first


def test_versions_are_one_after_another_from_the_very_first(clean_sqlite_url: str) -> None:
    database = Database(clean_sqlite_url)
    for kind, number in ((PARTY, 1), (ENDPOINT, 2), (CATALOGUE, 0)):
        with database.write() as connection:
            record_change(connection, kind, number)
    with database.read() as connection:
        rows = database.rows(connection, "SELECT version, kind, object_id FROM directory_change ORDER BY version")
        assert [tuple(row) for row in rows] == [(1, PARTY, 1), (2, ENDPOINT, 2), (3, CATALOGUE, 0)]
    database.close()


def test_a_change_that_was_taken_back_leaves_no_version(clean_sqlite_url: str) -> None:
    database = Database(clean_sqlite_url)

    def fails() -> None:
        with database.write() as connection:
            record_change(connection, PARTY, 1)
            raise LookupError

    with pytest.raises(LookupError):
        fails()
    with database.read() as connection:
        assert database.rows(connection, "SELECT version FROM directory_change") == []
        assert database.rows(connection, "SELECT version FROM directory_version") == []
    database.close()
