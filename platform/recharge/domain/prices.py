"""What a point pays and what each upline earns, frozen when the money is held. No fee is ever added for the customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.money import share_of
from recharge.domain.parties import Party


@dataclass(frozen=True, slots=True)
class Price:
    """One line of a tier's price list, in basis points of the face value."""

    effective_from: datetime
    discount_bp: int
    margin_bp: int


class Quote(NamedTuple):
    """A recharge's price for the point, and the uplines' commissions as (commission account, minor units) pairs, nearest first."""

    price_minor: int
    split: tuple[tuple[int, int], ...]


PriceLists = Mapping[tuple[int, int], Sequence[Price]]
"""(tier id, product id) -> prices, newest effective time first."""


def price_at(lists: PriceLists, tier_id: int | None, product_id: int, moment: datetime) -> Price | None:
    """The line in force: the newest that is not in the future."""
    if tier_id is not None:
        for line in lists.get((tier_id, product_id), ()):
            if line.effective_from <= moment:
                return line
    return None


def quote(seller: Party, uplines: Sequence[Party], product_id: int, face_minor: int, lists: PriceLists, moment: datetime) -> Quote:
    """The price of one recharge. `uplines` are the distributors above the seller, nearest first.

    Every share is rounded down; what is left of the supplier's discount is the platform's. Raises Refusal(NO_PRICE) where the
    seller's tier has no price in force: nothing is sold at a price nobody set.
    """
    own = price_at(lists, seller.tier_id, product_id, moment)
    if own is None:
        raise Refusal(RefusalCode.NO_PRICE)
    discount = own.discount_bp if seller.discount_bp is None else seller.discount_bp
    split = tuple(
        (upline.commission_account, share)
        for upline in uplines
        if (share := share_of(face_minor, _margin(upline, product_id, lists, moment))) > 0
    )
    return Quote(face_minor - share_of(face_minor, discount), split)


def _margin(upline: Party, product_id: int, lists: PriceLists, moment: datetime) -> int:
    if upline.margin_bp is not None:
        return upline.margin_bp
    line = price_at(lists, upline.tier_id, product_id, moment)
    return 0 if line is None else line.margin_bp
