"""One body from another, what can be written down, and no password in anything that is."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recharge.domain import requests as ask
from recharge.domain.requests import Channel, EndpointKind, Origin, Request, ServicePassword, SignedIn, body_hash, is_storable

NUMBER = "13800138000"
BODIES: list[ask.Operation] = [
    ask.Recharge(NUMBER, 5000), ask.Recharge(NUMBER, 5001), ask.Recharge("13800138001", 5000), ask.Recharge(NUMBER, 5000, "S50"),
    ask.Recharge(NUMBER, None, "S50"), ask.Recharge(NUMBER, 5000, repeat_mark=1), ask.BillPayment(NUMBER, 5000),
    ask.BillPayment(NUMBER, 5000, 1), ask.Reverse("1"), ask.Reverse(number="1"), ask.Reverse(), ask.Deposit("A", 1, "e"),
    ask.Deposit("A", 1, "f"), ask.Transfer("A", 1), ask.Transfer("B", 1), ask.ReverseTransfer("1"), ask.CommissionToDeposit(),
    ask.CommissionToDeposit(0), ask.Balance(), ask.OrderEnquiry("1"), ask.LastOrder(), ask.LatestOrders(), ask.LatestOrders(11),
    ask.DayRecap(), ask.ChangePassword("836194"), ask.ResetPassword("A", "836194"), ask.ResetPassword("A", "836194", "S1"),
    ask.Complaint("1", "x"), ask.Complaint("1", "y"), ask.ProposeAdjustment("A", 1, "x"), ask.ProposeAdjustment("A", -1, "x"),
    ask.ProposeAdjudication("1", True, "x"), ask.ProposeAdjudication("1", False, "x"), ask.DecideCase("1", True),
    ask.DecideCase("1", False), ask.Void(),
]  # fmt: skip


def request(operation: ask.Operation, **origin: str) -> Request:
    made = {"channel": Channel.WEB, "kind": EndpointKind.WEB_LOGIN, "identity": "shop-a", "reference": "r-1"} | origin
    return Request(Origin(**made), SignedIn(), operation)  # type: ignore[arg-type]


def test_no_two_bodies_are_taken_for_one_another() -> None:
    assert len({body_hash(operation) for operation in BODIES}) == len(BODIES)


@pytest.mark.parametrize("operation", BODIES, ids=repr)
def test_a_body_is_sixteen_bytes_and_always_the_same(operation: ask.Operation) -> None:
    assert len(body_hash(operation)) == 16
    assert body_hash(operation) == body_hash(replace(operation))


def test_a_tombstone_has_the_body_that_no_other_request_has() -> None:
    assert body_hash(ask.Void()) == bytes(16)
    assert not any(body_hash(operation) == bytes(16) for operation in BODIES if not isinstance(operation, ask.Void))


def test_new_passwords_are_no_part_of_a_body() -> None:
    assert body_hash(ask.ChangePassword("836194")) == body_hash(ask.ChangePassword("518273"))
    assert body_hash(ask.ResetPassword("A", "836194")) == body_hash(ask.ResetPassword("A", "518273"))


def test_fields_do_not_run_into_each_other() -> None:
    assert body_hash(ask.Complaint("1'\ntext='x", "")) != body_hash(ask.Complaint("1", "x"))
    assert body_hash(ask.Deposit("A", 11, "e")) != body_hash(ask.Deposit("A1", 1, "e"))


@given(st.text(), st.text(), st.text(), st.text())
def test_any_two_texts_make_two_bodies(first: str, second: str, third: str, fourth: str) -> None:
    same = (first, second) == (third, fourth)
    assert (body_hash(ask.Complaint(first, second)) == body_hash(ask.Complaint(third, fourth))) is same


def test_no_password_is_shown() -> None:
    shown = repr([ServicePassword("836194"), ask.ChangePassword("836194"), ask.ResetPassword("A", "836194"),
                  Request(request(ask.Void()).origin, ServicePassword("836194"), ask.ChangePassword("836194"))])  # fmt: skip
    assert "836194" not in shown
    assert "***" in shown


def test_every_secret_field_is_named() -> None:
    secret = {item.name for operation in BODIES for item in fields(operation) if "digits" in item.name}
    assert secret == ask.SECRET_FIELDS


@pytest.mark.parametrize("operation", BODIES, ids=repr)
def test_ordinary_requests_can_be_written_down(operation: ask.Operation) -> None:
    assert is_storable(request(operation))


BROKEN = "\ud800"


@pytest.mark.parametrize(
    "bad",
    [
        request(ask.Recharge(BROKEN, 5000)), request(ask.Deposit("A", 1, f"e{BROKEN}")), request(ask.Balance(), identity=BROKEN),
        request(ask.Balance(), reference=BROKEN), request(ask.Balance(), message_id=BROKEN), request(ask.Recharge(NUMBER, 10**15 + 1)),
        request(ask.ProposeAdjustment("A", -(10**15) - 1, "x")), request(ask.LatestOrders(10**30)),
        replace(request(ask.Balance()), language=BROKEN), replace(request(ask.Balance()), language="x" * 25),
        replace(request(ask.Balance()), credential=ServicePassword(BROKEN)),
    ],
    ids=repr,
)  # fmt: skip
def test_what_no_database_can_hold(bad: Request) -> None:
    assert not is_storable(bad)


@given(st.text(), st.integers())
def test_what_is_said_to_be_storable_can_be_encoded(text: str, number: int) -> None:
    good = is_storable(request(ask.ProposeAdjustment(text, number, text)))
    assert good is (abs(number) <= 10**15 and text.encode(errors="ignore").decode() == text)
