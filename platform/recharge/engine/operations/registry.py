"""One module an operation, all of one shape: `prepare` says what must be read and locked, `decide` decides in memory."""

from collections.abc import Callable
from typing import NamedTuple

from recharge.domain import requests as ask
from recharge.domain.replies import Reply
from recharge.engine.operations import booking, cases, complaint, deposit, enquiry, password, reversal, sale, transfer, void
from recharge.engine.work import Asked, Work


class Handler(NamedTuple):
    """How an operation is carried out. Both raise Refusal; what `prepare` raises is told after the password was checked.

    `guarded`: `decide` itself writes nothing, and all that it read to decide by is guarded when its decision is put down
    (books/database.py `in_two_halves`).
    """

    prepare: Callable[[Work, Asked], None]
    decide: Callable[[Work, Asked], Reply]
    guarded: bool = False


HANDLERS: dict[type, Handler] = {
    ask.Recharge: Handler(sale.prepare, sale.decide, guarded=True),
    ask.BillPayment: Handler(sale.prepare, sale.decide, guarded=True),
    ask.Reverse: Handler(reversal.prepare, reversal.decide),
    ask.Deposit: Handler(deposit.prepare, deposit.decide),
    ask.Transfer: Handler(transfer.prepare, transfer.decide),
    ask.ReverseTransfer: Handler(transfer.prepare_reversal, transfer.decide_reversal),
    ask.CommissionToDeposit: Handler(transfer.prepare_commission, transfer.decide_commission),
    ask.Balance: Handler(enquiry.prepare, enquiry.balance, guarded=True),
    ask.OrderEnquiry: Handler(enquiry.prepare, enquiry.one_order, guarded=True),
    ask.LastOrder: Handler(enquiry.prepare, enquiry.last_order, guarded=True),
    ask.LatestOrders: Handler(enquiry.prepare, enquiry.latest, guarded=True),
    ask.DayRecap: Handler(enquiry.prepare, enquiry.recap, guarded=True),
    ask.ChangePassword: Handler(password.prepare_change, password.change),
    ask.ResetPassword: Handler(password.prepare_reset, password.reset),
    ask.Complaint: Handler(complaint.prepare, complaint.decide),
    ask.ProposeAdjustment: Handler(cases.prepare_adjustment, cases.propose_adjustment),
    ask.Booking: Handler(booking.prepare, booking.decide),
    ask.ProposeAdjudication: Handler(cases.prepare_adjudication, cases.propose_adjudication),
    ask.DecideCase: Handler(cases.prepare_decision, cases.decide_case),
    ask.Void: Handler(void.prepare, void.decide),
}
