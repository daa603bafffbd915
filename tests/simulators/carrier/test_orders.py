"""The carrier's rules: once per reference, credit and stock in step, reversal the same day only."""

import random
from typing import Any

import pytest

from simulators.carrier import codes
from simulators.carrier.behaviour import BEHAVIOURS
from simulators.carrier.ledger import stock
from simulators.carrier.orders import next_due
from simulators.carrier.views import agrees
from tests.simulators.carrier.conftest import EVENING, World
from tests.simulators.carrier.partner import SAMPLE, with_digits

OPENING = 10_000_000


def code_of(world: World, reference: str) -> str:
    return world.order(reference).code


def test_a_recharge_is_credited_and_charged(world: World) -> None:
    taken = world.take("1001")
    assert taken.fresh
    assert taken.order is not None
    assert (taken.order.code, taken.order.charged_minor, taken.order.delivered_minor) == (codes.DONE, 5000, 5000)
    assert world.ledger.read(stock) == (OPENING, OPENING - 5000, 0)
    assert world.rows("select reference, number, delivered_minor, day from credit") == [("1001", SAMPLE, 5000, "20261121")]
    assert world.one("select balance_minor from subscriber where number = ?", SAMPLE) == 5000


def test_the_proof_is_unique(world: World) -> None:
    proofs = set()
    for n in range(20):
        order = world.take(str(2000 + n)).order
        assert order is not None
        proofs |= {order.serial_number, order.carrier_reference}
    assert len(proofs) == 40
    assert all(proof.isalnum() and proof.isupper() and len(proof) <= 32 for proof in proofs)


def test_a_repeat_is_the_order_as_it_stands(world: World) -> None:
    first, again = world.take("1001"), world.take("1001")
    assert not again.fresh
    assert (again.order, again.refusal) == (first.order, "")
    assert world.one("select count(*) from credit") == 1


@pytest.mark.parametrize(
    "changed", [{"number": "13800138001"}, {"amount": 5001}, {"operation": "BillPayment"}, {"operation": "Reverse", "original": "7"}]
)
def test_the_same_reference_with_other_content_is_a_conflict(world: World, changed: dict[str, Any]) -> None:
    world.take("1001")
    assert world.take("1001", **changed).refusal == codes.CONFLICT
    assert world.one("select count(*) from orders") == world.one("select count(*) from credit") == 1


def test_a_forgetful_carrier_does_it_again(forgetful_world: World) -> None:
    for _ in range(3):
        assert forgetful_world.take("1001").fresh
    assert forgetful_world.one("select count(*) from credit where reference = '1001'") == 3
    assert forgetful_world.rows("select occurrence from orders order by id") == [(1,), (2,), (3,)]
    assert forgetful_world.ledger.read(agrees)


def test_a_forgetful_carrier_still_refuses_other_content(forgetful_world: World) -> None:
    forgetful_world.take("1001")
    assert forgetful_world.take("1001", amount=6000).refusal == codes.CONFLICT


def test_without_stock_nothing_is_recorded(world: World) -> None:
    world.rows("update stock set free_minor = 4999, opening_minor = 4999")
    taken = world.take("1001")
    assert (taken.order, taken.refusal) == (None, codes.STOCK_OUT)
    assert world.one("select count(*) from orders") == 0
    world.rows("update stock set free_minor = 5000, opening_minor = 5000")
    assert world.take("1001").fresh, "the reference is still free"


@pytest.mark.parametrize(
    ("operation", "amount", "code"),
    [
        ("Recharge", 99, codes.AMOUNT_NOT_ALLOWED),
        ("Recharge", 100, codes.DONE),
        ("Recharge", 100_000, codes.DONE),
        ("Recharge", 100_001, codes.AMOUNT_NOT_ALLOWED),
        ("BillPayment", 0, codes.AMOUNT_NOT_ALLOWED),
        ("BillPayment", 1, codes.DONE),
        ("BillPayment", 1_000_000, codes.DONE),
        ("BillPayment", 1_000_001, codes.AMOUNT_NOT_ALLOWED),
    ],
)
def test_amounts_have_limits(world: World, operation: str, amount: int, code: str) -> None:
    world.take("1001", amount=amount, operation=operation)
    assert code_of(world, "1001") == code
    assert world.ledger.read(agrees)


