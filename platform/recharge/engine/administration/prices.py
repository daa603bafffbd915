"""Price lists: what a tier's points pay and its distributors earn, from a moment on. A line once in force is never changed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from recharge.books.changes import CATALOGUE
from recharge.books.tables.catalogue import price, product
from recharge.books.tables.parties import tier
from recharge.engine.administration import checks, lookups
from recharge.engine.administration.errors import AdministrationCode, AdministrationError
from recharge.engine.administration.office import Change, Desk, Duty, duty

# Somebody who types "now" is not refused for the seconds it took.
_LATE = timedelta(minutes=1)


class Prices(Desk):
    """Changes of price lists."""

    @duty(Duty.CATALOGUE)
    def set(
        self,
        change: Change,
        tier_code: str,
        product_code: str,
        discount_bp: int,
        margin_bp: int = 0,
        effective_from: datetime | None = None,
    ) -> int:
        """A new line of a tier's list, in force from now or a later moment; its id.

        `discount_bp` is off the face value for a point of the tier, `margin_bp` of the face value for a distributor of the tier on what is
        sold below it.
        """
        start = change.now if effective_from is None else checks.aware("effective_from", effective_from)
        if start < change.now - _LATE:
            raise AdministrationError(AdministrationCode.PRICE_IN_THE_PAST)
        price_id = change.ids.next()
        row = {
            "id": price_id,
            "tier_id": lookups.id_of(change.connection, "tier", tier_code),
            "product_id": lookups.id_of(change.connection, "product", product_code),
            "effective_from": start,
            "discount_bp": checks.share("discount_bp", discount_bp),
            "margin_bp": checks.share("margin_bp", margin_bp),
        }
        name = f"{tier_code}/{product_code}"
        change.insert(price, "price", name, **row)
        change.note("price_set", f"price:{name}", discount_bp=discount_bp, margin_bp=margin_bp, effective_from=start.isoformat())
        change.stale(CATALOGUE, price_id)
        return price_id

    def all(self) -> Sequence[Row[Any]]:
        """Every line with `tier_code` and `product_code`, newest first within each."""
        joined = price.join(tier, tier.c.id == price.c.tier_id).join(product, product.c.id == price.c.product_id)
        columns = (price, tier.c.code.label("tier_code"), product.c.code.label("product_code"))
        order = (tier.c.code, product.c.code, price.c.effective_from.desc())
        with self.office.database.read() as connection:
            return connection.execute(select(*columns).select_from(joined).order_by(*order)).all()
