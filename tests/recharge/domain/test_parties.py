"""Who stands above whom, who is stopped, who may ask for what, and what needs the service password."""

import pytest

from recharge.domain import requests as ask
from recharge.domain.parties import Role, is_staff, may, needs_password
from recharge.domain.requests import EndpointKind
from tests.recharge.domain.people import endpoint, party, person

MOVES_MONEY: list[ask.Operation] = [
    ask.Recharge("13800138000", 1000), ask.BillPayment("13800138000", 1000), ask.Reverse("1"), ask.Deposit("A", 1, "e"),
    ask.Transfer("A", 1), ask.ReverseTransfer("1"), ask.CommissionToDeposit(), ask.ProposeAdjustment("A", 1, "x"),
    ask.ProposeAdjudication("1", True, "x"), ask.DecideCase("1", True),
]  # fmt: skip
CHANGES_PASSWORDS: list[ask.Operation] = [ask.ChangePassword("836194"), ask.ResetPassword("A", "836194")]
LOOKS: list[ask.Operation] = [
    ask.Balance(),
    ask.OrderEnquiry("1"),
    ask.LastOrder(),
    ask.LatestOrders(),
    ask.DayRecap(),
    ask.Complaint("1", "x"),
    ask.Void(),
]
EVERYTHING = [*MOVES_MONEY, *CHANGES_PASSWORDS, *LOOKS]


def test_above_is_anywhere_above_and_never_oneself() -> None:
    root, middle, point = party(1, "/1/"), party(7, "/1/7/"), party(42, "/1/7/42/")
    assert root.is_above(middle)
    assert root.is_above(point)
    assert middle.is_above(point)
    assert not point.is_above(middle)
    assert not point.is_above(point)


def test_a_number_that_begins_like_another_is_not_above_it() -> None:
    assert not party(7, "/1/7/").is_above(party(71, "/1/71/"))
    assert not party(4, "/1/4/").is_above(party(42, "/1/42/"))


@pytest.mark.parametrize(
    ("found", "stopped"),
    [
        (endpoint(), False),
        (endpoint(who=person()), False),
        (endpoint(blocked=True), True),
        (endpoint(party=party(blocked=True)), True),
        (endpoint(who=person(blocked=True)), True),
    ],
)
def test_blocked_itself_or_by_its_party_or_person(found: object, stopped: bool) -> None:
    assert getattr(found, "stopped") is stopped  # noqa: B009  # mypy: parametrized as object


def test_an_endpoint_without_a_person_acts_as_the_owner() -> None:
    assert endpoint().role is Role.OWNER
    assert endpoint(who=person(Role.AUDITOR)).role is Role.AUDITOR


@pytest.mark.parametrize("operation", EVERYTHING, ids=lambda item: type(item).__name__)
def test_an_administrator_cannot_transact(operation: ask.Operation) -> None:
    assert may(Role.ADMINISTRATOR, operation) is isinstance(operation, ask.ChangePassword)


@pytest.mark.parametrize("operation", MOVES_MONEY, ids=lambda item: type(item).__name__)
def test_who_only_looks_moves_no_money(operation: ask.Operation) -> None:
    for role in (Role.AUDITOR, Role.CUSTOMER_SERVICE, Role.SECURITY, Role.ACCOUNT_MANAGER, Role.ADMINISTRATOR):
        assert not may(role, operation)


@pytest.mark.parametrize("role", [role for role in Role if is_staff(role)])
def test_staff_sell_nothing(role: Role) -> None:
    sales: list[ask.Operation] = [ask.Recharge("1", 1), ask.BillPayment("1", 1), ask.Reverse("1"), ask.Transfer("A", 1)]
    for operation in (*sales, ask.CommissionToDeposit()):
        assert not may(role, operation)


@pytest.mark.parametrize("role", [Role.OWNER, Role.SALESPERSON, Role.ACCOUNT_MANAGER])
def test_agents_decide_no_cases(role: Role) -> None:
    cases: list[ask.Operation] = [ask.ProposeAdjustment("A", 1, "x"), ask.ProposeAdjudication("1", True, "x"), ask.DecideCase("1", True)]
    for operation in cases:
        assert not may(role, operation)
        assert not is_staff(role)


def test_settlement_deposits_and_looks() -> None:
    assert {type(operation) for operation in EVERYTHING if may(Role.SETTLEMENT, operation)} == {ask.Deposit, *ask.READ_ONLY}


def test_every_operation_is_somebodys() -> None:
    for operation in EVERYTHING:
        assert any(may(role, operation) for role in Role), operation


@pytest.mark.parametrize("operation", [*MOVES_MONEY, *CHANGES_PASSWORDS], ids=lambda item: type(item).__name__)
def test_money_and_passwords_need_the_service_password(operation: ask.Operation) -> None:
    for kind in set(EndpointKind) - {EndpointKind.PARTNER_KEY}:
        by_itself = kind is EndpointKind.POS_TERMINAL and isinstance(operation, ask.Reverse)
        assert needs_password(endpoint(kind), operation) is not by_itself
    assert not needs_password(endpoint(EndpointKind.PARTNER_KEY), operation)
    assert not needs_password(endpoint(who=person(Role.SETTLEMENT)), operation)


@pytest.mark.parametrize("operation", LOOKS, ids=lambda item: type(item).__name__)
def test_looking_needs_none(operation: ask.Operation) -> None:
    assert not needs_password(endpoint(), operation)
