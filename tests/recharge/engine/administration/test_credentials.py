"""Service passwords set by an administrator: temporary ones, strong ones, kept as nothing but a keyed digest."""

import pytest
from sqlalchemy import Row, select

from recharge.books.database import Database
from recharge.books.directory import Directory
from recharge.books.tables.parties import audit, credential
from recharge.domain.parties import Role
from recharge.domain.requests import EndpointKind
from recharge.engine.administration import SHELL, Administration, AdministrationCode, AdministrationError
from recharge.keys.store import KeyStore, same
from tests.recharge.engine.administration.conftest import rows_in, staff

DIGITS = "739205"


def kept(database: Database) -> Row[tuple[object, ...]]:
    with database.read() as connection:
        return connection.execute(select(credential)).one()


def test_a_password_is_kept_as_a_keyed_digest(tree: Administration, database: Database, keys: KeyStore) -> None:
    tree.credentials.set(SHELL, "P1", DIGITS)
    row = kept(database)._mapping
    again = keys.password_mac(row["key_version"], row["salt"], row["party_id"], row["person_id"], DIGITS)
    assert same(again, row["mac"])
    assert not same(keys.password_mac(row["key_version"], row["salt"], row["party_id"], row["person_id"], "739206"), row["mac"])
    assert row["must_change"]
    assert row["person_id"] == 0


def test_a_persons_password_is_his_own(tree: Administration, database: Database, keys: KeyStore) -> None:
    person_id = tree.people.register(SHELL, "MAN1", "李四", "P1", Role.SALESPERSON)
    tree.credentials.set(SHELL, "P1", DIGITS, "MAN1")
    row = kept(database)._mapping
    assert row["person_id"] == person_id


@pytest.mark.parametrize("digits", ["123456", "111111", "12345", "abcdef", "901231", "520131"])
def test_a_weak_one_is_refused_and_never_shown(tree: Administration, database: Database, digits: str) -> None:
    with pytest.raises(AdministrationError) as error:
        tree.credentials.set(SHELL, "P1", digits)
    assert error.value.code is AdministrationCode.WEAK_PASSWORD
    assert digits not in str(error.value)
    assert rows_in(database, credential) == 0


def test_setting_again_opens_what_was_locked(tree: Administration, database: Database) -> None:
    tree.credentials.set(SHELL, "P1", DIGITS)
    before = kept(database)._mapping
    with database.write() as connection:
        connection.execute(credential.update().values(locked=True, tries=5, must_change=False))
    tree.credentials.set(SHELL, "P1", "739206")
    row = kept(database)._mapping
    assert (row["id"], row["locked"], row["tries"], row["must_change"]) == (before["id"], False, 0, True)
    assert row["salt"] != before["salt"]


def test_only_the_shell_sets_one_that_need_not_be_changed(tree: Administration, database: Database) -> None:
    tree.credentials.set(SHELL, "P1", DIGITS, temporary=False)
    assert not kept(database)._mapping["must_change"]
    with pytest.raises(AdministrationError) as error:
        tree.credentials.set(staff(tree, Role.SECURITY), "P1", DIGITS, temporary=False)
    assert error.value.code is AdministrationCode.NOT_ALLOWED


@pytest.mark.parametrize(
    ("role", "may"), [(Role.SECURITY, True), (Role.OPERATIONS, True), (Role.ADMINISTRATOR, False), (Role.FINANCE, False)]
)
def test_who_may_set_a_temporary_one(tree: Administration, database: Database, role: Role, may: bool) -> None:
    clerk = staff(tree, role)
    if may:
        tree.credentials.set(clerk, "P1", DIGITS)
    else:
        with pytest.raises(AdministrationError):
            tree.credentials.set(clerk, "P1", DIGITS)
    assert rows_in(database, credential) == int(may)


def test_unknown_owners_are_named(tree: Administration) -> None:
    tree.people.register(SHELL, "MAN1", "李四", "D1", Role.SALESPERSON)
    with pytest.raises(AdministrationError) as error:
        tree.credentials.set(SHELL, "NOWHERE", DIGITS)
    assert error.value.code is AdministrationCode.UNKNOWN_OBJECT
    with pytest.raises(AdministrationError) as error:
        tree.credentials.set(SHELL, "P1", DIGITS, "MAN1")
    assert error.value.code is AdministrationCode.WRONG_PARTY


@pytest.mark.parametrize("person", [None, "MAN1"])
def test_a_cache_that_knew_of_no_password_learns_of_it(tree: Administration, database: Database, person: str | None) -> None:
    tree.people.register(SHELL, "MAN1", "李四", "P1", Role.SALESPERSON)
    tree.endpoints.bind(SHELL, EndpointKind.WEB_LOGIN, "shop", "P1", person)
    directory = Directory()

    def credential_id() -> int | None:
        with database.read() as connection:
            directory.refresh(database, connection)
            directory.load_endpoints(connection, [(EndpointKind.WEB_LOGIN, "shop")])
        found = directory.endpoint((EndpointKind.WEB_LOGIN, "shop"))
        assert found is not None
        return found.credential_id

    assert credential_id() is None
    tree.credentials.set(SHELL, "P1", DIGITS, person)
    assert credential_id() is not None


def test_the_audit_says_that_and_not_what(tree: Administration, database: Database) -> None:
    tree.credentials.set(SHELL, "P1", DIGITS)
    with database.read() as connection:
        last = connection.execute(select(audit).order_by(audit.c.id.desc()).limit(1)).one()
    assert last.action == "password_set"
    assert DIGITS not in str(last)
