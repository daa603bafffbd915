"""What the watch over stock reads and writes, on both databases."""

from datetime import timedelta

from sqlalchemy import select

from recharge.books import stock_statements as statements
from recharge.books.ids import first_id_at, made_at
from recharge.books.tables.messages import outbox
from recharge.books.tables.suppliers import attempt, link, link_health
from recharge.domain.requests import EndpointKind
from recharge.engine.administration import SHELL
from tests.support.world import MORNING, World


def sell(world: World, hours_ago: float, minor: int, state: str = "succeeded", action: str = "submit", charged: int | None = None) -> None:
    """One attempt made at a time."""
    at = world.clock.now() - timedelta(hours=hours_ago)
    made = first_id_at(at) + 4096 + sell.count  # type: ignore[attr-defined]
    sell.count += 1  # type: ignore[attr-defined]
    row = {
        "id": made, "order_id": made, "action": action, "ordinal": 1, "link_id": world.link_id, "state": state, "number": "",
        "face_minor": minor, "cost_minor": minor, "target_id": None, "candidates": "[]", "claimed_at": at, "queries": 0, "not_found": 0,
        "supplier_reference": "", "serial_number": "", "charged_minor": charged, "delivered_minor": None, "ended_at": None,
    }  # fmt: skip
    with world.database.write() as connection:
        connection.execute(attempt.insert().values(**row))


sell.count = 0  # type: ignore[attr-defined]


def test_ids_tell_when_they_were_made() -> None:
    first = first_id_at(MORNING)
    assert made_at(first) == MORNING
    assert made_at(first - 1) < MORNING


def test_what_was_sold_is_summed_by_link_and_hour(world: World) -> None:
    for hours_ago, minor in ((0.5, 100), (0.6, 200), (1.5, 400), (80, 800)):
        sell(world, hours_ago, minor)
    sell(world, 0.5, 1000, charged=960)
    sell(world, 0.5, 5000, state="failed")
    sell(world, 0.5, 5000, state="not_sent")
    sell(world, 0.5, 5000, action="reverse")
    sell(world, 0.5, 50, state="unknown")
    with world.database.read() as connection:
        sold = statements.sold_by_hour(connection, world.clock.now() - timedelta(days=3))
    assert sum(minor for _, minor in sold[world.link_id]) == 100 + 200 + 400 + 960 + 50
    assert all(hour.minute == 0 for hour, _ in sold[world.link_id])


def test_stock_as_last_told(world: World) -> None:
    with world.database.write() as connection:
        assert [(row.code, row.stock_minor) for row in statements.stocks(connection)] == [("CARRIER", None)]
        health = {"link_id": world.link_id, "breaker": "closed", "window": "", "stock_minor": 500, "stock_at": MORNING, "version": 0}
        connection.execute(link_health.insert().values(**health))
        assert [(row.stock_minor, row.stock_at) for row in statements.stocks(connection)] == [(500, MORNING)]
        connection.execute(link.update().values(paused=True))
        assert statements.stocks(connection) == []


def test_an_alarm_changes_only_from_what_was_read(world: World) -> None:
    with world.database.write() as connection:
        assert statements.change_alarm(connection, 7, None, "low", MORNING, MORNING)
        assert statements.alarms(connection) == {7: "low"}
        assert not statements.change_alarm(connection, 7, "out", None, MORNING, None)
        assert statements.change_alarm(connection, 7, "low", "out", MORNING, None)
        assert statements.change_alarm(connection, 7, "out", None, MORNING, None)
        assert statements.alarms(connection) == {}


def test_people_in_operations_are_told_where_they_can_be_reached(world: World) -> None:
    world.office.endpoints.bind(SHELL, EndpointKind.PHONE_LINE, "13900000001", "ROOT", "OPS1")
    world.office.endpoints.bind(SHELL, EndpointKind.PHONE_LINE, "13900000002", "ROOT", "FIN1")
    with world.database.write() as connection:
        to = statements.watchers(connection)
        assert [(one.channel, one.language) for one in to] == [("sms", "zh_CN")]
        before = len(connection.execute(select(outbox.c.id)).all())
        statements.tell(connection, [1], to, "stock_low", {"link": "CARRIER"}, MORNING)
        row = connection.execute(select(outbox).where(outbox.c.id == 1)).one()
        assert len(connection.execute(select(outbox.c.id)).all()) == before + 1
    assert (row.kind, row.order_id, row.channel, row.state, row.due_at) == ("stock_low", 1, "sms", "waiting", MORNING)
