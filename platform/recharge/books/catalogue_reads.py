"""Reads the whole catalogue into one unchanging picture."""

from collections import defaultdict

from sqlalchemy import Connection, select

from recharge.books.database import NamedRow
from recharge.books.tables.catalogue import carrier, limits, number_range, ported_number, price, product
from recharge.domain.catalogue import Carrier, Catalogue, Product
from recharge.domain.limits import Limits
from recharge.domain.numbers import NumberRange
from recharge.domain.orders import OrderKind
from recharge.domain.prices import Price


def read_catalogue(connection: Connection) -> Catalogue:
    """The catalogue as the connection sees it. Products that are not active are left out."""
    products = [_product(row) for row in connection.execute(select(product).where(product.c.active.is_(True)))]
    return Catalogue(
        carriers={row.id: Carrier(row.id, row.code, row.name) for row in connection.execute(select(carrier))},
        ranges={row.prefix: NumberRange(row.carrier_id, row.province) for row in connection.execute(select(number_range))},
        products={item.id: item for item in products},
        by_code={item.code: item for item in products},
        by_carrier=_by_carrier(products),
        prices=_prices(connection),
        limits={(row.scope, row.scope_id): _limits(row) for row in connection.execute(select(limits))},
        has_ported_numbers=connection.execute(select(ported_number.c.number).limit(1)).first() is not None,
    )


def _product(row: NamedRow) -> Product:
    kind = OrderKind(row.kind)
    return Product(row.id, row.code, kind, row.carrier_id, row.fixed_minor, row.least_minor, row.most_minor, row.step_minor)


def _by_carrier(products: list[Product]) -> dict[tuple[int, OrderKind], list[Product]]:
    """Fixed denominations first, in order of value: an amount typed by hand is sold as the denomination it equals."""
    found: dict[tuple[int, OrderKind], list[Product]] = defaultdict(list)
    for item in sorted(products, key=lambda item: (item.fixed_minor is None, item.fixed_minor or 0, item.id)):
        found[item.carrier_id, item.kind].append(item)
    return dict(found)


def _prices(connection: Connection) -> dict[tuple[int, int], list[Price]]:
    lists: dict[tuple[int, int], list[Price]] = defaultdict(list)
    for row in connection.execute(select(price).order_by(price.c.effective_from.desc())):
        lists[row.tier_id, row.product_id].append(Price(row.effective_from, row.discount_bp, row.margin_bp))
    return dict(lists)


def _limits(row: NamedRow) -> Limits:
    return Limits(row.order_most_minor, row.day_count, row.day_minor, row.month_count, row.month_minor)
