"""The whole table of rights: every change a desk can make, tried by every role, by nobody, and by the shell."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from inspect import getmembers, isfunction

import pytest
from sqlalchemy import Table, select

from recharge.books.chip_statements import ChipBook
from recharge.books.database import Database
from recharge.books.reply_statements import keep_miss
from recharge.books.tables.control import secret
from recharge.books.tables.parties import audit
from recharge.books.tables.replies import reply_miss
from recharge.books.tables.suppliers import route
from recharge.domain.limits import Limits
from recharge.domain.orders import OrderKind
from recharge.domain.parties import PartyKind, Role
from recharge.domain.reply_rules import Meaning, ReplyRule, Scope, Unread, Why
from recharge.domain.requests import EndpointKind
from recharge.engine.administration import SHELL, Actor, Administration, AdministrationCode, AdministrationError, Route
from recharge.engine.administration.office import Desk
from recharge.keys.store import KeyStore
from tests.recharge.engine.administration.conftest import MASTER_KEY, rows_in

WEB = EndpointKind.WEB_LOGIN
KEEPERS = {Role.ADMINISTRATOR, Role.OPERATIONS}
PEOPLE = {Role.ADMINISTRATOR, Role.SECURITY}
BLOCKERS = KEEPERS | {Role.SECURITY}
PASSWORDS = {Role.OPERATIONS, Role.SECURITY}
SECRETS = {Role.SECURITY}
NOBODY: set[Role] = set()


Change = Callable[[Administration, Actor], object]


def the_id(administration: Administration, table: Table) -> int:
    """The id of the only row of a table."""
    with administration.office.database.read() as connection:
        return int(connection.execute(select(table.c.id)).scalar_one())


def wrapped(purpose: str, name: str, version: int) -> bytes:
    """A secret as the desks' key store wraps it."""
    return KeyStore(MASTER_KEY).wrap(purpose, name, version, b"k" * 16)


ICCID = "8986000000000000001"
WAITING = "R9 sold 10 to 09171234567"


def wording(code: str) -> ReplyRule:
    """A rule for replies that begin with its own code."""
    pattern = rf"{code} sold (?P<amount>[0-9]{{1,9}}) to (?P<number>[0-9]{{11}})"
    return ReplyRule(code, pattern, Meaning.SUCCESS, (f"{code} sold 10 to 09170000000",), datetime(2020, 1, 1, tzinfo=UTC))


