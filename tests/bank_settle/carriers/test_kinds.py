"""Every kind of difference with a carrier: planted one by one, found and named, with its effect; and none is invented."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bank_settle.carriers.kinds import Kind, money_word
from bank_settle.texts import say
from recharge import OutcomeState, StatementKind
from tests.bank_settle.scene import DAY, Scene

COST = 4800
Plant = Callable[[Scene], None]


def ours_only(scene: Scene) -> None:
    scene.sale(listed=False)


def theirs_unknown(scene: Scene) -> None:
    scene.lists(scene.sale(listed=False), reference="99999999999999999999", number="13900139000")
    scene.drop(scene.sale())


def stranger(scene: Scene) -> None:
    attempt = scene.sale()
    scene.lists(attempt, reference="77777777777777777777", number="13912345678", supplier_reference="CX")


def failed_here(scene: Scene) -> None:
    scene.lists(scene.unsettled(OutcomeState.FAILED))


def never_sent(scene: Scene) -> None:
    """A try that the link said never left it, and the carrier did all the same; the order went out once more."""
    reply = scene.world.recharge("A", "50.00", "13800138006")
    first = scene.world.send(reply)
    scene.world.hear(first, OutcomeState.NOT_SENT)
    second = scene.world.send(reply)
    scene.world.hear(second, OutcomeState.SUCCESS, serial_number="SN-SECOND")
    scene.lists(first)
    scene.lists(second, serial_number="SN-SECOND")


def twice(scene: Scene) -> None:
    attempt = scene.sale()
    scene.lists(attempt, supplier_reference="again")


def amount(scene: Scene) -> None:
    scene.alter(scene.sale(), amount_minor=10000, charged_minor=9600, delivered_minor=10000)


def charge(scene: Scene) -> None:
    scene.alter(scene.sale(), charged_minor=4900)


def delivered(scene: Scene) -> None:
    scene.alter(scene.sale(), delivered_minor=3000)


def number(scene: Scene) -> None:
    scene.alter(scene.sale(), number="13800138001")


def product_kind(scene: Scene) -> None:
    scene.alter(scene.sale(), kind=StatementKind.BILL_PAYMENT)


def serial(scene: Scene) -> None:
    scene.alter(scene.sale(), serial_number="SN-OTHER")


def reversed_there(scene: Scene) -> None:
    scene.alter(scene.sale(), state=OutcomeState.REVERSED)


def stands_there(scene: Scene) -> None:
    attempt = scene.sale()
    scene.reversal(attempt)
    scene.alter(attempt, state=OutcomeState.SUCCESS)


def reversal_ours_only(scene: Scene) -> None:
    attempt = scene.sale()
    scene.drop(scene.reversal(attempt))
    scene.alter(attempt, state=OutcomeState.SUCCESS)


def reversal_theirs_only(scene: Scene) -> None:
    attempt = scene.sale()
    scene.lists(attempt, reference="88888888888888888888", kind=StatementKind.REVERSAL, original_reference=str(attempt), amount_minor=-5000,
               charged_minor=-COST, delivered_minor=-5000)  # fmt: skip


def reversal_amount(scene: Scene) -> None:
    scene.alter(scene.reversal(scene.sale()), charged_minor=-4700)


def reversal_refused_here(scene: Scene) -> None:
    attempt = scene.sale()
    reverse = scene.reversal(attempt, OutcomeState.FAILED)
    scene.alter(attempt, state=OutcomeState.SUCCESS)
    scene.alter(reverse, supplier_reference="C-REV")


def limbo_success(scene: Scene) -> None:
    scene.lists(scene.unsettled())


def limbo_absent(scene: Scene) -> None:
    scene.unsettled()


def limbo_reversal(scene: Scene) -> None:
    attempt = scene.sale()
    scene.reversal(attempt, OutcomeState.UNKNOWN, listed=False)


def not_booked(scene: Scene) -> None:
    attempt = scene.sale()
    with scene.world.database.write() as connection:
        text = "DELETE FROM posting WHERE step = 2 AND order_id = (SELECT order_id FROM attempt WHERE id = ?)"
        scene.world.database.change(connection, text, [attempt])


def booked_without_success(scene: Scene) -> None:
    attempt = scene.sale(listed=False)
    with scene.world.database.write() as connection:
        scene.world.database.change(connection, "UPDATE attempt SET state = 'failed' WHERE id = ?", [attempt])


def garbled(scene: Scene) -> None:
    attempt = scene.sale(listed=False)
    scene.lists(attempt, reference=f"X{attempt}")


def late(scene: Scene) -> None:
    attempt = scene.sale(listed=False)
    scene.lists(attempt, DAY + timedelta(days=3))


CASES: list[tuple[Plant, list[tuple[Kind, int]]]] = [
    (ours_only, [(Kind.OURS_ONLY, COST)]),
    (theirs_unknown, [(Kind.OURS_ONLY, COST), (Kind.OURS_ONLY, COST), (Kind.THEIRS_UNKNOWN, -COST)]),
    (stranger, [(Kind.THEIRS_UNKNOWN, -COST)]),
    (failed_here, [(Kind.THEIRS_FAILED_HERE, -COST)]),
    (never_sent, [(Kind.THEIRS_NEVER_SENT, -COST)]),
    (twice, [(Kind.DUPLICATE_AT_CARRIER, -COST)]),
    (amount, [(Kind.AMOUNT, -COST)]),
    (charge, [(Kind.CHARGE, -100)]),
    (delivered, [(Kind.DELIVERED, 0)]),
    (number, [(Kind.NUMBER, 0)]),
    (product_kind, [(Kind.PRODUCT_KIND, 0)]),
    (serial, [(Kind.SERIAL_NUMBER, 0)]),
    (reversed_there, [(Kind.REVERSED_THERE, 0)]),
    (stands_there, [(Kind.STANDS_THERE, 0)]),
    (reversal_ours_only, [(Kind.REVERSAL_OURS_ONLY, -COST)]),
    (reversal_theirs_only, [(Kind.REVERSAL_THEIRS_ONLY, COST)]),
    (reversal_refused_here, [(Kind.REVERSAL_THEIRS_ONLY, COST)]),
    (reversal_amount, [(Kind.REVERSAL_AMOUNT, -100)]),
    (limbo_success, [(Kind.LIMBO_SUCCESS, -COST)]),
    (limbo_absent, [(Kind.LIMBO_ABSENT, 0)]),
    (limbo_reversal, [(Kind.LIMBO_REVERSAL, 0)]),
    (not_booked, [(Kind.NOT_BOOKED, -COST)]),
    (booked_without_success, [(Kind.BOOKED_WITHOUT_SUCCESS, COST)]),
    (garbled, [(Kind.REFERENCE_GARBLED, 0)]),
]


@pytest.mark.parametrize(("plant", "expected"), CASES, ids=[plant.__name__ for plant, _ in CASES])
def test_it_is_found_and_named_among_sales_that_agree(scene: Scene, plant: Plant, expected: list[tuple[Kind, int]]) -> None:
    for amount_text in ("30.00", "10.00"):
        scene.sale("B", amount_text, "13800138009")
    plant(scene)
    scene.reversal(scene.sale(number="13800138008"))
    scene.morning_after()
    outcome = scene.close_carrier()
    assert outcome.waits is None
    assert scene.found() == sorted((kind.value, effect) for kind, effect in expected)
    facts = outcome.day.facts["matched"]
    assert facts["booked_minor"] - facts["charged_minor"] == facts["effect_minor"]


def test_a_day_that_agrees_has_no_case(any_scene: Scene) -> None:
    for place in range(5):
        any_scene.sale(number=f"1380013800{place}")
    any_scene.unsettled(OutcomeState.FAILED)
    any_scene.reversal(any_scene.sale())
    any_scene.morning_after()
    facts = any_scene.close_carrier().day.facts["matched"]
    assert any_scene.found() == []
    assert (facts["ours"], facts["theirs"], facts["matched"], facts["breaks"]) == (8, 7, 7, {})


def test_a_line_of_three_days_later_is_late(scene: Scene) -> None:
    late(scene)
    scene.morning_after()
    scene.close_carrier()
    scene.morning_after(4)
    scene.close_carrier(DAY + timedelta(days=3))
    assert scene.found(DAY + timedelta(days=3)) == [(Kind.LATE_AT_CARRIER, -COST)]
    # Both halves have the same money: neither is left.
    assert {case.resolution for day in (DAY, DAY + timedelta(days=3)) for case in scene.cases(day)} == {"paired"}


def test_several_differences_of_one_order_are_one_case(scene: Scene) -> None:
    scene.alter(scene.sale(), number="13800138001", charged_minor=4700, serial_number="SN-OTHER")
    scene.morning_after()
    scene.close_carrier()
    (case,) = scene.cases()
    assert (case.kind, case.facts["also"]) == ("number", ["charge", "serial_number"])


def test_two_orders_alike_leave_a_garbled_reference_to_people(scene: Scene) -> None:
    for _ in range(2):
        attempt = scene.sale(listed=False)
    scene.lists(attempt, reference=f"X{attempt}")
    scene.morning_after()
    scene.close_carrier()
    assert [kind for kind, _ in scene.found()] == ["ours_only", "ours_only", "theirs_unknown"]


@pytest.mark.parametrize("language", ["zh_CN", "en", "id"])
def test_every_kind_has_its_name(language: str) -> None:
    assert len({say(kind.text, language) for kind in Kind}) == len(Kind)


def test_long_and_short_follow_the_money() -> None:
    assert [money_word(effect) for effect in (1, 0, -1)] == ["长款", "", "短款"]
