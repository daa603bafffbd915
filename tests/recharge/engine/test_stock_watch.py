"""The watch over stock: alarms once, worse ones again, none any more when there is enough; told to the log and to people."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from recharge.books.tables.messages import outbox
from recharge.books.tables.suppliers import link_health
from recharge.domain.requests import EndpointKind
from recharge.domain.stock_forecast import StockLevel
from recharge.engine.administration import SHELL
from recharge.engine.stock_watch import Standing, StockWatch, WatchRules
from recharge.texts import message_text
from recharge.verify import holds, verify_books
from tests.recharge.books.test_stock_statements import sell
from tests.support.province import Province
from tests.support.world import World

RULES = WatchRules(ZoneInfo("Asia/Shanghai"), days=1)


@pytest.fixture
def world(clean_sqlite_url: str) -> Iterator[World]:
    made = Province(clean_sqlite_url)
    for number in (1, 2):
        made.office.endpoints.bind(SHELL, EndpointKind.PHONE_LINE, f"1390000000{number}", "ROOT", "OPS1")
    for hour in range(24):
        sell(made, hour + 0.5, 1000)
    yield made
    made.database.close()


def told(world: World, minor: int) -> None:
    """The supplier tells our stock."""
    with world.database.write() as connection:
        connection.execute(link_health.delete())
        row = {"link_id": world.link_id, "breaker": "closed", "window": "", "stock_minor": minor, "version": 0}
        connection.execute(link_health.insert().values(stock_at=world.clock.now(), **row))


def look(world: World) -> Standing:
    [standing] = StockWatch(world.database, world.clock, RULES).look(world.ids)
    return standing


def messages(world: World) -> list[str]:
    with world.database.read() as connection:
        return list(connection.scalars(select(outbox.c.kind).order_by(outbox.c.id)))


def test_enough_stock_is_told_to_nobody(world: World) -> None:
    told(world, 100_000)
    standing = look(world)
    assert (standing.forecast.level, standing.day_minor, standing.free_minor) == (StockLevel.FINE, 24_000, 100_000)
    assert messages(world) == []


def test_a_link_that_never_told_its_stock_is_left_alone(world: World) -> None:
    assert look(world).forecast.level is StockLevel.UNTOLD
    assert messages(world) == []


def test_stock_that_will_not_last_is_told_once_and_again_when_it_is_gone(world: World) -> None:
    told(world, 5000)
    with capture_logs() as logs:
        look(world)
        look(world)
    assert [(line["event"], line["level"]) for line in logs] == [("stock_alarm", "low")]
    assert messages(world) == ["stock_low"] * 2
    told(world, 0)
    look(world)
    look(world)
    assert messages(world) == ["stock_low"] * 2 + ["stock_out"] * 2
    assert holds(verify_books(world.database, world.clock.now()))


def test_a_purchase_ends_the_alarm_and_the_next_one_is_told_anew(world: World) -> None:
    for minor, said in ((5000, 2), (100_000, 2), (5000, 4)):
        told(world, minor)
        look(world)
        assert len(messages(world)) == said


def test_from_gone_to_low_nobody_is_told_again(world: World) -> None:
    told(world, 0)
    look(world)
    told(world, 5000)
    look(world)
    assert messages(world) == ["stock_out"] * 2


def test_what_is_on_its_way_is_not_free(world: World) -> None:
    sell(world, 0, 4000, state="sending")
    told(world, 5000)
    assert look(world).free_minor == 1000


def test_the_forecast_is_in_the_deployments_hours(world: World) -> None:
    told(world, 1500)
    until = look(world).forecast.runs_out_at
    assert until is not None
    assert until.utcoffset() == timedelta(hours=8)
    assert timedelta(hours=1) < until - world.clock.now() < timedelta(hours=2)


@pytest.mark.parametrize(("language", "word"), [("zh_CN", "请及时进货"), ("en", "buy in time"), ("id", "beli tepat waktu")])
def test_the_message_says_which_link_how_much_and_when(language: str, word: str) -> None:
    text = message_text("stock_low", "agent", {"link": "CHIP7", "stock_minor": 5000, "runs_out": "11-27 18:40"}, language)
    assert all(piece in text for piece in ("CHIP7", "50.00", "11-27 18:40", word))