@pytest.mark.parametrize(
    ("subscriber", "operation", "code"),
    [
        ({"state": "active"}, "Recharge", codes.DONE),
        ({"state": "barred"}, "Recharge", codes.NUMBER_BARRED),
        ({"state": "absent"}, "BillPayment", codes.NUMBER_ABSENT),
        ({"kind": "prepaid"}, "Recharge", codes.DONE),
        ({"kind": "prepaid"}, "BillPayment", codes.WRONG_KIND),
        ({"kind": "postpaid"}, "Recharge", codes.WRONG_KIND),
        ({"kind": "postpaid"}, "BillPayment", codes.DONE),
        ({"limit_minor": 5000}, "Recharge", codes.DONE),
        ({"limit_minor": 4999}, "Recharge", codes.OVER_LIMIT),
        ({"balance_minor": 1, "limit_minor": 5000}, "Recharge", codes.OVER_LIMIT),
    ],
)
def test_the_subscriber_decides(world: World, subscriber: dict[str, object], operation: str, code: str) -> None:
    values = {"state": "active", "kind": "any", "balance_minor": 0, "limit_minor": None, **subscriber}
    world.rows("insert into subscriber values (?, ?, ?, ?, ?)", SAMPLE, *values.values())
    world.take("1001", operation=operation)
    assert code_of(world, "1001") == code
    assert world.one("select count(*) from credit") == (1 if code == codes.DONE else 0)


def test_what_failed_stays_failed_and_costs_nothing(world: World) -> None:
    for name in ("absent", "barred", "over_limit", "amount_not_allowed", "wrong_kind"):
        reference = world.reference()
        world.take(reference, behaviour=name)
        order = world.order(reference)
        assert order.code == BEHAVIOURS[name].verdict
        assert (order.charged_minor, order.delivered_minor, order.serial_number) == (0, 0, "")
        world.take(reference, behaviour="ok")
        assert code_of(world, reference) == BEHAVIOURS[name].verdict
    assert world.ledger.read(stock) == (OPENING, OPENING, 0)


def test_half_is_success_in_part(world: World) -> None:
    world.take("1001", behaviour="partial", amount=5001)
    order = world.order("1001")
    assert (order.code, order.charged_minor, order.delivered_minor) == (codes.DONE_IN_PART, 2500, 2500)
    assert world.ledger.read(stock) == (OPENING, OPENING - 2500, 0)


def test_a_discount_charges_less_than_it_delivers(world: World) -> None:
    world.controls.change({"discount_basis_points": 150})
    world.take("1001", amount=10_000)
    order = world.order("1001")
    assert (order.delivered_minor, order.charged_minor) == (10_000, 9850)
    assert world.ledger.read(stock)[1] == OPENING - 9850
    assert world.ledger.read(agrees)


def test_an_accepted_order_holds_stock_until_its_end(world: World) -> None:
    world.take("1001", behaviour="accepted_ok")
    assert code_of(world, "1001") == codes.IN_PROCESS
    assert world.ledger.read(stock) == (OPENING, OPENING - 5000, 5000)
    assert world.one("select count(*) from credit") == 0
    world.later(1.9)
    assert code_of(world, "1001") == codes.IN_PROCESS
    world.later(0.1)
    assert code_of(world, "1001") == codes.DONE
    assert world.ledger.read(stock) == (OPENING, OPENING - 5000, 0)


def test_an_accepted_order_that_fails_gives_the_stock_back(world: World) -> None:
    world.take("1001", behaviour="accepted_failed")
    world.later(2)
    assert code_of(world, "1001") == codes.CHARGING_REFUSED
    assert world.ledger.read(stock) == (OPENING, OPENING, 0)


