"""What a point pays and what its uplines earn."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.parties import PartyKind
from recharge.domain.prices import Price, price_at, quote
from tests.recharge.domain.people import party

NOW = datetime(2026, 11, 20, tzinfo=UTC)
OLD, NEW, FUTURE = (Price(NOW + timedelta(days=days), discount, 20) for days, discount in ((-9, 100), (-1, 200), (1, 300)))
LISTS = {(3, 50): [FUTURE, NEW, OLD]}
SELLER = party(42, "/1/7/42/")
UPLINE = party(7, "/1/7/", PartyKind.DISTRIBUTOR)


def test_the_newest_line_in_force() -> None:
    assert price_at(LISTS, 3, 50, NOW) is NEW
    assert price_at(LISTS, 3, 50, NOW + timedelta(days=1)) is FUTURE
    assert price_at(LISTS, 3, 50, NOW - timedelta(days=2)) is OLD


def test_no_line_in_force_is_none() -> None:
    assert price_at(LISTS, 3, 50, NOW - timedelta(days=10)) is None
    assert price_at(LISTS, 4, 50, NOW) is None
    assert price_at(LISTS, None, 50, NOW) is None
    assert price_at(LISTS, 3, 51, NOW) is None


def test_a_quote_of_fifty() -> None:
    found = quote(SELLER, [UPLINE], 50, 5000, LISTS, NOW)
    assert (found.price_minor, found.split) == (4900, ((71, 10),))


def test_nothing_is_sold_without_a_price() -> None:
    for seller in (party(tier_id=None), party(tier_id=9)):
        with pytest.raises(Refusal) as refusal:
            quote(seller, [], 50, 5000, LISTS, NOW)
        assert refusal.value.code is RefusalCode.NO_PRICE


def test_a_partys_own_discount_beats_the_tiers_also_when_it_is_none_at_all() -> None:
    assert quote(party(discount_bp=350), [], 50, 5000, LISTS, NOW).price_minor == 4825
    assert quote(party(discount_bp=0), [], 50, 5000, LISTS, NOW).price_minor == 5000


def test_an_own_discount_still_needs_a_price_list() -> None:
    with pytest.raises(Refusal):
        quote(party(discount_bp=350, tier_id=None), [], 50, 5000, LISTS, NOW)


def test_an_uplines_own_margin_beats_its_tiers_and_a_margin_of_nothing_is_left_out() -> None:
    uplines = [party(8, margin_bp=50), party(9, margin_bp=0), party(10, tier_id=99), party(11)]
    assert quote(SELLER, uplines, 50, 5000, LISTS, NOW).split == ((81, 25), (111, 10))


@given(st.integers(1, 10**8), st.integers(0, 10_000), st.lists(st.integers(0, 10_000), max_size=5))
def test_no_fee_is_ever_added_and_every_share_is_rounded_down(face: int, discount: int, margins: list[int]) -> None:
    uplines = [party(100 + n, margin_bp=margin) for n, margin in enumerate(margins)]
    found = quote(party(discount_bp=discount), uplines, 50, face, LISTS, NOW)
    assert 0 <= found.price_minor <= face
    assert (face - found.price_minor) * 10_000 <= face * discount
    assert all(share > 0 for _, share in found.split)
    assert sum(share for _, share in found.split) * 10_000 <= face * sum(margins)
