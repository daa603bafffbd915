"""Finding the order that an operation speaks of, and whether the asker may see it."""

from recharge.books.intake_reads import latest_orders, orders_by_id
from recharge.books.rows import OrderRow
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.parties import Endpoint, Role, is_staff
from recharge.engine.work import Asked, Work

_LARGEST_ID = 2**63 - 1


def order_number(text: str) -> int:
    """The id behind an order number as typed. Raises Refusal(UNKNOWN_ORDER)."""
    plain = text.strip()
    # Looked at by its length first: a text of a million digits is not worth a number.
    if not (plain.isascii() and plain.isdigit() and len(plain) <= len(str(_LARGEST_ID)) and int(plain) <= _LARGEST_ID):
        raise Refusal(RefusalCode.UNKNOWN_ORDER)
    return int(plain)


def find_order(work: Work, asked: Asked, number_text: str | None, customer: str | None) -> OrderRow:
    """The order by its number, or the asker's latest for a customer's number.

    Raises Refusal(UNKNOWN_ORDER) also for an order that the asker may not see: nobody learns that it exists.
    """
    database, connection = work.parts.database, work.connection
    if number_text:
        number = order_number(number_text)
        row = orders_by_id(database, connection, [number]).get(number)
    elif customer:
        national = work.parts.rules.numbering.national(customer)
        scope = None if is_staff(asked.endpoint.role) else asked.endpoint.party.id
        row = next(iter(latest_orders(database, connection, scope, national, 1)), None)
    else:
        raise Refusal(RefusalCode.BAD_REQUEST)
    if row is None or not may_see(work, asked.endpoint, row):
        raise Refusal(RefusalCode.UNKNOWN_ORDER)
    return row


def may_see(work: Work, endpoint: Endpoint, row: OrderRow) -> bool:
    """A party sees its own orders, an account manager those below his party, staff all."""
    if row.party_id == endpoint.party.id or is_staff(endpoint.role):
        return True
    if endpoint.role is not Role.ACCOUNT_MANAGER:
        return False
    work.parts.directory.load_parties(work.connection, [row.party_id])
    return endpoint.party.is_above(work.parts.directory.party(row.party_id))
