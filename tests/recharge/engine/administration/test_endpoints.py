"""Endpoints are bound once, to a party and perhaps a person, and can be stopped at once."""

import pytest
from sqlalchemy import select

from recharge.books.database import Database
from recharge.books.directory import Directory
from recharge.books.tables.parties import endpoint, login
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.parties import Endpoint, Role
from recharge.domain.requests import EndpointKind
from recharge.engine.administration import SHELL, Administration, AdministrationCode, AdministrationError
from recharge.keys.logins import Logins
from recharge.keys.store import KeyStore
from tests.recharge.engine.administration.conftest import SetClock, audit_actions, rows_in, seen_version

WEB, SIM = EndpointKind.WEB_LOGIN, EndpointKind.STK_SIM
ICCID = "89860012345678901234"
PASSWORD = "a-long-enough-one"


def read(database: Database, kind: EndpointKind, identity: str) -> Endpoint:
    directory = Directory()
    with database.read() as connection:
        directory.load_endpoints(connection, [(kind, identity)])
    found = directory.endpoint((kind, identity))
    assert found is not None
    return found


def test_an_endpoint_speaks_for_its_party(tree: Administration, database: Database) -> None:
    tree.endpoints.bind(SHELL, SIM, ICCID, "P1", address="13800138000", language="en")
    found = read(database, SIM, ICCID)
    assert (found.party.code, found.person, found.role) == ("P1", None, Role.OWNER)
    assert (found.address, found.language, found.stopped) == ("13800138000", "en", False)


def test_an_endpoint_may_be_one_persons(tree: Administration, database: Database) -> None:
    tree.people.register(SHELL, "MAN1", "李四", "P1", Role.SALESPERSON)
    tree.endpoints.bind(SHELL, WEB, "clerk", "P1", "MAN1")
    found = read(database, WEB, "clerk")
    assert found.role is Role.SALESPERSON
    assert found.language == "zh_CN"


def test_it_is_not_bound_to_somebody_elses_person(tree: Administration) -> None:
    tree.people.register(SHELL, "MAN1", "李四", "D1", Role.SALESPERSON)
    with pytest.raises(AdministrationError) as error:
        tree.endpoints.bind(SHELL, WEB, "clerk", "P1", "MAN1")
    assert error.value.code is AdministrationCode.WRONG_PARTY


@pytest.mark.parametrize(
    ("kind", "identity"),
    [
        (SIM, "8986"),
        (SIM, "8986001234567890123X"),
        (WEB, "Shop"),
        (WEB, "x"),
        (WEB, "a b"),
        (EndpointKind.PHONE_LINE, "+8613800138000"),
        (EndpointKind.POS_TERMINAL, ""),
        (EndpointKind.PARTNER_KEY, "short"),
    ],
)
def test_an_identity_has_the_form_of_its_kind(tree: Administration, database: Database, kind: EndpointKind, identity: str) -> None:
    with pytest.raises(AdministrationError) as error:
        tree.endpoints.bind(SHELL, kind, identity, "P1")
    assert error.value.code is AdministrationCode.BAD_VALUE
    assert rows_in(database, endpoint) == 0


@pytest.mark.parametrize("kind", list(EndpointKind))
def test_every_kind_can_be_bound(tree: Administration, database: Database, kind: EndpointKind) -> None:
    identity = {SIM: ICCID, EndpointKind.PARTNER_KEY: "partner-key-1", EndpointKind.POS_TERMINAL: "T0001"}.get(kind, "1380013")
    tree.endpoints.bind(SHELL, kind, identity, "P1")
    assert read(database, kind, identity).kind is kind


def test_one_identity_is_bound_once_within_its_kind(tree: Administration) -> None:
    tree.endpoints.bind(SHELL, WEB, "shop", "P1")
    tree.endpoints.bind(SHELL, EndpointKind.CONSOLE, "shop", "P1")
    with pytest.raises(AdministrationError) as error:
        tree.endpoints.bind(SHELL, WEB, "shop", "D1")
    assert error.value.code is AdministrationCode.TAKEN


@pytest.mark.parametrize(("address", "language"), [("1" * 33, None), ("a\nb", None), ("", "de")])
def test_address_and_language_are_looked_at(tree: Administration, address: str, language: str | None) -> None:
    with pytest.raises(AdministrationError):
        tree.endpoints.bind(SHELL, WEB, "shop", "P1", address=address, language=language)


