"""Views of the ledger: rows newest first, totals that count what they say."""

from simulators.carrier import views
from tests.simulators.carrier.conftest import World
from tests.simulators.carrier.partner import SAMPLE, with_digits


def filled(world: World) -> None:
    world.take("1001")
    world.take("1002", number=with_digits("0002"), amount=700, behaviour="accepted_ok")
    world.take("1003", behaviour="barred")
    world.take("1004", behaviour="partial")
    world.reverse("1005", "1001")
    world.reverse("1006", "999")


def column(rows: object, name: str) -> list[object]:
    assert isinstance(rows, list)
    return [row[name] for row in rows]


def test_totals_count_what_they_say(world: World) -> None:
    filled(world)
    assert world.ledger.read(views.totals) == {
        "orders": 6,
        "in_process": 1,
        "failed": 2,
        "credits": 2,
        "taken_back": 1,
        "charged_minor": 2500,
        "delivered_minor": 2500,
        "most_credits": 1,
    }


def test_an_empty_ledger_counts_nothing(world: World) -> None:
    assert set(world.ledger.read(views.totals).values()) == {0}
    assert world.ledger.read(views.orders) == []
    assert world.ledger.read(views.agrees)


def test_a_double_credit_shows(forgetful_world: World) -> None:
    for _ in range(3):
        forgetful_world.take("1001")
    assert forgetful_world.ledger.read(views.totals)["most_credits"] == 3


def test_orders_come_newest_first_and_no_more_than_wanted(world: World) -> None:
    filled(world)
    rows = world.ledger.read(lambda connection: views.orders(connection, limit=3))
    assert [row["reference"] for row in rows] == ["1006", "1005", "1004"]


def test_a_reference_finds_what_belongs_to_it(world: World) -> None:
    filled(world)
    whole = world.ledger.read(lambda connection: views.whole(connection, "1001", "", 100))
    assert column(whole["orders"], "reference") == ["1005", "1001"]
    assert column(whole["credits"], "direction") == [-1, 1]
    assert column(whole["callbacks"], "code") == ["0002"]


def test_a_number_finds_its_orders(world: World) -> None:
    filled(world)
    rows = world.ledger.read(lambda connection: views.orders(connection, number=with_digits("0002")))
    assert [row["reference"] for row in rows] == ["1002"]
    assert len(world.ledger.read(lambda connection: views.orders(connection, number=SAMPLE))) == 5


def test_each_order_counts_its_credits_and_callbacks(world: World) -> None:
    filled(world)
    world.later(2)
    world.rows("update callback set tries = 2, acknowledged = 1 where reference = '1002'")
    row = world.ledger.read(lambda connection: views.orders(connection, reference="1002"))[0]
    assert (row["credits"], row["callbacks_sent"], row["callbacks_acknowledged"]) == (1, 2, 1)


def test_a_stock_that_does_not_add_up_shows(world: World) -> None:
    filled(world)
    assert world.ledger.read(views.agrees)
    world.rows("update stock set free_minor = free_minor + 1")
    assert not world.ledger.read(views.agrees)
