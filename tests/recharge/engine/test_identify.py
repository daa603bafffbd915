"""Who asks, and may it: endpoints, blocks, and what each role may ask for."""

from typing import Any

import pytest

from recharge.domain import requests as ask
from recharge.domain.errors import RefusalCode
from recharge.domain.outcomes import OutcomeState
from recharge.domain.parties import Role
from recharge.domain.requests import Channel, EndpointKind, Origin, Request, ServicePassword
from recharge.engine.administration import SHELL
from recharge.engine.intake import Intake
from tests.support.books import code_of, number_of
from tests.support.world import PASSWORD, World


def test_nobody_knows_this_endpoint(world: World) -> None:
    origin = Origin(Channel.WEB, EndpointKind.WEB_LOGIN, "shop-nobody", "r-1")
    reply = world.intake.take([Request(origin, ServicePassword(PASSWORD), ask.Balance())])[0]
    assert code_of(reply) is RefusalCode.UNKNOWN_ENDPOINT
    assert world.one("SELECT COUNT(*) FROM request WHERE reference = 'r-1'") == 0
    same_name = Origin(Channel.POS, EndpointKind.POS_TERMINAL, "shop-a", "r-1")
    assert code_of(world.intake.take([Request(same_name, ServicePassword(PASSWORD), ask.Balance())])[0]) is RefusalCode.UNKNOWN_ENDPOINT


def test_an_endpoint_bound_after_it_was_asked_for_is_found(world: World) -> None:
    how: dict[str, Any] = {"channel": Channel.IVR, "kind": EndpointKind.PHONE_LINE, "identity": "13800138000"}
    assert code_of(world.recharge("A", **how)) is RefusalCode.UNKNOWN_ENDPOINT
    world.office.endpoints.bind(SHELL, EndpointKind.PHONE_LINE, "13800138000", "A")
    assert world.recharge("A", **how).done


def test_a_blocked_endpoint_is_refused_and_its_sister_is_not(world: World) -> None:
    world.office.endpoints.bind(SHELL, EndpointKind.PHONE_LINE, "13800138000", "A")
    world.office.endpoints.block(SHELL, EndpointKind.WEB_LOGIN, "shop-a")
    assert code_of(world.recharge("A")) is RefusalCode.BLOCKED
    assert world.recharge("A", channel=Channel.IVR, kind=EndpointKind.PHONE_LINE, identity="13800138000").done
    world.office.endpoints.unblock(SHELL, EndpointKind.WEB_LOGIN, "shop-a")
    assert world.recharge("A", "10.00").done


def test_a_blocked_party_is_refused_everywhere_at_once_in_every_process(world: World) -> None:
    other = Intake(world.new_parts(), lambda: None)
    assert other.take([world.request("A", ask.Balance())])[0].done
    world.office.parties.block(SHELL, "A")
    assert code_of(other.take([world.request("A", ask.Balance())])[0]) is RefusalCode.BLOCKED
    assert code_of(world.ask("A", ask.Balance())) is RefusalCode.BLOCKED
    world.office.parties.unblock(SHELL, "A")
    assert other.take([world.request("A", ask.Balance())])[0].done


def test_a_blocked_person_is_refused(world: World) -> None:
    assert world.ask("FIN1", ask.Balance()).done
    world.office.people.block(SHELL, "FIN1")
    assert code_of(world.ask("FIN1", ask.Balance())) is RefusalCode.BLOCKED
    assert world.ask("FIN2", ask.Balance()).done


def test_a_blocked_point_cannot_try_passwords(world: World) -> None:
    world.office.parties.block(SHELL, "A")
    for _ in range(9):
        assert code_of(world.ask("A", ask.Balance(), password="111222")) is RefusalCode.BLOCKED
    world.office.parties.unblock(SHELL, "A")
    assert world.ask("A", ask.Balance()).done


def test_an_order_of_a_point_blocked_afterwards_still_ends(world: World) -> None:
    reply = world.recharge("A")
    world.office.parties.block(SHELL, "A")
    world.hear(world.send(reply), OutcomeState.FAILED)
    assert world.balance("A") == 100000


