"""Enquiries: balance, one order, the last one, the latest ones, the day's recap. They change nothing."""

from recharge.books.intake_reads import latest_orders, recap_rows
from recharge.books.rows import OrderRow
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.orders import OrderKind, OrderState
from recharge.domain.replies import OrderView, RecapLine, Reply
from recharge.domain.requests import LatestOrders, OrderEnquiry
from recharge.engine.operations.lookup import find_order
from recharge.engine.views import view_of
from recharge.engine.work import Asked, Work

_MOST = 50


def prepare(work: Work, asked: Asked) -> None:
    """The commission is told with the balance."""
    work.needs.accounts.add(asked.endpoint.party.commission_account)


def balance(work: Work, asked: Asked) -> Reply:
    """Deposit and rolled-up commission."""
    party = asked.endpoint.party
    deposit, commission = work.accounts[party.deposit_account], work.accounts[party.commission_account]
    return Reply(balance_minor=deposit.balance_minor, commission_minor=commission.balance_minor)


def one_order(work: Work, asked: Asked) -> Reply:
    """An order by its number or by the customer's."""
    operation = asked.request.operation
    assert isinstance(operation, OrderEnquiry)
    return Reply(order=_view(work, find_order(work, asked, operation.order_number, operation.number)))


def last_order(work: Work, asked: Asked) -> Reply:
    """The latest order of any kind."""
    rows = latest_orders(work.parts.database, work.connection, asked.endpoint.party.id, "", 1)
    if not rows:
        raise Refusal(RefusalCode.UNKNOWN_ORDER)
    return Reply(order=_view(work, rows[0]))


def latest(work: Work, asked: Asked) -> Reply:
    """The latest orders, newest first."""
    operation = asked.request.operation
    assert isinstance(operation, LatestOrders)
    count = max(1, min(operation.count, _MOST))
    rows = latest_orders(work.parts.database, work.connection, asked.endpoint.party.id, "", count)
    return Reply(orders=tuple(_view(work, row) for row in rows))


def recap(work: Work, asked: Asked) -> Reply:
    """Counts and sums of the business day."""
    rows = recap_rows(work.parts.database, work.connection, asked.endpoint.party.id, work.today)
    lines = tuple(RecapLine(OrderKind(row[0]), OrderState(row[1]), row[2], int(row[3]), int(row[4])) for row in rows)
    account = work.accounts[asked.endpoint.party.deposit_account]
    return Reply(recap=lines, balance_minor=account.balance_minor)


def _view(work: Work, row: OrderRow) -> OrderView:
    work.parts.directory.load_parties(work.connection, [row.party_id])
    return view_of(row, work.parts.directory, work.parts.directory.party(row.party_id).code)
