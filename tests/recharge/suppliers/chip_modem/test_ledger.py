"""A told stock against a counted one: what it proves, and what it does not."""

import pytest

from recharge.suppliers.chip_modem.ledger import MONEY, Check, Finding, Held, check, value_minor

A, B, C = Held("a", 1000), Held("b", 1000), Held("c", 500)


@pytest.mark.parametrize(
    ("before", "told", "confirmed", "held", "late", "found"),
    [
        (None, 50, 0, [], [], Check(Finding.FIRST)),
        (5000, 4000, 1000, [], [], Check(Finding.FITS)),
        (5000, 4000, 1000, [A], [], Check(Finding.FITS)),
        (5000, 4000, 0, [A], [], Check(Finding.EVIDENCE, 1000, "a")),
        (5000, 3000, 1000, [A, C], [], Check(Finding.EVIDENCE, 1000, "a")),
        # Two equal gaps are none: it may be either.
        (5000, 4000, 0, [A, B], [], Check(Finding.AMBIGUOUS, 1000)),
        (5000, 3000, 0, [A, B], [], Check(Finding.AMBIGUOUS, 2000)),
        (5000, 3500, 0, [A, C], [], Check(Finding.AMBIGUOUS, 1500)),
        (5000, 4000, 0, [A], [1000], Check(Finding.AMBIGUOUS, 1000)),
        (5000, 4000, 0, [], [1000], Check(Finding.AMBIGUOUS, 1000)),
        (5000, 4300, 0, [A, C], [], Check(Finding.GAP, 700)),
        (5000, 4999, 0, [], [], Check(Finding.GAP, 1)),
        (5000, 6000, 0, [A], [], Check(Finding.RISE, -1000)),
    ],
)
def test_checks(before: int | None, told: int, confirmed: int, held: list[Held], late: list[int], found: Check) -> None:
    assert check(before, told, confirmed, held, late) == found


def test_many_held_orders_take_no_long_time() -> None:
    held = [Held(str(number), 1000 + number) for number in range(60)]
    assert check(100_000, 1, 0, held).finding is Finding.GAP


def test_what_a_stock_is_worth() -> None:
    assert value_minor({MONEY: 1234}) == 1234
    assert value_minor({500: 2, 1000: 3}) == 4000
