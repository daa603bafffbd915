"""Enquiries and complaints, and who may see whose orders."""

from datetime import timedelta

from recharge.books.rollup import roll_up
from recharge.domain import requests as ask
from recharge.domain.errors import RefusalCode
from recharge.domain.outcomes import OutcomeState
from recharge.domain.parties import PartyKind, Role
from recharge.engine.administration import SHELL
from tests.support.books import code_of, number_of, order_of, sold
from tests.support.world import NUMBER, PASSWORD, World


def manager_at(world: World, party: str, code: str = "MGR1") -> None:
    """An account manager who looks after what stands below a party."""
    world.office.people.register(SHELL, code, code, party, Role.ACCOUNT_MANAGER)
    world.office.endpoints.bind(SHELL, ask.EndpointKind.CONSOLE, code.lower(), party, code)
    world.office.credentials.set(SHELL, party, PASSWORD, code, temporary=False)


def test_the_balance_needs_no_password_and_no_reference(world: World) -> None:
    reply = world.ask("A", ask.Balance(), password=None)
    assert (reply.balance_minor, reply.commission_minor) == (100000, 0)
    sold(world)
    roll_up(world.database)
    assert world.ask("A", ask.Balance(), password=None).balance_minor == 95100
    before = world.one("SELECT COUNT(*) FROM request")
    bare = [world.request("A", ask.Balance(), password=None) for _ in range(2)]
    nameless = [ask.Request(ask.Origin(item.origin.channel, item.origin.kind, item.origin.identity, ""), item.credential, ask.Balance())
                for item in bare]  # fmt: skip
    assert [reply.balance_minor for reply in world.intake.take(nameless)] == [95100, 95100]
    assert world.one("SELECT COUNT(*) FROM request") == before


def test_an_enquiry_under_a_reference_is_made_again(world: World) -> None:
    first = world.ask("A", ask.Balance(), reference="b-1")
    world.recharge("A")
    again = world.ask("A", ask.Balance(), reference="b-1")
    assert (first.balance_minor, again.balance_minor, again.repeated) == (100000, 95100, True)
    assert code_of(world.ask("A", ask.DayRecap(), reference="b-1")) is RefusalCode.OTHER_BODY
    world.office.parties.block(SHELL, "A")
    assert code_of(world.ask("A", ask.Balance(), reference="b-1")) is RefusalCode.BLOCKED


def test_an_order_by_its_number_or_the_customers(world: World) -> None:
    first = world.recharge("A", "10.00")
    world.clock.pass_time(seconds=1)
    second = world.recharge("A", "30.00")
    assert order_of(world.ask("A", ask.OrderEnquiry(number_of(first)))).face_minor == 1000
    assert order_of(world.ask("A", ask.OrderEnquiry(f" {number_of(first)} "))).face_minor == 1000
    assert number_of(world.ask("A", ask.OrderEnquiry(number="138-0013-8000"))) == number_of(second)
    assert code_of(world.ask("A", ask.OrderEnquiry())) is RefusalCode.BAD_REQUEST
    assert code_of(world.ask("A", ask.OrderEnquiry("7"))) is RefusalCode.UNKNOWN_ORDER
    assert code_of(world.ask("A", ask.OrderEnquiry(number="x"))) is RefusalCode.BAD_NUMBER


def test_the_last_orders_newest_first(world: World) -> None:
    assert code_of(world.ask("B", ask.LastOrder())) is RefusalCode.UNKNOWN_ORDER
    numbers = []
    for n in range(4):
        world.clock.pass_time(seconds=1)
        numbers.append(number_of(world.recharge("A", "10.00", f"1380013800{n}")))
    assert number_of(world.ask("A", ask.LastOrder())) == numbers[-1]
    latest = world.ask("A", ask.LatestOrders(3)).orders
    assert [view.order_number for view in latest] == numbers[:0:-1]
    assert len(world.ask("A", ask.LatestOrders(0)).orders) == 1
    assert len(world.ask("A", ask.LatestOrders(-5)).orders) == 1
    assert len(world.ask("A", ask.LatestOrders(10**9)).orders) == 5
    assert world.ask("B", ask.LatestOrders()).orders == ()


