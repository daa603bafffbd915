"""Orders that end the moment they are taken in: deposits, transfers, commission moves, adjustments."""

from collections.abc import Sequence

from recharge.books.endpoints import newest_endpoint
from recharge.books.rows import OrderRow
from recharge.domain.orders import END, OrderKind, OrderState
from recharge.domain.parties import Party
from recharge.domain.posting_rules import Leg
from recharge.engine.messages import Facts, agent_message
from recharge.engine.work import Asked, Work


def book_at_once(
    work: Work, asked: Asked, kind: OrderKind, party: Party, amount_minor: int, legs: Sequence[Leg], related_id: int | None = None
) -> OrderRow:
    """One order that succeeds with its entry, in the batch's transaction; the caller has moved the locked accounts."""
    row = OrderRow(
        id=work.new_id(),
        kind=kind.value,
        state=OrderState.SUCCEEDED.value,
        party_id=party.id,
        endpoint_id=asked.endpoint.id,
        channel=asked.request.origin.channel.value,
        language=asked.request.language or asked.endpoint.language,
        number="",
        carrier_id=None,
        province="",
        product_id=None,
        face_minor=amount_minor,
        price_minor=amount_minor,
        split="[]",
        repeat_mark=0,
        business_date=work.today_text,
        held_at=work.now_text,
        related_id=related_id,
        ended_at=work.now_text,
    )
    work.writes.orders.append(row)
    work.writes.entry(row.id, END, kind.value, work.today_text, work.now_text, legs)
    return row


def tell_party(work: Work, row: OrderRow, kind: str, party: Party, facts: Facts) -> None:
    """Tell a party that did not ask for this order: through its newest endpoint. A party without one reads it in its orders."""
    found = newest_endpoint(work.parts.database, work.connection, party.id)
    if found is None:
        return
    addressed = row._replace(endpoint_id=found.id, channel=found.channel, language=found.language or party.language)
    work.writes.messages.append(agent_message(work.new_id(), addressed, kind, facts, work.now_text))
