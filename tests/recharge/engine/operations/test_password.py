"""Service passwords: changed by their owner, reset by staff, tries counted wherever they come from."""

import pytest

from recharge.domain import requests as ask
from recharge.domain.errors import RefusalCode
from recharge.domain.parties import Role
from recharge.domain.requests import Channel, EndpointKind
from recharge.engine.administration import SHELL
from tests.support.books import code_of, fact_of
from tests.support.world import PASSWORD, World

NEW = "836194"
WRONG = "999333"
LINE = {"channel": Channel.IVR, "kind": EndpointKind.PHONE_LINE, "identity": "13800138000"}


@pytest.fixture
def two_ways(world: World) -> World:
    """Point A has a telephone line besides its web login."""
    world.office.endpoints.bind(SHELL, EndpointKind.PHONE_LINE, "13800138000", "A", address="13800138000")
    return world


def balance(world: World, password: str | None, **origin: object) -> RefusalCode | None:
    """What an enquiry with that password is told."""
    reply = world.ask("A", ask.Balance(), password=password, **origin)
    return reply.refusal.code if reply.refusal else None


def test_a_changed_password_is_the_only_one_that_opens(world: World) -> None:
    assert world.ask("A", ask.ChangePassword(NEW)).done
    assert balance(world, PASSWORD) is RefusalCode.WRONG_PASSWORD
    assert balance(world, NEW) is None
    assert world.recharge("A", password=NEW).done


def test_a_password_changed_counts_for_what_comes_after_it_in_the_same_batch(world: World) -> None:
    batch = [world.request("A", ask.Balance()), world.request("A", ask.ChangePassword(NEW)), world.request("A", ask.Balance()),
             world.request("A", ask.Balance(), password=NEW)]  # fmt: skip
    assert [reply.done for reply in world.intake.take(batch)] == [True, True, False, True]


@pytest.mark.parametrize("weak", ["123456", "654321", "111111", "112233", "274274", "272727", "950312", "120395", "12345", "1234567",
                                  "12a456", "", "１２３４５７", "520131"])  # fmt: skip
def test_a_weak_password_is_not_taken(sqlite_world: World, weak: str) -> None:
    assert code_of(sqlite_world.ask("A", ask.ChangePassword(weak))) is RefusalCode.WEAK_PASSWORD
    assert balance(sqlite_world, PASSWORD) is None


def test_the_same_again_or_the_lines_own_number_is_weak(two_ways: World) -> None:
    assert code_of(two_ways.ask("A", ask.ChangePassword(PASSWORD))) is RefusalCode.WEAK_PASSWORD
    assert code_of(two_ways.ask("A", ask.ChangePassword("138000"), **LINE)) is RefusalCode.WEAK_PASSWORD


def test_a_change_needs_the_old_password(world: World) -> None:
    assert code_of(world.ask("A", ask.ChangePassword(NEW), password=WRONG)) is RefusalCode.WRONG_PASSWORD
    assert code_of(world.ask("A", ask.ChangePassword(NEW), password=None)) is RefusalCode.PASSWORD_NEEDED
    assert balance(world, PASSWORD) is None


def test_wrong_tries_are_counted_over_all_channels_until_pause_and_lock(two_ways: World) -> None:
    world = two_ways
    assert balance(world, WRONG) is RefusalCode.WRONG_PASSWORD
    assert balance(world, WRONG, **LINE) is RefusalCode.WRONG_PASSWORD
    third = world.ask("A", ask.Balance(), password=WRONG)
    assert (code_of(third), fact_of(third, "left")) == (RefusalCode.WRONG_PASSWORD, 2)
    paused = world.ask("A", ask.Balance(), **LINE)
    assert (code_of(paused), fact_of(paused, "minutes")) == (RefusalCode.PASSWORD_LOCKED, 15)
    world.clock.pass_time(minutes=14, seconds=59)
    assert balance(world, PASSWORD) is RefusalCode.PASSWORD_LOCKED
    world.clock.pass_time(seconds=1)
    assert balance(world, WRONG, **LINE) is RefusalCode.WRONG_PASSWORD
    assert balance(world, PASSWORD) is RefusalCode.PASSWORD_LOCKED
    world.clock.pass_time(minutes=15)
    last = world.ask("A", ask.Balance(), password=WRONG)
    assert fact_of(last, "left") == 0
    world.clock.pass_time(days=300)
    assert balance(world, PASSWORD) is RefusalCode.PASSWORD_LOCKED
    assert balance(world, PASSWORD, **LINE) is RefusalCode.PASSWORD_LOCKED


def test_a_right_one_forgets_the_wrong_ones(world: World) -> None:
    for _ in range(4):
        assert balance(world, WRONG) is RefusalCode.WRONG_PASSWORD
        assert balance(world, WRONG) is RefusalCode.WRONG_PASSWORD
        assert balance(world, PASSWORD) is None


