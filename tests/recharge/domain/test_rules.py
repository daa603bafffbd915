"""Which way money may go in the tree."""

from datetime import time

import pytest

from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.parties import Party, PartyKind
from recharge.domain.rules import GuardRules, ReversalRules, SalesHours, TransferRules


def party(number: int, path: str, parent: int | None) -> Party:
    return Party(
        number, f"P{number}", "某店", PartyKind.POINT, parent, path, None, None, None, "zh_CN", False, number * 10, number * 10 + 1
    )


ROOT = party(1, "/1/", None)
ABOVE = party(2, "/1/2/", 1)
POINT = party(3, "/1/2/3/", 2)
SIBLING = party(4, "/1/2/4/", 2)
COUSIN = party(5, "/1/6/5/", 6)
ALL_WAYS = TransferRules(up=True, down=True, sideways=True)


@pytest.mark.parametrize(
    ("rules", "giver", "receiver"),
    [
        (TransferRules(), ABOVE, POINT),
        (TransferRules(), ROOT, POINT),
        (TransferRules(up=True, down=False), POINT, ABOVE),
        (TransferRules(up=True, down=False), POINT, ROOT),
        (TransferRules(sideways=True), POINT, SIBLING),
    ],
)
def test_an_open_way_is_allowed(rules: TransferRules, giver: Party, receiver: Party) -> None:
    rules.check(giver, receiver, 1)


@pytest.mark.parametrize(
    ("rules", "giver", "receiver"),
    [
        (TransferRules(), POINT, ABOVE),
        (TransferRules(), POINT, SIBLING),
        (TransferRules(down=False, up=True, sideways=True), ABOVE, POINT),
        (ALL_WAYS, POINT, POINT),
        (ALL_WAYS, POINT, COUSIN),
        (ALL_WAYS, ROOT, ROOT),
    ],
)
def test_a_closed_way_is_refused(rules: TransferRules, giver: Party, receiver: Party) -> None:
    with pytest.raises(Refusal) as refusal:
        rules.check(giver, receiver, 1)
    assert refusal.value.code is RefusalCode.TRANSFER_NOT_ALLOWED


def test_the_most_per_order_holds_and_is_told() -> None:
    rules = TransferRules(most_minor=100_00)
    rules.check(ABOVE, POINT, 100_00)
    with pytest.raises(Refusal) as refusal:
        rules.check(ABOVE, POINT, 100_01)
    assert refusal.value.code is RefusalCode.OVER_ORDER_LIMIT
    assert refusal.value.facts == {"limit_minor": 100_00}


def test_rules_that_nobody_sets_are_the_careful_ones() -> None:
    assert ReversalRules().same_day_only
    assert not TransferRules().up
    assert GuardRules().duplicate_window.total_seconds() == 600
    for hour in range(24):
        SalesHours().check(time(hour))


@pytest.mark.parametrize(
    ("hours", "local", "open_then"),
    [
        (SalesHours(time(8), time(22)), time(8), True),
        (SalesHours(time(8), time(22)), time(21, 59), True),
        (SalesHours(time(8), time(22)), time(22), False),
        (SalesHours(time(8), time(22)), time(7, 59), False),
        (SalesHours(time(20), time(6)), time(23), True),
        (SalesHours(time(20), time(6)), time(5, 59), True),
        (SalesHours(time(20), time(6)), time(12), False),
    ],
)
def test_sales_are_taken_in_within_the_hours(hours: SalesHours, local: time, open_then: bool) -> None:
    if open_then:
        hours.check(local)
        return
    with pytest.raises(Refusal) as refusal:
        hours.check(local)
    assert refusal.value.code is RefusalCode.OUTSIDE_HOURS
    assert refusal.value.facts == {"opens": f"{hours.opens:%H:%M}", "closes": f"{hours.closes:%H:%M}"}
