"""A complaint on an order: kept with it, open until somebody answers it."""

from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.replies import Reply
from recharge.domain.requests import Complaint
from recharge.engine.operations.lookup import find_order
from recharge.engine.views import view_of
from recharge.engine.work import Asked, Work

_LONGEST = 500
_INSERT = "INSERT INTO complaint (id, order_id, party_id, endpoint_id, at, text, open) VALUES (?, ?, ?, ?, ?, ?, ?)"


def prepare(work: Work, asked: Asked) -> None:
    """Find the order, which must be one the asker may see."""
    operation = asked.request.operation
    assert isinstance(operation, Complaint)
    if not operation.text.strip():
        raise Refusal(RefusalCode.BAD_REQUEST)
    asked.plan = find_order(work, asked, operation.order_number, None)


def decide(work: Work, asked: Asked) -> Reply:
    """Keep it."""
    operation, row = asked.request.operation, asked.plan
    assert isinstance(operation, Complaint)
    new_id = work.new_id()
    text = operation.text.strip()[:_LONGEST]
    values = (new_id, row.id, row.party_id, asked.endpoint.id, work.now_text, text, True)
    work.parts.database.change(work.connection, _INSERT, values)
    return Reply(order=view_of(row, work.parts.directory, asked.endpoint.party.code), case_number=str(new_id))
