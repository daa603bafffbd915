"""Parties stand in one tree, have their two accounts from the first moment, and every change of them leaves its audit line."""

import json

import pytest
from sqlalchemy import select

from recharge.books.database import Database
from recharge.books.directory import Directory
from recharge.books.tables.ledger import account
from recharge.books.tables.parties import audit, party
from recharge.domain.parties import Party, PartyKind, Role
from recharge.engine.administration import SHELL, Actor, Administration, AdministrationCode, AdministrationError
from recharge.engine.administration.accounts import COMMISSION_FLOOR_MINOR, HOUSE_ACCOUNTS
from tests.recharge.engine.administration.conftest import SetClock, audit_actions, rows_in, seen_version, staff


def read(database: Database, code: str) -> Party:
    with database.read() as connection:
        found = Directory().party_by_code(connection, code)
    assert found is not None
    return found


def refused(code: AdministrationCode, error: pytest.ExceptionInfo[AdministrationError]) -> bool:
    return error.value.code is code


def test_a_party_stands_below_its_parent_with_its_accounts(tree: Administration, database: Database) -> None:
    top, middle, point = read(database, "HQ"), read(database, "D1"), read(database, "P1")
    assert point.path == f"/{top.id}/{middle.id}/{point.id}/"
    assert top.is_above(point)
    assert point.deposit_account != point.commission_account
    with database.read() as connection:
        own = connection.execute(select(account).where(account.c.owner_id == point.id)).all()
    assert {(row.kind, row.balance_minor, row.floor_minor) for row in own} == {("deposit", 0, 0), ("commission", 0, COMMISSION_FLOOR_MINOR)}


def test_the_house_accounts_are_opened_with_the_platform(tree: Administration, database: Database) -> None:
    with database.read() as connection:
        house = connection.execute(select(account).where(account.c.owner_id == 0)).all()
    assert sorted(row.kind for row in house) == sorted(HOUSE_ACCOUNTS)
    assert {row.balance_minor for row in house} == {None}


def test_a_point_may_stand_below_a_point(tree: Administration, database: Database) -> None:
    tree.parties.register(SHELL, "P2", "和平路店分柜", PartyKind.POINT, "P1")
    assert read(database, "P1").is_above(read(database, "P2"))


@pytest.mark.parametrize(
    ("code", "kind", "parent", "why"),
    [
        ("HQ2", PartyKind.PLATFORM, None, AdministrationCode.TAKEN),
        ("HQ2", PartyKind.PLATFORM, "HQ", AdministrationCode.BAD_PARENT),
        ("P9", PartyKind.POINT, None, AdministrationCode.BAD_PARENT),
        ("D9", PartyKind.DISTRIBUTOR, "P1", AdministrationCode.BAD_PARENT),
        ("P9", PartyKind.POINT, "NOBODY", AdministrationCode.UNKNOWN_OBJECT),
        ("P1", PartyKind.POINT, "D1", AdministrationCode.TAKEN),
        ("P 9", PartyKind.POINT, "D1", AdministrationCode.BAD_VALUE),
        ("", PartyKind.POINT, "D1", AdministrationCode.BAD_VALUE),
        ("P" * 25, PartyKind.POINT, "D1", AdministrationCode.BAD_VALUE),
    ],
)
def test_a_party_that_fits_nowhere_is_refused_whole(
    tree: Administration, database: Database, code: str, kind: PartyKind, parent: str | None, why: AdministrationCode
) -> None:
    before = rows_in(database, party), rows_in(database, account), rows_in(database, audit)
    with pytest.raises(AdministrationError) as error:
        tree.parties.register(SHELL, code, "某店", kind, parent)
    assert refused(why, error)
    assert (rows_in(database, party), rows_in(database, account), rows_in(database, audit)) == before


@pytest.mark.parametrize("name", ["", "   ", "一" * 81, "某\n店"])
def test_a_name_can_be_shown_on_one_line(tree: Administration, name: str) -> None:
    with pytest.raises(AdministrationError) as error:
        tree.parties.register(SHELL, "P9", name, PartyKind.POINT, "D1")
    assert refused(AdministrationCode.BAD_VALUE, error)


def dig(tree: Administration, deep: int) -> None:
    parent = "D1"
    for depth in range(deep):
        tree.parties.register(SHELL, f"D1{depth:03}", "下级", PartyKind.DISTRIBUTOR, parent)
        parent = f"D1{depth:03}"


def test_a_tree_deeper_than_a_path_can_say_is_refused_and_named(tree: Administration) -> None:
    with pytest.raises(AdministrationError) as error:
        dig(tree, 200)
    assert refused(AdministrationCode.TOO_DEEP, error)


def test_ten_levels_are_not_too_deep(tree: Administration, database: Database) -> None:
    dig(tree, 6)
    tree.parties.register(SHELL, "P9", "最下级网点", PartyKind.POINT, "D1005")
    assert read(database, "P9").path.count("/") == 10


