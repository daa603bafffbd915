"""From stored rows to what may be shown: orders as their owners see them."""

from recharge.books.directory import Directory
from recharge.books.rows import OrderRow, day_of, moment_or_none
from recharge.books.tables.metadata import moment_of
from recharge.domain.orders import OrderKind, OrderState
from recharge.domain.replies import OrderView


def view_of(row: OrderRow, directory: Directory, party_code: str) -> OrderView:
    """One order as its owner may see it."""
    business_date = day_of(row.business_date)
    assert business_date is not None
    carrier = directory.catalogue.carriers.get(row.carrier_id or 0)
    return OrderView(
        order_number=str(row.id),
        kind=OrderKind(row.kind),
        state=OrderState(row.state),
        party_code=party_code,
        number=row.number,
        carrier_code=carrier.code if carrier else "",
        province=row.province,
        face_minor=row.face_minor,
        price_minor=row.price_minor,
        delivered_minor=row.delivered_minor,
        serial_number=row.serial_number,
        failure=row.failure,
        business_date=business_date,
        held_at=moment_of(row.held_at),
        ended_at=moment_or_none(row.ended_at),
    )