def test_a_stuck_order_never_ends(world: World) -> None:
    world.take("1001", behaviour="accepted_stuck")
    world.later(86_400 * 30)
    assert code_of(world, "1001") == codes.IN_PROCESS
    assert world.ledger.read(next_due) is None


def test_the_end_may_come_on_another_day(world: World) -> None:
    world.controls.change({"durations": {"final": 4 * 3600}})
    world.take("1001", behaviour="accepted_ok")
    world.later(4 * 3600)
    order = world.order("1001")
    assert (order.received_day, order.day) == ("20261121", "20261122")
    assert world.one("select day from credit") == "20261122"


def test_next_due_is_the_earliest(world: World) -> None:
    assert world.ledger.read(next_due) is None
    world.take("1001", behaviour="accepted_ok")
    world.hand.wait(1)
    world.take("1002", behaviour="taken_back")
    assert world.ledger.read(next_due) == EVENING + 2
    world.later(1)
    assert world.ledger.read(next_due) == EVENING + 4


def test_a_hidden_order_is_not_seen_for_a_while(world: World) -> None:
    world.take("1001", behaviour="hidden")
    assert world.ledger.read(lambda connection: world.book.visible(connection, "1001")) is None
    assert world.one("select count(*) from credit") == 1
    world.hand.wait(10)
    assert world.ledger.read(lambda connection: world.book.visible(connection, "1001")) is not None


def test_the_carrier_takes_back_by_itself(world: World) -> None:
    world.take("1001", behaviour="taken_back")
    assert code_of(world, "1001") == codes.DONE
    world.later(3)
    assert code_of(world, "1001") == codes.TAKEN_BACK
    assert world.ledger.read(stock) == (OPENING, OPENING, 0)
    rows = world.rows("select kind, reference, original_reference, delivered_minor from credit order by id")
    assert rows == [("R", "1001", "", 5000), ("V", "", "1001", -5000)]
    world.later(60)
    assert world.one("select count(*) from credit") == 2


def test_the_taking_back_has_a_transaction_id_of_its_own(world: World) -> None:
    world.take("1001", behaviour="taken_back")
    world.later(3)
    ids = world.rows("select carrier_reference, serial_number from credit")
    assert len({value for row in ids for value in row}) == 4


def test_what_was_reversed_meanwhile_is_not_taken_back_again(world: World) -> None:
    world.take("1001", behaviour="taken_back")
    world.reverse("1002", "1001")
    world.later(3)
    assert world.one("select count(*) from credit") == 2
    assert world.ledger.read(agrees)


def test_a_reversal_gives_back_what_was_charged(world: World) -> None:
    world.controls.change({"discount_basis_points": 100})
    world.take("1001", amount=10_000)
    world.reverse("1002", "1001", amount=10_000)
    reversal = world.order("1002")
    assert (reversal.code, reversal.returned_minor, reversal.charged_minor) == (codes.DONE, 9900, 0)
    assert code_of(world, "1001") == codes.TAKEN_BACK
    assert world.order("1001").charged_minor == 9900
    assert world.ledger.read(stock) == (OPENING, OPENING, 0)
    assert world.one("select balance_minor from subscriber where number = ?", SAMPLE) == 0


def test_a_bill_payment_can_be_reversed(world: World) -> None:
    world.take("1001", operation="BillPayment")
    world.reverse("1002", "1001")
    assert code_of(world, "1002") == codes.DONE


def test_a_part_is_reversed_whole(world: World) -> None:
    world.take("1001", behaviour="partial")
    world.reverse("1002", "1001")
    assert world.order("1002").returned_minor == 2500
    assert world.ledger.read(agrees)


def test_a_repeated_reversal_is_the_first_ones_answer(world: World) -> None:
    world.take("1001")
    world.reverse("1002", "1001")
    again = world.reverse("1002", "1001")
    assert again.order is not None
    assert (again.fresh, again.order.code) == (False, codes.DONE)
    assert world.one("select count(*) from credit") == 2


