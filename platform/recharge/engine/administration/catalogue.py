"""What is sold: carriers, tiers, products and the codes agents type, and the limits of selling."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from recharge.books.changes import CATALOGUE
from recharge.books.tables.catalogue import carrier, product
from recharge.books.tables.catalogue import limits as limits_table
from recharge.books.tables.parties import tier
from recharge.domain.limits import Limits
from recharge.domain.orders import OUTWARD_KINDS, OrderKind
from recharge.engine.administration import checks, lookups
from recharge.engine.administration.errors import bad
from recharge.engine.administration.office import Change, Desk, Duty, duty

PLATFORM_SCOPE, PLATFORM_ID = "platform", 0


class CatalogueDesk(Desk):
    """Changes of carriers, tiers, products and limits. Amounts in minor units of face value."""

    @duty(Duty.CATALOGUE)
    def add_carrier(self, change: Change, code: str, name: str) -> int:
        """A new mobile operator; its id."""
        return _add(change, "carrier", code, name=checks.name(name))

    @duty(Duty.CATALOGUE)
    def add_tier(self, change: Change, code: str, name: str) -> int:
        """A new tier: a price list and limits that parties can be given; its id."""
        return _add(change, "tier", code, name=checks.name(name))

    @duty(Duty.CATALOGUE)
    def add_fixed(self, change: Change, code: str, name: str, carrier_code: str, fixed_minor: int) -> int:
        """A recharge of one denomination; the product's id."""
        row = {
            "kind": OrderKind.RECHARGE.value,
            "carrier_id": lookups.id_of(change.connection, "carrier", carrier_code),
            "fixed_minor": checks.amount("fixed_minor", fixed_minor),
        }
        return _add(change, "product", code, name=checks.name(name), active=True, **row)

    @duty(Duty.CATALOGUE)
    def add_open(
        self,
        change: Change,
        code: str,
        name: str,
        carrier_code: str,
        kind: OrderKind,
        least_minor: int,
        most_minor: int,
        step_minor: int = 1,
    ) -> int:
        """A recharge or bill payment of an open amount between limits, in steps; the product's id."""
        if kind not in OUTWARD_KINDS:
            raise bad("kind", kind)
        if checks.amount("least_minor", least_minor) > checks.amount("most_minor", most_minor):
            raise bad("most_minor", most_minor)
        row = {
            "kind": kind.value,
            "carrier_id": lookups.id_of(change.connection, "carrier", carrier_code),
            "least_minor": least_minor,
            "most_minor": most_minor,
            "step_minor": checks.amount("step_minor", step_minor),
        }
        return _add(change, "product", code, name=checks.name(name), active=True, **row)

    @duty(Duty.CATALOGUE)
    def set_active(self, change: Change, code: str, active: bool) -> None:
        """Sell a product, or stop selling it. Orders already taken in go to their end."""
        found = lookups.row_of(change.connection, "product", code)
        change.connection.execute(product.update().where(product.c.id == found.id).values(active=active))
        change.note("product_active", f"product:{found.code}", before=found.active, after=active)
        change.stale(CATALOGUE, found.id)

    @duty(Duty.CATALOGUE)
    def limit_party(self, change: Change, code: str, limits: Limits) -> None:
        """What one party may sell in an order, a day, a month. Exact."""
        _set_limits(change, "party", lookups.id_of(change.connection, "party", code), code, limits)

    @duty(Duty.CATALOGUE)
    def limit_tier(self, change: Change, code: str, limits: Limits) -> None:
        """What all parties of a tier may sell together. Watched from the roll-ups."""
        _set_limits(change, "tier", lookups.id_of(change.connection, "tier", code), code, limits)

    @duty(Duty.CATALOGUE)
    def limit_platform(self, change: Change, limits: Limits) -> None:
        """What everybody may sell together. Watched from the roll-ups."""
        _set_limits(change, PLATFORM_SCOPE, PLATFORM_ID, PLATFORM_SCOPE, limits)

    def products(self) -> Sequence[Row[Any]]:
        """Every product with `carrier_code`, by carrier and code."""
        joined = product.join(carrier, carrier.c.id == product.c.carrier_id)
        columns = (product, carrier.c.code.label("carrier_code"))
        query = select(*columns).select_from(joined).order_by(carrier.c.code, product.c.code)
        with self.office.database.read() as connection:
            return connection.execute(query).all()


_TABLES = {"carrier": carrier, "tier": tier, "product": product}


def _add(change: Change, kind: str, code: str, /, **row: Any) -> int:
    code = checks.code("code", code)
    object_id = change.ids.next()
    change.insert(_TABLES[kind], kind, code, id=object_id, code=code, **row)
    change.note(f"{kind}_added", f"{kind}:{code}", **row)
    change.stale(CATALOGUE, object_id)
    return object_id


def _set_limits(change: Change, scope: str, scope_id: int, name: str, limits: Limits) -> None:
    values = {
        "order_most_minor": checks.limit("order_most_minor", limits.order_most_minor),
        "day_count": checks.limit("day_count", limits.day_count),
        "day_minor": checks.limit("day_minor", limits.day_minor),
        "month_count": checks.limit("month_count", limits.month_count),
        "month_minor": checks.limit("month_minor", limits.month_minor),
    }
    match = (limits_table.c.scope == scope) & (limits_table.c.scope_id == scope_id)
    if change.connection.execute(limits_table.update().where(match).values(**values)).rowcount == 0:
        change.insert(limits_table, "party", name, scope=scope, scope_id=scope_id, **values)
    change.note("limits_set", f"{scope}:{name}", **values)
    change.stale(CATALOGUE, scope_id)