def test_block_and_unblock_reach_a_cache_that_was_read_before(tree: Administration, database: Database) -> None:
    tree.endpoints.bind(SHELL, WEB, "shop", "P1")
    directory = Directory()

    def stopped() -> bool:
        with database.read() as connection:
            directory.refresh(database, connection)
            directory.load_endpoints(connection, [(WEB, "shop")])
        found = directory.endpoint((WEB, "shop"))
        assert found is not None
        return found.stopped

    assert not stopped()
    tree.endpoints.block(SHELL, WEB, "shop")
    assert stopped()
    tree.endpoints.unblock(SHELL, WEB, "shop")
    assert not stopped()
    tree.parties.block(SHELL, "P1")
    assert stopped()


def test_in_other_hands_it_speaks_for_the_other_party(tree: Administration, database: Database) -> None:
    tree.endpoints.bind(SHELL, WEB, "shop", "P1")
    tree.endpoints.set_login(SHELL, "shop", PASSWORD)
    before = seen_version(database)
    tree.endpoints.rebind(SHELL, WEB, "shop", "D1")
    assert read(database, WEB, "shop").party.code == "D1"
    assert seen_version(database) == before + 1
    assert audit_actions(database)[-1] == "endpoint_rebound"


def test_a_login_in_other_hands_needs_a_new_password(tree: Administration, database: Database, clock: SetClock, keys: KeyStore) -> None:
    tree.endpoints.bind(SHELL, WEB, "shop", "P1")
    tree.endpoints.set_login(SHELL, "shop", PASSWORD)
    tree.endpoints.rebind(SHELL, WEB, "shop", "D1")
    with pytest.raises(Refusal) as refusal:
        Logins(database, clock, keys).check("shop", PASSWORD)
    assert refusal.value.code is RefusalCode.WRONG_PASSWORD


def test_a_login_opens_with_the_password_that_was_set(tree: Administration, database: Database, clock: SetClock, keys: KeyStore) -> None:
    endpoint_id = tree.endpoints.bind(SHELL, WEB, "shop", "P1")
    tree.endpoints.set_login(SHELL, "shop", PASSWORD)
    assert Logins(database, clock, keys).check("shop", PASSWORD) == endpoint_id


def test_a_new_password_ends_a_pause(tree: Administration, database: Database, clock: SetClock, keys: KeyStore) -> None:
    tree.endpoints.bind(SHELL, WEB, "shop", "P1")
    tree.endpoints.set_login(SHELL, "shop", PASSWORD)
    logins = Logins(database, clock, keys)
    for _ in range(6):
        with pytest.raises(Refusal):
            logins.check("shop", "wrong")
    tree.endpoints.set_login(SHELL, "shop", PASSWORD + "2")
    assert logins.check("shop", PASSWORD + "2")


@pytest.mark.parametrize("password", ["short", "shopkeeper", "x" * 129])
def test_a_weak_password_is_refused_and_never_shown(tree: Administration, database: Database, password: str) -> None:
    tree.endpoints.bind(SHELL, WEB, "shopkeeper", "P1")
    with pytest.raises(AdministrationError) as error:
        tree.endpoints.set_login(SHELL, "shopkeeper", password)
    assert error.value.code is AdministrationCode.WEAK_LOGIN
    assert error.value.facts == {}
    assert rows_in(database, login) == 0


def test_only_a_web_login_has_such_a_password(tree: Administration) -> None:
    tree.endpoints.bind(SHELL, EndpointKind.CONSOLE, "shop", "P1")
    with pytest.raises(AdministrationError) as error:
        tree.endpoints.set_login(SHELL, "shop", PASSWORD)
    assert error.value.code is AdministrationCode.UNKNOWN_OBJECT


def test_the_audit_holds_no_password(tree: Administration, database: Database) -> None:
    tree.endpoints.bind(SHELL, WEB, "shop", "P1")
    tree.endpoints.set_login(SHELL, "shop", PASSWORD)
    with database.read() as connection:
        rows = connection.exec_driver_sql("SELECT facts, object, action FROM audit").fetchall()
        kept = connection.scalar(select(login.c.password_hash))
    assert PASSWORD not in str(rows)
    assert kept is not None
    assert kept not in str(rows)


def test_the_list_names_party_and_person(tree: Administration) -> None:
    tree.people.register(SHELL, "MAN1", "李四", "P1", Role.SALESPERSON)
    tree.endpoints.bind(SHELL, WEB, "clerk", "P1", "MAN1")
    tree.endpoints.bind(SHELL, SIM, ICCID, "D1")
    assert [(row.kind, row.identity, row.party_code, row.person_code) for row in tree.endpoints.all()] == [
        ("stk_sim", ICCID, "D1", None),
        ("web_login", "clerk", "P1", "MAN1"),
    ]
