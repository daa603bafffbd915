"""Links with their stock accounts, their settings and secrets, and the routes through them."""

import json

import pytest
from sqlalchemy import select

from recharge.books.database import Database
from recharge.books.link_statements import LINKS, ROUTES, LinkRow
from recharge.books.tables.ledger import account
from recharge.books.tables.suppliers import link, route
from recharge.domain.orders import OrderKind
from recharge.domain.parties import Role
from recharge.engine.administration import SHELL, Administration, AdministrationCode, AdministrationError, Route
from tests.recharge.engine.administration.conftest import rows_in, staff

KIND = "carrier_platform"
SETTINGS = {"url": "http://127.0.0.1:18081/recharge/v1", "partner": "province-agent"}


def read(database: Database) -> LinkRow:
    with database.read() as connection:
        return database.find(connection, LINKS)[0]


@pytest.fixture
def linked(tree: Administration) -> Administration:
    tree.links.register(SHELL, "province", "省平台", KIND, SETTINGS, most_in_flight=200, reserve_minor=1000_00)
    return tree


def test_a_link_has_a_stock_account_from_the_first_moment(linked: Administration, database: Database) -> None:
    found = read(database)
    assert (found.code, found.kind, found.settings, found.paused) == ("PROVINCE", KIND, SETTINGS, False)
    assert (found.most_in_flight, found.reserve_minor) == (200, 1000_00)
    with database.read() as connection:
        stock = connection.execute(select(account).where(account.c.kind == "stock")).one()
    assert (stock.owner_id, stock.balance_minor) == (found.id, None)


@pytest.mark.parametrize("kind", ["", "telepathy", "contract", "../carrier_platform", "Carrier_Platform"])
def test_a_kind_is_one_that_the_product_has(tree: Administration, database: Database, kind: str) -> None:
    with pytest.raises(AdministrationError) as error:
        tree.links.register(SHELL, "PROVINCE", "省平台", kind, SETTINGS)
    assert error.value.code is AdministrationCode.BAD_VALUE
    assert (rows_in(database, link), rows_in(database, account)) == (0, 10)


@pytest.mark.parametrize(("in_flight", "reserve"), [(0, 0), (-1, 0), (100, -1)])
def test_figures_that_make_no_sense_are_refused(tree: Administration, in_flight: int, reserve: int) -> None:
    with pytest.raises(AdministrationError) as error:
        tree.links.register(SHELL, "PROVINCE", "省平台", KIND, SETTINGS, None, in_flight, reserve)
    assert error.value.code is AdministrationCode.BAD_VALUE


def test_settings_have_an_end(linked: Administration) -> None:
    with pytest.raises(AdministrationError) as error:
        linked.links.set_settings(SHELL, "PROVINCE", {"url": "x" * 20_000})
    assert error.value.code is AdministrationCode.BAD_VALUE


def test_settings_can_be_changed(linked: Administration, database: Database) -> None:
    linked.links.set_settings(SHELL, "PROVINCE", {**SETTINGS, "answer_seconds": 20})
    assert read(database).settings["answer_seconds"] == 20


def test_a_secret_must_have_been_kept(linked: Administration, database: Database) -> None:
    secret_id = linked.secrets.keep(SHELL, "link", "PROVINCE", b"s" * 32)
    linked.links.set_secret(SHELL, "PROVINCE", secret_id)
    assert read(database).secret_id == secret_id
    with pytest.raises(AdministrationError) as error:
        linked.links.set_secret(SHELL, "PROVINCE", 12345)
    assert error.value.code is AdministrationCode.UNKNOWN_OBJECT


def test_pause_and_resume(linked: Administration, database: Database) -> None:
    linked.links.pause(SHELL, "PROVINCE")
    assert read(database).paused
    linked.links.resume(SHELL, "PROVINCE")
    assert not read(database).paused
    with pytest.raises(AdministrationError):
        linked.links.pause(SHELL, "NOWHERE")


def test_a_route_says_what_goes_through(linked: Administration, database: Database) -> None:
    linked.links.add_route(SHELL, "PROVINCE", Route("CMCC", OrderKind.RECHARGE, 9600, 5, "北京", "08:00", "22:00"))
    with database.read() as connection:
        found = database.find(connection, ROUTES)[0]
    assert (found.cost_bp, found.priority, found.province, found.opens, found.closes) == (9600, 5, "北京", "08:00", "22:00")
    assert found.kind is OrderKind.RECHARGE


@pytest.mark.parametrize(
    "way",
    [
        Route("CMCC", OrderKind.DEPOSIT, 9600),
        Route("CMCC", OrderKind.RECHARGE, 10_001),
        Route("CMCC", OrderKind.RECHARGE, -1),
        Route("CMCC", OrderKind.RECHARGE, 9600, priority=-1),
        Route("CMCC", OrderKind.RECHARGE, 9600, opens="8:00"),
        Route("CMCC", OrderKind.RECHARGE, 9600, closes="24:01"),
        Route("CMCC", OrderKind.RECHARGE, 9600, province="京" * 25),
    ],
)
def test_a_route_that_makes_no_sense_is_refused(linked: Administration, database: Database, way: Route) -> None:
    with pytest.raises(AdministrationError) as error:
        linked.links.add_route(SHELL, "PROVINCE", way)
    assert error.value.code is AdministrationCode.BAD_VALUE
    assert rows_in(database, route) == 0


def test_unknown_carriers_and_links_are_named(linked: Administration) -> None:
    for link_code, carrier_code in (("PROVINCE", "NOBODY"), ("NOWHERE", "CMCC")):
        with pytest.raises(AdministrationError) as error:
            linked.links.add_route(SHELL, link_code, Route(carrier_code, OrderKind.RECHARGE, 9600))
        assert error.value.code is AdministrationCode.UNKNOWN_OBJECT


def test_a_dropped_route_is_gone(linked: Administration, database: Database) -> None:
    route_id = linked.links.add_route(SHELL, "PROVINCE", Route("CMCC", OrderKind.RECHARGE, 9600))
    linked.links.drop_route(SHELL, route_id)
    assert rows_in(database, route) == 0
    with pytest.raises(AdministrationError) as error:
        linked.links.drop_route(SHELL, route_id)
    assert error.value.code is AdministrationCode.UNKNOWN_OBJECT


def test_security_stops_a_link_but_does_not_set_one_up(linked: Administration) -> None:
    security = staff(linked, Role.SECURITY)
    linked.links.pause(security, "PROVINCE")
    with pytest.raises(AdministrationError) as error:
        linked.links.set_settings(security, "PROVINCE", SETTINGS)
    assert error.value.code is AdministrationCode.NOT_ALLOWED


def test_the_list_has_every_link(linked: Administration) -> None:
    linked.links.register(SHELL, "AAA", "另一个", KIND, SETTINGS)
    assert [(row.code, json.loads(row.settings)["partner"]) for row in linked.links.all()] == [
        ("AAA", "province-agent"),
        ("PROVINCE", "province-agent"),
    ]