def test_the_recap_counts_the_business_day_by_kind_and_state(world: World) -> None:
    sold(world, amount="10.00")
    sold(world, amount="30.00")
    failed = world.recharge("A")
    world.hear(world.send(failed), OutcomeState.FAILED)
    world.ask("A", ask.BillPayment(NUMBER, 700))
    reply = world.ask("A", ask.DayRecap())
    lines = {(line.kind.value, line.state.value): (line.count, line.face_minor, line.price_minor) for line in reply.recap}
    assert lines == {
        ("bill_payment", "held"): (1, 700, 686),
        ("deposit", "succeeded"): (1, 100000, 100000),
        ("recharge", "failed"): (1, 5000, 4900),
        ("recharge", "succeeded"): (2, 4000, 3920),
    }
    assert reply.balance_minor == 100000 - 686 - 3920
    world.clock.moment += timedelta(days=1)
    assert world.ask("A", ask.DayRecap()).recap == ()


def test_who_may_see_an_order(world: World) -> None:
    order = number_of(world.recharge("A"))
    manager_at(world, "D3")
    manager_at(world, "D2", "MGR2")
    for who in ("A", "FIN1", "OPS1", "CS1", "AUD1", "SETTLE", "MGR1", "MGR2"):
        assert number_of(world.ask(who, ask.OrderEnquiry(order))) == order, who
    assert code_of(world.ask("B", ask.OrderEnquiry(order))) is RefusalCode.UNKNOWN_ORDER
    assert code_of(world.ask("ADM1", ask.OrderEnquiry(order))) is RefusalCode.NOT_ALLOWED
    world.office.parties.register(SHELL, "D9", "另一分销商", PartyKind.DISTRIBUTOR, "ROOT", "DIST")
    manager_at(world, "D9", "MGR9")
    assert code_of(world.ask("MGR9", ask.OrderEnquiry(order))) is RefusalCode.UNKNOWN_ORDER
    assert code_of(world.ask("MGR1", ask.OrderEnquiry(number=NUMBER))) is RefusalCode.UNKNOWN_ORDER
    assert number_of(world.ask("CS1", ask.OrderEnquiry(number=NUMBER))) == order


def test_a_distributor_is_told_of_its_own_orders_only(world: World) -> None:
    world.office.endpoints.bind(SHELL, ask.EndpointKind.WEB_LOGIN, "shop-d3", "D3")
    order = number_of(world.recharge("A"))
    assert code_of(world.ask("D3", ask.OrderEnquiry(order), password=None)) is RefusalCode.UNKNOWN_ORDER


def test_a_complaint_is_kept_with_its_order(world: World) -> None:
    order = number_of(sold(world))
    reply = world.ask("A", ask.Complaint(order, "  顾客说没到账  "), password=None)
    assert number_of(reply) == order
    kept = world.rows("SELECT order_id, text, open FROM complaint WHERE id = ?", int(reply.case_number))
    assert [(row[0], row[1], bool(row[2])) for row in kept] == [(int(order), "顾客说没到账", True)]
    long = world.ask("CS1", ask.Complaint(order, "x" * 900))
    assert len(world.one("SELECT text FROM complaint WHERE id = ?", int(long.case_number))) == 500


def test_what_is_no_complaint(world: World) -> None:
    order = number_of(sold(world))
    assert code_of(world.ask("A", ask.Complaint(order, " "))) is RefusalCode.BAD_REQUEST
    assert code_of(world.ask("B", ask.Complaint(order, "x"))) is RefusalCode.UNKNOWN_ORDER
    assert code_of(world.ask("A", ask.Complaint("", "x"))) is RefusalCode.BAD_REQUEST
    assert code_of(world.ask("AUD1", ask.Complaint(order, "x"))) is RefusalCode.NOT_ALLOWED


def test_a_complaint_again_under_its_reference_is_the_first_one(world: World) -> None:
    order = number_of(sold(world))
    first = world.ask("A", ask.Complaint(order, "x"), reference="c-1")
    again = world.ask("A", ask.Complaint(order, "x"), reference="c-1")
    assert (again.case_number, again.repeated) == (first.case_number, True)
    assert world.one("SELECT COUNT(*) FROM complaint") == 1
