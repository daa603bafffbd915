"""Price lists grow by lines with a beginning; what was in force is never rewritten."""

from datetime import datetime, timedelta

import pytest

from recharge.books.catalogue_reads import read_catalogue
from recharge.books.database import Database
from recharge.books.tables.catalogue import price
from recharge.domain.prices import Price
from recharge.engine.administration import SHELL, Administration, AdministrationCode, AdministrationError
from tests.recharge.engine.administration.conftest import SetClock, rows_in


def lines(database: Database) -> list[Price]:
    with database.read() as connection:
        return [line for many in read_catalogue(connection).prices.values() for line in many]


def test_a_line_is_in_force_from_now(tree: Administration, database: Database, clock: SetClock) -> None:
    tree.prices.set(SHELL, "gold", "s10", 250, 30)
    assert lines(database) == [Price(clock.now(), 250, 30)]


def test_a_later_line_waits_for_its_moment(tree: Administration, database: Database, clock: SetClock) -> None:
    tomorrow = clock.now() + timedelta(days=1)
    tree.prices.set(SHELL, "GOLD", "S10", 250)
    tree.prices.set(SHELL, "GOLD", "S10", 300, effective_from=tomorrow)
    assert lines(database) == [Price(tomorrow, 300, 0), Price(clock.now(), 250, 0)]


def test_the_past_is_not_rewritten(tree: Administration, database: Database, clock: SetClock) -> None:
    with pytest.raises(AdministrationError) as error:
        tree.prices.set(SHELL, "GOLD", "S10", 250, effective_from=clock.now() - timedelta(hours=1))
    assert error.value.code is AdministrationCode.PRICE_IN_THE_PAST
    tree.prices.set(SHELL, "GOLD", "S10", 250, effective_from=clock.now() - timedelta(seconds=30))
    assert rows_in(database, price) == 1


def test_one_line_a_moment(tree: Administration) -> None:
    tree.prices.set(SHELL, "GOLD", "S10", 250)
    with pytest.raises(AdministrationError) as error:
        tree.prices.set(SHELL, "GOLD", "S10", 300)
    assert error.value.code is AdministrationCode.TAKEN


@pytest.mark.parametrize(
    ("tier", "product", "discount", "margin", "why"),
    [
        ("NONE", "S10", 250, 0, AdministrationCode.UNKNOWN_OBJECT),
        ("GOLD", "NONE", 250, 0, AdministrationCode.UNKNOWN_OBJECT),
        ("GOLD", "S10", -1, 0, AdministrationCode.BAD_VALUE),
        ("GOLD", "S10", 250, 10_001, AdministrationCode.BAD_VALUE),
    ],
)
def test_what_cannot_be_is_refused(
    tree: Administration, database: Database, tier: str, product: str, discount: int, margin: int, why: AdministrationCode
) -> None:
    with pytest.raises(AdministrationError) as error:
        tree.prices.set(SHELL, tier, product, discount, margin)
    assert error.value.code is why
    assert rows_in(database, price) == 0


def test_a_moment_has_a_time_zone(tree: Administration) -> None:
    with pytest.raises(AdministrationError) as error:
        tree.prices.set(SHELL, "GOLD", "S10", 250, effective_from=datetime(2030, 1, 1))  # noqa: DTZ001
    assert error.value.code is AdministrationCode.BAD_VALUE


def test_the_list_shows_the_newest_first(tree: Administration, clock: SetClock) -> None:
    tree.prices.set(SHELL, "GOLD", "S10", 250)
    clock.move(days=1)
    tree.prices.set(SHELL, "GOLD", "S10", 300)
    assert [(row.tier_code, row.product_code, row.discount_bp) for row in tree.prices.all()] == [("GOLD", "S10", 300), ("GOLD", "S10", 250)]
