"""A change is one transaction: it happens with its audit line and its word to the caches, or not at all."""

import pytest
from sqlalchemy import select

from recharge.books.database import Database, RetryTransaction
from recharge.books.tables.parties import audit, tier
from recharge.domain.parties import Role
from recharge.engine.administration import SHELL, Actor, Administration, AdministrationError
from recharge.engine.administration.office import Change, Desk, Duty, duty
from tests.recharge.engine.administration.conftest import rows_in, seen_version, staff


class Trial(Desk):
    """A desk whose work goes wrong in a chosen way."""

    tries = 0

    @duty(Duty.CATALOGUE)
    def half(self, change: Change, code: str) -> None:
        change.insert(tier, "tier", code, id=change.ids.next(), code=code, name=code)
        change.note("tier_added", f"tier:{code}")
        change.stale("catalogue", 1)
        raise OSError("the lights went out")

    @duty(Duty.CATALOGUE)
    def overtaken(self, change: Change, code: str, times: int) -> str:
        self.tries += 1
        change.insert(tier, "tier", code, id=change.ids.next(), code=code, name=code)
        if self.tries <= times:
            raise RetryTransaction
        return code

    @duty(Duty.MONEY)
    def money(self, change: Change) -> bool:
        return change.by_shell


def test_a_change_cut_short_leaves_nothing(office: Administration, database: Database) -> None:
    with pytest.raises(OSError, match="the lights went out"):
        Trial(office.office).half(SHELL, "GOLD")
    assert (rows_in(database, tier), rows_in(database, audit), seen_version(database)) == (0, 0, 0)


def test_a_change_overtaken_by_another_is_made_again(office: Administration, database: Database) -> None:
    assert Trial(office.office).overtaken(SHELL, "GOLD", 2) == "GOLD"
    assert rows_in(database, tier) == 1


def test_the_shell_does_what_nobody_may(tree: Administration) -> None:
    trial = Trial(tree.office)
    assert trial.money(SHELL)
    for number, role in enumerate(Role):
        person = Actor(tree.people.register(SHELL, f"MAN{number}", "某人", "HQ", role))
        with pytest.raises(AdministrationError):
            trial.money(person)


def test_an_actor_is_never_the_shell_by_accident() -> None:
    assert Actor(7) != SHELL
    assert SHELL.person_id is None


def test_a_right_is_looked_up_at_each_change(tree: Administration) -> None:
    clerk = staff(tree, Role.OPERATIONS)
    tree.catalogue.add_tier(clerk, "SILVER", "银牌")
    tree.people.set_role(SHELL, "STAFF1", Role.AUDITOR)
    with pytest.raises(AdministrationError):
        tree.catalogue.add_tier(clerk, "BRONZE", "铜牌")


def test_the_audit_line_names_who_when_and_what(tree: Administration, database: Database) -> None:
    clerk = staff(tree, Role.OPERATIONS)
    tree.catalogue.add_tier(clerk, "SILVER", "银牌")
    with database.read() as connection:
        last = connection.execute(select(audit).order_by(audit.c.id.desc()).limit(1)).one()
    assert (last.person_id, last.endpoint_id, last.action, last.object) == (clerk.person_id, None, "tier_added", "tier:SILVER")
    assert "银牌" in last.facts
    assert last.at is not None


def test_a_database_that_is_not_there_is_not_an_administrators_error(office: Administration, database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("DROP TABLE audit")
    try:
        with pytest.raises(Exception, match="audit") as error:
            office.catalogue.add_tier(SHELL, "GOLD", "金牌")
        assert not isinstance(error.value, AdministrationError)
        assert rows_in(database, tier) == 0
    finally:
        with database.write() as connection:
            audit.create(connection)
