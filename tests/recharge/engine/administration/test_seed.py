"""A first set-up: complete, balanced, ready to sell with, and harmless to run again after it was cut short."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Table, func, select

from recharge.books.database import Database
from recharge.books.directory import Directory
from recharge.books.house import house_accounts
from recharge.books.ids import IdMaker
from recharge.books.tables import metadata
from recharge.books.tables.catalogue import price
from recharge.books.tables.parties import credential
from recharge.books.tables.suppliers import route
from recharge.clock import BusinessCalendar
from recharge.domain.errors import RefusalCode
from recharge.domain.orders import OrderKind
from recharge.domain.replies import Reply
from recharge.domain.requests import Channel, EndpointKind, Origin, Recharge, Request, ServicePassword
from recharge.engine.administration import Administration, AdministrationError
from recharge.engine.administration.password_book import PasswordBook
from recharge.engine.administration.seed import Given, finish, is_finished, plant, plant_deposits
from recharge.engine.administration.seed_file import BadSeed, Seed, read_seed
from recharge.engine.door import Engine
from recharge.engine.parts import Parts, Rules
from recharge.keys.logins import Logins
from recharge.keys.store import KeyStore
from recharge.tryout.play import province_folder
from recharge.verify import differences, holds, verify_books
from tests.recharge.engine.administration.conftest import SetClock, rows_in
from tests.support.picture import Picture, put_back, taken

CALENDAR = BusinessCalendar(ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="module")
def province() -> Seed:
    return read_seed(province_folder())


@pytest.fixture
def given(tmp_path: Path) -> Given:
    return Given({"carrier": b"s" * 32}, PasswordBook(tmp_path / "logins.txt"), date(2026, 11, 21))


# What planting leaves, by kind of database: the rows, and the first passwords.
planted: dict[bool, tuple[Picture, bytes]] = {}


@pytest.fixture
def engine(office: Administration, province: Seed, given: Given, database: Database, clock: SetClock, keys: KeyStore) -> Iterator[Engine]:
    """An engine of the planted province."""
    if database.is_sqlite in planted:
        picture, passwords = planted[database.is_sqlite]
        put_back(database, picture)
        given.book.path.write_bytes(passwords)
        given.book._known |= PasswordBook(given.book.path)._known
        # Ids go on after those of the picture.
        clock.move(seconds=1)
    else:
        plant(office, province, given)
        planted[database.is_sqlite] = taken(database), given.book.path.read_bytes()
    parts = Parts(database, clock, CALENDAR, IdMaker(2, clock), keys, Rules(), house_accounts(database), Directory())
    opened = Engine(parts, Logins(database, clock, keys), lambda: None)
    yield opened
    opened.close()


def recharge(engine: Engine, digits: str, reference: str = "1") -> Reply:
    origin = Origin(Channel.WEB, EndpointKind.WEB_LOGIN, "shop", reference)
    return engine.take(Request(origin, ServicePassword(digits), Recharge("138 0013 8000", 50_00)))


def counted(database: Database, tables: list[Table]) -> dict[str, int]:
    with database.read() as connection:
        return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def test_the_seeded_shop_sells_at_once(engine: Engine, province: Seed, given: Given) -> None:
    plant_deposits(engine, province)
    shop = engine.sign_in("shop", given.book.login("shop"))
    assert shop.party.code == "P1001"
    reply = recharge(engine, given.book.service("P1001"))
    assert reply.refusal is None
    assert reply.balance_minor == 5000_00 - 48_75


def test_the_number_and_its_amounts_are_known(engine: Engine) -> None:
    found = engine.recognise("13800138000")
    assert (found.carrier_code, found.carrier_name, found.province) == ("CMCC", "中国移动", "北京")
    assert engine.amounts("13800138000") == (10_00, 30_00, 50_00, 100_00)
    assert engine.recognise("13012345678").carrier_code == "CUCC"
    assert engine.recognise("13312345678").carrier_code == "CTCC"


def test_everybody_elses_password_must_be_changed_first(engine: Engine, database: Database) -> None:
    with database.read() as connection:
        free = connection.scalars(select(credential.c.must_change)).all()
    # The shop is ready to sell, and finance's two to close a day.
    assert sorted(free).count(False) == 3


def test_the_books_of_a_seeded_province_are_right(engine: Engine, province: Seed, database: Database, clock: SetClock) -> None:
    plant_deposits(engine, province)
    findings = verify_books(database, clock.now())
    assert holds(findings), [str(finding) for finding in findings if not finding.holds]
    assert not differences(database)


def test_every_tier_has_a_price_for_every_product(engine: Engine, province: Seed, database: Database) -> None:
    assert rows_in(database, price) == len(province.tier) * len(province.product)
    assert rows_in(database, route) == 6


def test_what_stays_with_the_carriers_discount_is_never_given_away_twice(province: Seed) -> None:
    """A point's discount and the margins of all above it stay below what the carrier leaves us."""
    lines = {line.tier: line for line in province.price}
    tiers = {party.code: party.tier for party in province.party}
    parents = {party.code: party.parent for party in province.party}
    left = 10_000 - max(way.cost for way in province.route)
    for party in province.party:
        if party.kind.value != "point" or party.tier is None:
            continue
        given_away, above = lines[party.tier].recharge_discount, party.parent
        while above is not None:
            tier = tiers[above]
            given_away += lines[tier].recharge_margin if tier else 0
            above = parents[above]
        assert given_away <= left, party.code


def test_running_it_again_changes_nothing(office: Administration, engine: Engine, province: Seed, given: Given, database: Database) -> None:
    plant_deposits(engine, province)
    kept = [table for table in metadata.sorted_tables if table.name not in {"audit", "secret", "directory_change", "directory_version"}]
    before = counted(database, kept)
    plant(office, province, given)
    plant_deposits(engine, province)
    assert counted(database, kept) == before


def test_a_set_up_that_was_cut_short_is_completed(
    office: Administration, province: Seed, given: Given, database: Database, clock: SetClock, keys: KeyStore
) -> None:
    half = province.model_copy(update={"endpoint": province.endpoint[:3], "link": [], "route": [], "stock": [], "credential": []})
    plant(office, half, given)
    password = given.book.login("shop")
    plant(office, province, Given(given.secrets, PasswordBook(given.book.path), given.business_date))
    assert Logins(database, clock, keys).check("shop", password)
    assert rows_in(database, route) == 6


def test_a_link_without_its_secret_is_named(office: Administration, province: Seed, given: Given) -> None:
    with pytest.raises(BadSeed, match="PROVINCE"):
        plant(office, province, Given({}, given.book, given.business_date))


def test_a_party_before_its_parent_is_refused(office: Administration, province: Seed, given: Given) -> None:
    upside_down = province.model_copy(update={"party": list(reversed(province.party))})
    with pytest.raises(AdministrationError):
        plant(office, upside_down, given)


def test_a_refused_deposit_is_named(engine: Engine, province: Seed) -> None:
    wrong = province.deposit[0].model_copy(update={"party": "NOWHERE"})
    with pytest.raises(BadSeed, match=RefusalCode.UNKNOWN_PARTY.value):
        plant_deposits(engine, province.model_copy(update={"deposit": [wrong]}))


def test_the_end_of_a_set_up_is_remembered(office: Administration) -> None:
    assert not is_finished(office, "province")
    finish(office, "province")
    assert is_finished(office, "province")
    assert not is_finished(office, "other")


def test_both_kinds_of_sale_are_routed(province: Seed) -> None:
    assert {kind for way in province.route for kind in way.kinds} == {OrderKind.RECHARGE, OrderKind.BILL_PAYMENT}