CHANGES: Mapping[str, tuple[set[Role], Change]] = {
    "Parties.register": (KEEPERS, lambda a, who: a.parties.register(who, "P9", "某店", PartyKind.POINT, "HQ")),
    "Parties.rename": (KEEPERS, lambda a, who: a.parties.rename(who, "P1", "别名")),
    "Parties.set_tier": (KEEPERS, lambda a, who: a.parties.set_tier(who, "P1", None)),
    "Parties.set_shares": (KEEPERS, lambda a, who: a.parties.set_shares(who, "P1", 100)),
    "Parties.set_language": (KEEPERS, lambda a, who: a.parties.set_language(who, "P1", "en")),
    "Parties.block": (BLOCKERS, lambda a, who: a.parties.block(who, "P1")),
    "Parties.unblock": (BLOCKERS, lambda a, who: a.parties.unblock(who, "P1")),
    "People.register": (PEOPLE, lambda a, who: a.people.register(who, "MAN9", "某人", "P1", Role.OWNER)),
    "People.set_role": (PEOPLE, lambda a, who: a.people.set_role(who, "MAN1", Role.OWNER)),
    "People.block": (BLOCKERS, lambda a, who: a.people.block(who, "MAN1")),
    "People.unblock": (BLOCKERS, lambda a, who: a.people.unblock(who, "MAN1")),
    "Endpoints.bind": (KEEPERS, lambda a, who: a.endpoints.bind(who, WEB, "other", "P1")),
    "Endpoints.rebind": (KEEPERS, lambda a, who: a.endpoints.rebind(who, WEB, "shop", "D1")),
    "Endpoints.block": (BLOCKERS, lambda a, who: a.endpoints.block(who, WEB, "shop")),
    "Endpoints.unblock": (BLOCKERS, lambda a, who: a.endpoints.unblock(who, WEB, "shop")),
    "Endpoints.set_login": (PASSWORDS, lambda a, who: a.endpoints.set_login(who, "shop", "a-long-enough-one")),
    "Credentials.set": (PASSWORDS, lambda a, who: a.credentials.set(who, "P1", "739205")),
    "CatalogueDesk.add_carrier": (KEEPERS, lambda a, who: a.catalogue.add_carrier(who, "CUCC", "中国联通")),
    "CatalogueDesk.add_tier": (KEEPERS, lambda a, who: a.catalogue.add_tier(who, "SILVER", "银牌")),
    "CatalogueDesk.add_fixed": (KEEPERS, lambda a, who: a.catalogue.add_fixed(who, "S20", "移动20元", "CMCC", 20_00)),
    "CatalogueDesk.add_open": (
        KEEPERS,
        lambda a, who: a.catalogue.add_open(who, "S", "移动任意金额", "CMCC", OrderKind.RECHARGE, 1, 2),
    ),
    "CatalogueDesk.set_active": (KEEPERS, lambda a, who: a.catalogue.set_active(who, "S10", False)),
    "CatalogueDesk.limit_party": (KEEPERS, lambda a, who: a.catalogue.limit_party(who, "P1", Limits(day_count=1))),
    "CatalogueDesk.limit_tier": (KEEPERS, lambda a, who: a.catalogue.limit_tier(who, "GOLD", Limits(day_count=1))),
    "CatalogueDesk.limit_platform": (KEEPERS, lambda a, who: a.catalogue.limit_platform(who, Limits(day_count=1))),
    "Prices.set": (KEEPERS, lambda a, who: a.prices.set(who, "GOLD", "S10", 100)),
    "Ranges.load": (KEEPERS, lambda a, who: a.ranges.load(who, "prefix,carrier,province\n138,CMCC,\n")),
    "Ranges.port": (KEEPERS, lambda a, who: a.ranges.port(who, "13912345678", "CMCC")),
    "Ranges.unport": (KEEPERS, lambda a, who: a.ranges.unport(who, "13800138000")),
    "Links.register": (KEEPERS, lambda a, who: a.links.register(who, "OTHER", "另一个", "carrier_platform", {})),
    "Links.set_settings": (KEEPERS, lambda a, who: a.links.set_settings(who, "PROVINCE", {})),
    "Links.set_secret": (SECRETS, lambda a, who: a.links.set_secret(who, "PROVINCE", the_id(a, secret))),
    "Links.pause": (BLOCKERS, lambda a, who: a.links.pause(who, "PROVINCE")),
    "Links.resume": (BLOCKERS, lambda a, who: a.links.resume(who, "PROVINCE")),
    "Links.add_route": (KEEPERS, lambda a, who: a.links.add_route(who, "PROVINCE", Route("CMCC", OrderKind.RECHARGE, 9600))),
    "Links.drop_route": (KEEPERS, lambda a, who: a.links.drop_route(who, the_id(a, route))),
    "Chips.hold": (BLOCKERS, lambda a, who: a.chips.hold(who, "CHIP", "counted")),
    "Chips.release": (BLOCKERS, lambda a, who: a.chips.release(who, "CHIP")),
    "Chips.set_pace": (KEEPERS, lambda a, who: a.chips.set_pace(who, "CHIP", {"gap_seconds": 9.0})),
    "Chips.set_hours": (KEEPERS, lambda a, who: a.chips.set_hours(who, "CHIP", "08:00", "20:00")),
    "ReplyBook.add": (KEEPERS, lambda a, who: a.replies.add(who, wording("R9"))),
    "ReplyBook.make": (KEEPERS, lambda a, who: a.replies.make(who, the_id(a, reply_miss), wording("R9"))),
    "ReplyBook.start": (KEEPERS, lambda a, who: a.replies.start(who, [(wording("R9"), "start")])),
    "ReplyBook.retire": (KEEPERS, lambda a, who: a.replies.retire(who, "R1")),
    "ReplyBook.put_away": (KEEPERS, lambda a, who: a.replies.put_away(who, the_id(a, reply_miss))),
    "Secrets.keep": (SECRETS, lambda a, who: a.secrets.keep(who, "link", "PROVINCE", b"s" * 32)),
    "Secrets.keep_wrapped": (SECRETS, lambda a, who: a.secrets.keep_wrapped(who, "stk_kic", "SET", 1, wrapped("stk_kic", "SET", 1))),
    "Banks.register": (KEEPERS, lambda a, who: a.banks.register(who, "ICBC", "工行")),
    "Stock.buy": (NOBODY, lambda a, who: a.stock.buy(who, "PROVINCE", 100, "invoice 7", date(2026, 11, 21))),
}
READS = {"all", "products", "rules", "queue", "waiting", "transactions"}