def test_tries_within_one_batch_are_counted_one_after_the_other(world: World) -> None:
    batch = [world.request("A", ask.Balance(), password=WRONG) for _ in range(6)] + [world.request("A", ask.Balance())]
    replies = world.intake.take(batch)
    assert [code_of(reply) for reply in replies] == [RefusalCode.WRONG_PASSWORD] * 3 + [RefusalCode.PASSWORD_LOCKED] * 4


def test_a_wrong_password_refuses_money_and_says_nothing_else(world: World) -> None:
    for operation in (ask.Recharge("1", -5), ask.Transfer("NOBODY", 0)):
        assert code_of(world.ask("A", operation, password=WRONG)) is RefusalCode.WRONG_PASSWORD
    assert code_of(world.recharge("A", password=None)) is RefusalCode.PASSWORD_NEEDED
    assert world.balance("A") == 100000


def test_a_reset_password_opens_nothing_but_its_own_change(world: World) -> None:
    assert world.ask("CS1", ask.ResetPassword("A", NEW)).done
    assert balance(world, PASSWORD) is RefusalCode.WRONG_PASSWORD
    assert code_of(world.recharge("A", password=NEW)) is RefusalCode.PASSWORD_MUST_CHANGE
    assert balance(world, NEW) is RefusalCode.PASSWORD_MUST_CHANGE
    assert balance(world, None) is RefusalCode.PASSWORD_MUST_CHANGE
    assert code_of(world.ask("A", ask.ChangePassword(NEW), password=NEW)) is RefusalCode.WEAK_PASSWORD
    assert world.ask("A", ask.ChangePassword(PASSWORD), password=NEW).done
    assert world.recharge("A").done


def test_a_reset_lifts_a_lock(world: World) -> None:
    for minutes in (0, 0, 0, 16, 16):
        world.clock.pass_time(minutes=minutes)
        balance(world, WRONG)
    assert balance(world, PASSWORD) is RefusalCode.PASSWORD_LOCKED
    assert world.ask("OPS1", ask.ResetPassword("A", NEW)).done
    assert world.ask("A", ask.ChangePassword(PASSWORD), password=NEW).done


def test_who_may_reset_whose(world: World) -> None:
    world.office.people.register(SHELL, "MGR1", "MGR1", "D3", Role.ACCOUNT_MANAGER)
    world.office.endpoints.bind(SHELL, EndpointKind.CONSOLE, "mgr1", "D3", "MGR1")
    world.office.credentials.set(SHELL, "D3", PASSWORD, "MGR1", temporary=False)
    assert world.ask("MGR1", ask.ResetPassword("A", NEW)).done
    for party in ("D3", "D2", "ROOT"):
        assert code_of(world.ask("MGR1", ask.ResetPassword(party, NEW))) is RefusalCode.UNKNOWN_PARTY
    for who in ("A", "FIN1", "AUD1", "ADM1", "SETTLE"):
        if who != "A":
            assert code_of(world.ask(who, ask.ResetPassword("B", NEW))) is RefusalCode.NOT_ALLOWED
    assert code_of(world.ask("CS1", ask.ResetPassword("NOBODY", NEW))) is RefusalCode.UNKNOWN_PARTY
    assert code_of(world.ask("CS1", ask.ResetPassword("A", NEW, "NOBODY"))) is RefusalCode.UNKNOWN_PARTY
    assert code_of(world.ask("CS1", ask.ResetPassword("A", "123456"))) is RefusalCode.WEAK_PASSWORD


def test_a_persons_password_is_not_the_points(world: World) -> None:
    world.office.people.register(SHELL, "SALES", "SALES", "A", Role.SALESPERSON)
    world.office.endpoints.bind(SHELL, EndpointKind.CONSOLE, "sales", "A", "SALES")
    assert code_of(world.recharge("SALES")) is RefusalCode.PASSWORD_NEEDED
    assert world.ask("CS1", ask.ResetPassword("A", NEW, "SALES")).done
    assert world.ask("SALES", ask.ChangePassword("518273"), password=NEW).done
    assert world.recharge("SALES", password="518273").done
    assert world.recharge("A", "10.00").done
    assert code_of(world.ask("SALES", ask.Transfer("B", 100), password="518273")) is RefusalCode.NOT_ALLOWED


def test_no_password_is_kept_in_the_clear(world: World) -> None:
    world.ask("A", ask.ChangePassword(NEW), reference="p-1")
    again = world.ask("A", ask.ChangePassword("518273"), reference="p-1", password=NEW)
    assert again.repeated
    assert balance(world, NEW) is None
    stored = str(world.rows("SELECT * FROM request")) + str(world.rows("SELECT salt, mac FROM credential"))
    assert NEW not in stored
    assert PASSWORD not in stored
