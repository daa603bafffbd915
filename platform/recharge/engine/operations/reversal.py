"""Same-day reversal (返销): checked against the rules, then asked of the supplier by the dispatcher."""

from datetime import date

from recharge.books.rows import OrderRow, day_of, moment_or_none
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.orders import OUTWARD_KINDS, OrderKind, OrderState
from recharge.domain.replies import Reply
from recharge.domain.requests import Reverse
from recharge.engine.operations.lookup import find_order
from recharge.engine.views import view_of
from recharge.engine.work import Asked, Work

_COUNT = (
    "SELECT COUNT(*) FROM orders WHERE party_id = ? AND held_at >= ? AND business_date >= ?"
    " AND state IN ('reversing', 'reversed') AND kind IN ('recharge', 'bill_payment')"
)


def prepare(work: Work, asked: Asked) -> None:
    """Find the order and lock it."""
    operation = asked.request.operation
    assert isinstance(operation, Reverse)
    row = find_order(work, asked, operation.order_number, operation.number)
    if row.party_id != asked.endpoint.party.id:
        raise Refusal(RefusalCode.UNKNOWN_ORDER)
    asked.plan = row.id
    work.needs.orders.add(row.id)


def decide(work: Work, asked: Asked) -> Reply:
    """Mark the order as being reversed; the money comes back when the supplier has confirmed."""
    before = work.orders[asked.plan]
    _check(work, before)
    after = before._replace(state=OrderState.REVERSING.value, due_at=work.now_text, lease="")
    work.writes.change_order(before, after)
    work.orders[before.id] = after
    origin = asked.request.origin
    work.keep_event(before.id, "reversal_asked", {"channel": origin.channel.value, "endpoint": str(asked.endpoint.id)})
    work.woken = True
    return Reply(order=view_of(after, work.parts.directory, asked.endpoint.party.code))


def _check(work: Work, row: OrderRow) -> None:
    rules = work.parts.rules.reversal
    if OrderKind(row.kind) not in OUTWARD_KINDS or row.state != OrderState.SUCCEEDED.value:
        raise Refusal(RefusalCode.NOT_REVERSIBLE)
    if rules.same_day_only and day_of(row.business_date) != work.today:
        raise Refusal(RefusalCode.REVERSAL_TOO_LATE)
    ended = moment_or_none(row.ended_at)
    if rules.window is not None and ended is not None and work.now - ended > rules.window:
        raise Refusal(RefusalCode.REVERSAL_TOO_LATE)
    _check_count(work, row.party_id, rules.day_count, work.today)
    _check_count(work, row.party_id, rules.month_count, work.today.replace(day=1))


def _check_count(work: Work, party_id: int, most: int | None, since: date) -> None:
    """Reversals of orders of these business days; those decided earlier in this batch are counted with them."""
    if most is None:
        return
    earliest = f"{date.fromordinal(since.toordinal() - 2).isoformat()} 00:00:00.000000"
    rows = work.parts.database.rows(work.connection, _COUNT, [party_id, earliest, since.isoformat()])
    here = [after for _, after in work.writes.order_changes.values() if after.party_id == party_id]
    begun = sum(1 for row in here if row.state == OrderState.REVERSING.value)
    if rows[0][0] + begun >= most:
        raise Refusal(RefusalCode.OVER_REVERSAL_LIMIT, {"limit": most})