@pytest.fixture
def ready(tree: Administration) -> Administration:
    tree.people.register(SHELL, "MAN1", "李四", "P1", Role.SALESPERSON)
    tree.endpoints.bind(SHELL, WEB, "shop", "P1")
    tree.links.register(SHELL, "PROVINCE", "省平台", "carrier_platform", {})
    tree.ranges.port(SHELL, "13800138000", "CMCC")
    tree.links.add_route(SHELL, "PROVINCE", Route("CMCC", OrderKind.BILL_PAYMENT, 9600))
    tree.secrets.keep(SHELL, "link", "PROVINCE", b"s" * 32)
    tree.replies.add(SHELL, wording("R1"))
    tree.links.register(SHELL, "CHIP", "卡", "chip_modem", {"iccid": ICCID})
    ChipBook(tree.office.database, tree.office.ids).make_chip(ICCID, "CHIP", datetime(2026, 11, 21, tzinfo=UTC))
    with tree.office.database.write() as connection:
        keep_miss(connection, 1, Scope("PROVINCE", "sms", "10086"), WAITING, Unread(Why.NO_RULE), datetime(2026, 11, 21, tzinfo=UTC), None)
    return tree


@pytest.fixture
def database_kind() -> str:
    """Rights are the same on every database; one is enough for so many trials."""
    return "sqlite"


def desks(administration: Administration) -> list[Desk]:
    return [desk for desk in vars(administration).values() if isinstance(desk, Desk)]


def test_no_change_is_missing_from_the_table(office: Administration) -> None:
    changes = {
        f"{type(desk).__name__}.{name}"
        for desk in desks(office)
        for name, _ in getmembers(type(desk), isfunction)
        if not name.startswith("_") and name not in READS
    }
    assert changes == set(CHANGES)


@pytest.mark.parametrize("name", list(CHANGES))
def test_only_who_has_the_right_makes_the_change(ready: Administration, database: Database, name: str) -> None:
    may, change = CHANGES[name]
    people = {role: Actor(ready.people.register(SHELL, f"R{number}", "某人", "HQ", role)) for number, role in enumerate(Role)}
    before = rows_in(database, audit)
    for role in set(Role) - may:
        with pytest.raises(AdministrationError) as error:
            change(ready, people[role])
        assert error.value.code is AdministrationCode.NOT_ALLOWED, role
    assert rows_in(database, audit) == before


@pytest.mark.parametrize("name", [name for name, (may, _) in CHANGES.items() if may])
def test_each_who_has_the_right_can_make_it(ready: Administration, database: Database, name: str) -> None:
    may, change = CHANGES[name]
    role = min(may)
    actor = Actor(ready.people.register(SHELL, "R1", "某人", "HQ", role))
    before = rows_in(database, audit)
    change(ready, actor)
    assert rows_in(database, audit) == before + 1


@pytest.mark.parametrize("name", list(CHANGES))
def test_the_shell_makes_every_change(ready: Administration, database: Database, name: str) -> None:
    before = rows_in(database, audit)
    CHANGES[name][1](ready, SHELL)
    assert rows_in(database, audit) == before + 1


def test_only_the_shell_moves_money() -> None:
    assert [name for name, (may, _) in CHANGES.items() if not may] == ["Stock.buy"]


def test_finance_and_audit_change_no_party_and_no_price() -> None:
    outsiders = {Role.FINANCE, Role.AUDITOR, Role.CUSTOMER_SERVICE, Role.SETTLEMENT, Role.OWNER, Role.SALESPERSON, Role.ACCOUNT_MANAGER}
    assert not [name for name, (may, _) in CHANGES.items() if may & outsiders]