def test_a_partner_proves_itself_with_its_key(world: World) -> None:
    world.office.endpoints.bind(SHELL, EndpointKind.PARTNER_KEY, "partner-1", "B")
    world.deposit("B", "100.00")
    how: dict[str, Any] = {"channel": Channel.PARTNER, "kind": EndpointKind.PARTNER_KEY, "identity": "partner-1"}
    assert world.recharge("B", password=None, **how).done
    assert code_of(world.recharge("B", "10.00", password=None)) is RefusalCode.PASSWORD_NEEDED


ANY_ORDER = "1"
OPERATIONS: list[ask.Operation] = [
    ask.Recharge("13800138000", 1000), ask.BillPayment("13800138000", 1000), ask.Reverse(ANY_ORDER), ask.Deposit("A", 1, "e"),
    ask.Transfer("A", 1), ask.ReverseTransfer(ANY_ORDER), ask.CommissionToDeposit(), ask.Balance(), ask.OrderEnquiry(ANY_ORDER),
    ask.LastOrder(), ask.LatestOrders(), ask.DayRecap(), ask.ChangePassword("836194"), ask.ResetPassword("A", "836194"),
    ask.Complaint(ANY_ORDER, "x"), ask.ProposeAdjustment("A", 1, "x"), ask.Booking("revenue", "commission:A", 1, "x", "e"),
    ask.ProposeAdjudication(ANY_ORDER, True, "x"),
    ask.DecideCase("1", True), ask.Void(),
]  # fmt: skip
READS = {"Balance", "OrderEnquiry", "LastOrder", "LatestOrders", "DayRecap"}
SALES = READS | {"Recharge", "BillPayment", "Reverse", "Complaint", "ChangePassword", "Void"}
MAY = {
    Role.OWNER: SALES | {"Transfer", "ReverseTransfer", "CommissionToDeposit"},
    Role.SALESPERSON: SALES,
    Role.ACCOUNT_MANAGER: READS | {"Complaint", "ChangePassword", "ResetPassword"},
    Role.OPERATIONS: READS | {"ProposeAdjudication", "DecideCase", "ResetPassword", "Complaint", "ChangePassword"},
    Role.FINANCE: READS | {"Deposit", "ProposeAdjustment", "Booking", "ProposeAdjudication", "DecideCase", "ChangePassword"},
    Role.CUSTOMER_SERVICE: READS | {"Complaint", "ResetPassword", "ChangePassword"},
    Role.AUDITOR: READS | {"ChangePassword"},
    Role.SECURITY: READS | {"ResetPassword", "ChangePassword"},
    Role.ADMINISTRATOR: {"ChangePassword"},
    Role.SETTLEMENT: READS | {"Deposit", "Booking"},
}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_asks_for_what_is_its_own(sqlite_world: World, role: Role) -> None:
    world = sqlite_world
    party = "A" if role in {Role.OWNER, Role.SALESPERSON} else "ROOT"
    world.office.people.register(SHELL, "TRIED", "TRIED", party, role)
    world.office.endpoints.bind(SHELL, EndpointKind.CONSOLE, "tried", party, "TRIED")
    for operation in OPERATIONS:
        world.office.credentials.set(SHELL, party, PASSWORD, "TRIED", temporary=False)
        reply = world.ask("TRIED", operation)
        refused = reply.refusal is not None and reply.refusal.code is RefusalCode.NOT_ALLOWED
        assert refused == (type(operation).__name__ not in MAY[role]), operation


def test_the_language_of_an_order_is_the_requests_the_endpoints_or_the_partys(world: World) -> None:
    asked = world.request("A", ask.Recharge("13800138000", 1000))
    spoken = Request(asked.origin, asked.credential, asked.operation, language="id")
    first = world.intake.take([spoken])[0]
    second = world.recharge("A", "30.00")
    text = "SELECT language FROM orders WHERE id = ?"
    assert world.one(text, int(number_of(first))) == "id"
    assert world.one(text, int(number_of(second))) == world.one("SELECT language FROM party WHERE code = 'A'")
