"""Whatever is typed, in whatever field: a clear refusal or a good order, never an error, and never a lost cent."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recharge.domain import requests as ask
from recharge.domain.errors import RefusalCode
from recharge.domain.replies import Reply
from recharge.domain.requests import Channel, EndpointKind, Origin, Request, ServicePassword, SignedIn
from recharge.engine.administration import SHELL
from tests.support.books import check_books, code_of
from tests.support.province import Province
from tests.support.world import NUMBER, PASSWORD, World

# Half characters, blanks at the end, digits of other scripts, SQL, a number too large for any column, and anything else.
NASTY = ["", " ", "\x00", "\ud800", "A ", "a", "Ａ", "13800138000 ", "٥٠", "9" * 19, "9" * 400, "-1", "1e3", "'; DROP TABLE orders; --",
         "%s", "?", "\\", "\u202e", "💰", "null", "x" * 5000]  # fmt: skip
TEXTS = st.sampled_from(NASTY) | st.text(max_size=40) | st.text(st.characters(), max_size=8)
NUMBERS = st.sampled_from([0, -1, 1, 5000, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**40, 10**15, 10**15 + 1]) | st.integers()
MARKS = NUMBERS | st.integers(0, 3)

OPERATIONS = st.one_of(
    st.builds(ask.Recharge, TEXTS | st.just(NUMBER), st.none() | NUMBERS, st.none() | TEXTS, MARKS),
    st.builds(ask.BillPayment, TEXTS | st.just(NUMBER), NUMBERS, MARKS),
    st.builds(ask.Reverse, st.none() | TEXTS, st.none() | TEXTS),
    st.builds(ask.Transfer, TEXTS | st.just("B"), NUMBERS),
    st.builds(ask.ReverseTransfer, TEXTS),
    st.builds(ask.CommissionToDeposit, st.none() | NUMBERS),
    st.builds(ask.OrderEnquiry, st.none() | TEXTS, st.none() | TEXTS),
    st.builds(ask.LatestOrders, NUMBERS),
    st.builds(ask.Complaint, TEXTS, TEXTS),
    st.builds(ask.ChangePassword, TEXTS),
    st.sampled_from([ask.Balance(), ask.LastOrder(), ask.DayRecap(), ask.Void()]),
)
STAFF_OPERATIONS = st.one_of(
    st.builds(ask.Deposit, TEXTS | st.just("A"), NUMBERS, TEXTS),
    st.builds(ask.ProposeAdjustment, TEXTS | st.just("A"), NUMBERS, TEXTS),
    st.builds(ask.ProposeAdjudication, TEXTS, st.booleans(), TEXTS, TEXTS),
    st.builds(ask.DecideCase, TEXTS, st.booleans()),
    st.builds(ask.ResetPassword, TEXTS, TEXTS, st.none() | TEXTS),
)
FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.mariadb)])
def shared(request: pytest.FixtureRequest) -> Iterator[World]:
    """One province for all the examples of a test: what one leaves behind must not hurt the next."""
    made = Province(str(request.getfixturevalue(f"clean_{request.param}_url")))
    made.deposit("A", "1000.00")
    yield made
    check_books(made)
    made.close()


def money(world: World) -> int:
    """All deposits together."""
    return int(world.one("SELECT SUM(balance_minor) FROM account WHERE kind = 'deposit'"))


def ask_as(world: World, who: str, operation: ask.Operation) -> Reply:
    """A request between two good ones, which must not suffer."""
    batch = [world.request("B", ask.Balance(), password=None), world.request(who, operation, password=PASSWORD),
             world.request("B", ask.LastOrder(), password=None)]  # fmt: skip
    first, reply, last = world.intake.take(batch)
    assert first.done
    assert last.refusal is None or last.refusal.code is RefusalCode.UNKNOWN_ORDER
    return reply


@FEW
@given(OPERATIONS)
def test_an_agent_may_type_anything(shared: World, operation: ask.Operation) -> None:
    held, before = shared.hold_balance(), money(shared)
    reply = ask_as(shared, "A", operation)
    if reply.refusal is not None:
        assert (shared.hold_balance(), money(shared)) == (held, before)
    elif isinstance(operation, ask.ChangePassword):
        shared.office.credentials.set(SHELL, "A", PASSWORD, temporary=False)
    else:
        assert shared.hold_balance() - held == before - money(shared)


@FEW
@given(STAFF_OPERATIONS, st.sampled_from(["FIN1", "FIN2", "OPS1", "CS1"]))
def test_staff_may_type_anything_and_no_money_moves(shared: World, operation: ask.Operation, who: str) -> None:
    before = money(shared)
    ask_as(shared, who, operation)
    assert money(shared) == before


@FEW
@given(TEXTS, TEXTS | st.just("shop-a"), TEXTS | st.just(PASSWORD), st.none() | TEXTS, st.sampled_from(EndpointKind))
def test_any_origin_and_any_password(
    shared: World, reference: str, identity: str, password: str, language: str | None, kind: EndpointKind
) -> None:
    before = money(shared)
    origin = Origin(Channel.WEB, kind, identity, reference, message_id=reference)
    for credential in (ServicePassword(password), SignedIn()):
        for operation in (ask.Balance(), ask.Recharge(NUMBER, 1000)):
            reply = shared.intake.take([Request(origin, credential, operation, language)])[0]
            assert reply.done or reply.refusal is not None
    assert money(shared) == before - shared.hold_balance()
    shared.office.credentials.set(SHELL, "A", PASSWORD, temporary=False)


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_one_by_one(sqlite_world: World, text: str) -> None:
    world = sqlite_world
    for operation in (ask.Recharge(text, 1000), ask.Transfer(text, 100), ask.Reverse(text), ask.Complaint(text, "x"),
                      ask.OrderEnquiry(text), ask.ReverseTransfer(text), ask.ChangePassword(text)):  # fmt: skip
        reply = world.ask("A", operation)
        understood = isinstance(operation, ask.Recharge) and text.strip() == NUMBER
        assert reply.done is understood, (operation, reply)
    for staff in (ask.Deposit(text, 100, "e"), ask.ProposeAdjustment(text, 100, "x"), ask.DecideCase(text, True)):
        known = text.strip() == "A" and not isinstance(staff, ask.DecideCase)
        assert world.ask("FIN1", staff).done is known, staff


@pytest.mark.parametrize("amount", [2**63, -(2**63) - 1, 10**15 + 1, 10**40])
def test_no_amount_is_too_large_to_be_refused(world: World, amount: int) -> None:
    for operation in (
        ask.Recharge(NUMBER, amount),
        ask.BillPayment(NUMBER, amount),
        ask.Transfer("B", amount),
        ask.CommissionToDeposit(amount),
    ):
        assert code_of(world.ask("A", operation)) is RefusalCode.BAD_REQUEST
    for staff in (ask.Deposit("A", amount, "e"), ask.ProposeAdjustment("A", amount, "x")):
        assert code_of(world.ask("FIN1", staff)) is RefusalCode.BAD_REQUEST
    assert world.balance("A") == 100000


def test_the_largest_real_amount_is_kept_exactly(world: World) -> None:
    assert world.ask("SETTLE", ask.Deposit("A", 10**15, "bank"), password=None).balance_minor == 10**15 + 100000
    assert world.balance("A") == 10**15 + 100000


@pytest.mark.parametrize("mark", [-1, 10**6 + 1, 2**31])
def test_a_repeat_mark_that_is_none(world: World, mark: int) -> None:
    assert code_of(world.recharge("A", mark=mark)) is RefusalCode.BAD_REQUEST
    assert world.recharge("A").done