def test_codes_are_found_however_they_are_typed(tree: Administration, database: Database) -> None:
    tree.parties.rename(SHELL, " p1 ", "和平路旗舰店")
    assert read(database, "P1").name == "和平路旗舰店"


def test_own_shares_beat_the_tiers_and_can_be_taken_away_again(tree: Administration, database: Database) -> None:
    tree.parties.set_shares(SHELL, "P1", discount_bp=250, margin_bp=0)
    assert (read(database, "P1").discount_bp, read(database, "P1").margin_bp) == (250, 0)
    tree.parties.set_shares(SHELL, "P1")
    assert (read(database, "P1").discount_bp, read(database, "P1").margin_bp) == (None, None)


@pytest.mark.parametrize("share", [-1, 10_001])
def test_a_share_is_a_part_of_the_whole(tree: Administration, share: int) -> None:
    with pytest.raises(AdministrationError) as error:
        tree.parties.set_shares(SHELL, "P1", discount_bp=share)
    assert refused(AdministrationCode.BAD_VALUE, error)


def test_tier_and_language_can_be_changed(tree: Administration, database: Database) -> None:
    tree.parties.set_tier(SHELL, "P1", None)
    tree.parties.set_language(SHELL, "P1", "id")
    assert (read(database, "P1").tier_id, read(database, "P1").language) == (None, "id")
    with pytest.raises(AdministrationError):
        tree.parties.set_tier(SHELL, "P1", "SILVER")
    with pytest.raises(AdministrationError):
        tree.parties.set_language(SHELL, "P1", "de")


def test_block_and_unblock(tree: Administration, database: Database) -> None:
    tree.parties.block(SHELL, "P1")
    assert read(database, "P1").blocked
    tree.parties.unblock(SHELL, "P1")
    assert not read(database, "P1").blocked


def test_every_change_is_told_to_the_caches_and_noted_with_who_and_what(tree: Administration, database: Database) -> None:
    clerk = staff(tree, Role.OPERATIONS)
    before = seen_version(database)
    tree.parties.block(clerk, "P1")
    assert seen_version(database) == before + 1
    with database.read() as connection:
        last = connection.execute(select(audit).order_by(audit.c.id.desc()).limit(1)).one()
    assert (last.person_id, last.action, last.object) == (clerk.person_id, "party_blocked", "party:P1")
    assert json.loads(last.facts) == {"before": {"blocked": False}, "after": {"blocked": True}}


def test_a_cache_that_was_read_before_sees_the_change(tree: Administration, database: Database) -> None:
    directory = Directory()
    with database.read() as connection:
        directory.refresh(database, connection)
        assert directory.party_by_code(connection, "P1") is not None
    tree.parties.block(SHELL, "P1")
    with database.read() as connection:
        directory.refresh(database, connection)
        found = directory.party_by_code(connection, "P1")
    assert found is not None
    assert found.blocked


@pytest.mark.parametrize("role", [Role.FINANCE, Role.CUSTOMER_SERVICE, Role.AUDITOR, Role.SECURITY, Role.SETTLEMENT])
def test_who_has_no_right_to_it_changes_nothing(tree: Administration, database: Database, role: Role) -> None:
    clerk = staff(tree, role)
    before = audit_actions(database)
    with pytest.raises(AdministrationError) as error:
        tree.parties.register(clerk, "P9", "某店", PartyKind.POINT, "D1")
    assert refused(AdministrationCode.NOT_ALLOWED, error)
    assert audit_actions(database) == before


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.OPERATIONS])
def test_who_keeps_the_tree_may_register(tree: Administration, database: Database, role: Role) -> None:
    tree.parties.register(staff(tree, role), "P9", "某店", PartyKind.POINT, "D1")
    assert read(database, "P9").kind is PartyKind.POINT


def test_an_owner_a_stranger_and_a_blocked_person_may_not(tree: Administration) -> None:
    owner = Actor(tree.people.register(SHELL, "OWNER1", "李四", "P1", Role.OWNER))
    blocked = staff(tree, Role.OPERATIONS)
    tree.people.block(SHELL, "STAFF1")
    for actor in (owner, blocked, Actor(12345)):
        with pytest.raises(AdministrationError) as error:
            tree.parties.block(actor, "P1")
        assert refused(AdministrationCode.NOT_ALLOWED, error)


def test_staff_of_a_blocked_party_may_not(tree: Administration) -> None:
    clerk = staff(tree, Role.OPERATIONS)
    tree.parties.block(SHELL, "HQ")
    with pytest.raises(AdministrationError):
        tree.parties.unblock(clerk, "HQ")
    tree.parties.unblock(SHELL, "HQ")


def test_the_list_goes_down_the_tree_with_balances(tree: Administration, clock: SetClock) -> None:
    clock.move(seconds=1)
    tree.parties.register(SHELL, "D2", "西城分销", PartyKind.DISTRIBUTOR, "HQ")
    assert [(row.code, row.balance_minor) for row in tree.parties.all()] == [("HQ", 0), ("D1", 0), ("P1", 0), ("D2", 0)]