def test_a_second_reversal_is_refused(world: World) -> None:
    world.take("1001")
    world.reverse("1002", "1001")
    world.reverse("1003", "1001")
    assert code_of(world, "1003") == codes.ALREADY_TAKEN_BACK
    assert world.one("select count(*) from credit where direction = -1") == 1


def test_an_unknown_original_cannot_be_reversed(world: World) -> None:
    world.reverse("1002", "999")
    assert code_of(world, "1002") == codes.ORIGINAL_UNKNOWN


@pytest.mark.parametrize("name", ["barred", "accepted_ok", "accepted_stuck"])
def test_what_did_not_succeed_cannot_be_reversed(world: World, name: str) -> None:
    world.take("1001", behaviour=name)
    world.reverse("1002", "1001")
    assert code_of(world, "1002") == codes.ORIGINAL_NOT_DONE


@pytest.mark.parametrize("content", [{"amount": 4000}, {"number": with_digits("0001")}])
def test_a_reversal_names_the_originals_content(world: World, content: dict[str, Any]) -> None:
    world.take("1001")
    world.reverse("1002", "1001", **content)
    assert code_of(world, "1002") == codes.ORIGINAL_NOT_DONE
    assert code_of(world, "1001") == codes.DONE


def test_a_reversal_is_not_reversed(world: World) -> None:
    world.take("1001")
    world.reverse("1002", "1001")
    world.reverse("1003", "1002")
    assert code_of(world, "1003") == codes.ORIGINAL_NOT_DONE


def test_yesterday_cannot_be_reversed(world: World) -> None:
    world.take("1001")
    world.hand.wait(3 * 3600 + 20 * 60)
    world.reverse("1002", "1001")
    assert code_of(world, "1002") == codes.OTHER_DAY
    assert world.ledger.read(stock)[1] == OPENING - 5000


def test_one_second_before_midnight_is_the_same_day(world: World) -> None:
    world.take("1001")
    world.hand.wait(3 * 3600 + 20 * 60 - 1)
    world.reverse("1002", "1001")
    assert code_of(world, "1002") == codes.DONE


def test_what_the_customer_used_cannot_be_taken_back(world: World) -> None:
    world.take("1001")
    world.rows("update subscriber set balance_minor = 4999")
    world.reverse("1002", "1001")
    assert code_of(world, "1002") == codes.AMOUNT_USED


def test_an_accepted_reversal_is_decided_at_its_end(world: World) -> None:
    world.take("1001")
    world.take("1002", operation="Reverse", original="1001", behaviour="accepted_ok")
    assert (code_of(world, "1001"), code_of(world, "1002")) == (codes.DONE, codes.IN_PROCESS)
    world.reverse("1003", "1001")
    world.later(2)
    assert (code_of(world, "1003"), code_of(world, "1002")) == (codes.DONE, codes.ALREADY_TAKEN_BACK)
    assert world.ledger.read(agrees)


def test_any_run_of_operations_keeps_the_laws(world: World) -> None:
    seed = random.randrange(10**9)
    chance = random.Random(seed)
    names = [name for name, one in BEHAVIOURS.items() if not (one.nothing or one.refuse or one.queued)]
    for _ in range(600):
        step, reference = chance.random(), str(1000 + chance.randrange(120))
        if step < 0.6:
            world.take(reference, behaviour=chance.choice(names), amount=chance.choice([100, 5000, 9999]))
        elif step < 0.8:
            world.reverse(str(5000 + chance.randrange(60)), reference)
        else:
            world.later(chance.choice([0.5, 2, 30]))
        assert world.ledger.read(agrees), f"seed {seed}"
    most = world.one("select max(n) from (select count(*) as n from credit where direction = 1 group by reference)")
    assert most == 1, f"seed {seed}"
    total = world.one("select coalesce(sum(delivered_minor), 0) from credit")
    assert total == world.one("select coalesce(sum(balance_minor), 0) from subscriber"), f"seed {seed}"
