"""People have one role at one party; staff are the platform's own; nobody raises himself."""

import pytest
from sqlalchemy import select

from recharge.books.database import Database
from recharge.books.tables.parties import person
from recharge.domain.parties import Role, is_staff
from recharge.engine.administration import SHELL, Administration, AdministrationCode, AdministrationError
from tests.recharge.engine.administration.conftest import audit_actions, seen_version, staff


def role_of(database: Database, code: str) -> str:
    with database.read() as connection:
        return str(connection.scalar(select(person.c.role).where(person.c.code == code)))


@pytest.mark.parametrize("role", [role for role in Role if is_staff(role)])
def test_staff_are_the_platforms_own(tree: Administration, database: Database, role: Role) -> None:
    tree.people.register(SHELL, "STAFF1", "张三", "HQ", role)
    assert role_of(database, "STAFF1") == role.value
    for party_code in ("D1", "P1"):
        with pytest.raises(AdministrationError) as error:
            tree.people.register(SHELL, "STAFF2", "李四", party_code, role)
        assert error.value.code is AdministrationCode.STAFF_ONLY


@pytest.mark.parametrize("role", [role for role in Role if not is_staff(role)])
def test_a_partys_own_people_stand_anywhere(tree: Administration, database: Database, role: Role) -> None:
    tree.people.register(SHELL, "MAN1", "李四", "P1", role)
    assert role_of(database, "MAN1") == role.value


@pytest.mark.parametrize(
    ("code", "name", "party_code", "why"),
    [
        ("MAN1", "李四", "NOWHERE", AdministrationCode.UNKNOWN_OBJECT),
        ("MAN 1", "李四", "P1", AdministrationCode.BAD_VALUE),
        ("MAN1", "", "P1", AdministrationCode.BAD_VALUE),
        ("THERE", "李四", "P1", AdministrationCode.TAKEN),
    ],
)
def test_what_cannot_be_is_refused(tree: Administration, code: str, name: str, party_code: str, why: AdministrationCode) -> None:
    tree.people.register(SHELL, "THERE", "王五", "P1", Role.OWNER)
    with pytest.raises(AdministrationError) as error:
        tree.people.register(SHELL, code, name, party_code, Role.OWNER)
    assert error.value.code is why


def test_a_role_can_change_within_the_same_rules(tree: Administration, database: Database) -> None:
    tree.people.register(SHELL, "MAN1", "李四", "P1", Role.SALESPERSON)
    tree.people.set_role(SHELL, "MAN1", Role.OWNER)
    assert role_of(database, "MAN1") == "owner"
    with pytest.raises(AdministrationError) as error:
        tree.people.set_role(SHELL, "MAN1", Role.FINANCE)
    assert error.value.code is AdministrationCode.STAFF_ONLY
    assert role_of(database, "MAN1") == "owner"


def test_nobody_gives_himself_another_role(tree: Administration, database: Database) -> None:
    security = staff(tree, Role.SECURITY)
    with pytest.raises(AdministrationError) as error:
        tree.people.set_role(security, "STAFF1", Role.FINANCE)
    assert error.value.code is AdministrationCode.NOT_ALLOWED
    assert role_of(database, "STAFF1") == "security"


def test_security_changes_others_and_finance_nobody(tree: Administration, database: Database) -> None:
    security, finance = staff(tree, Role.SECURITY), staff(tree, Role.FINANCE, "STAFF2")
    tree.people.set_role(security, "STAFF2", Role.AUDITOR)
    assert role_of(database, "STAFF2") == "auditor"
    with pytest.raises(AdministrationError):
        tree.people.set_role(finance, "STAFF1", Role.AUDITOR)


def test_block_and_unblock_are_told_and_noted(tree: Administration, database: Database) -> None:
    tree.people.register(SHELL, "MAN1", "李四", "P1", Role.SALESPERSON)
    before = seen_version(database)
    tree.people.block(SHELL, "MAN1")
    tree.people.unblock(SHELL, "MAN1")
    assert seen_version(database) == before + 2
    assert audit_actions(database)[-2:] == ["person_blocked", "person_unblocked"]


def test_the_list_says_where_everybody_is(tree: Administration) -> None:
    tree.people.register(SHELL, "MAN1", "李四", "P1", Role.SALESPERSON)
    staff(tree, Role.FINANCE)
    assert [(row.code, row.party_code, row.role) for row in tree.people.all()] == [
        ("MAN1", "P1", "salesperson"),
        ("STAFF1", "HQ", "finance"),
    ]
