"""Money between accounts: transfers up and down the tree, transfers taken back, commission moved to the deposit."""

from datetime import timedelta

from recharge.books.rows import OrderRow
from recharge.books.tables.metadata import moment_of
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.orders import REVERSAL, OrderKind, OrderState
from recharge.domain.parties import Party
from recharge.domain.posting_rules import between, negated
from recharge.domain.replies import Reply
from recharge.domain.requests import CommissionToDeposit, ReverseTransfer, Transfer
from recharge.engine.operations.immediate import book_at_once, tell_party
from recharge.engine.operations.lookup import order_number
from recharge.engine.views import view_of
from recharge.engine.work import Asked, Work

_TAKE_BACK_WITHIN = timedelta(hours=24)


def prepare(work: Work, asked: Asked) -> None:
    """Find the receiver and lock both deposits."""
    operation = asked.request.operation
    assert isinstance(operation, Transfer)
    receiver = work.parts.directory.party_by_code(work.connection, operation.to_party_code.strip())
    if receiver is None or receiver.blocked:
        raise Refusal(RefusalCode.UNKNOWN_PARTY, {"party": operation.to_party_code[:24]})
    if operation.amount_minor <= 0:
        raise Refusal(RefusalCode.BAD_AMOUNT)
    asked.plan = receiver
    work.needs.accounts.add(receiver.deposit_account)


def decide(work: Work, asked: Asked) -> Reply:
    """Move the money at once."""
    operation, receiver, giver = asked.request.operation, asked.plan, asked.endpoint.party
    assert isinstance(operation, Transfer)
    assert isinstance(receiver, Party)
    work.parts.rules.transfer.check(giver, receiver, operation.amount_minor)
    _pay(work, giver.deposit_account, operation.amount_minor)
    work.accounts[receiver.deposit_account].move(operation.amount_minor)
    legs = between(giver.deposit_account, receiver.deposit_account, operation.amount_minor)
    row = book_at_once(work, asked, OrderKind.TRANSFER, giver, operation.amount_minor, legs, related_id=receiver.id)
    facts: dict[str, str | int] = {
        "amount_minor": operation.amount_minor,
        "party": giver.code,
        "balance_minor": work.accounts[receiver.deposit_account].balance_minor,
    }
    tell_party(work, row, "received", receiver, facts)
    view = view_of(row, work.parts.directory, giver.code)
    return Reply(order=view, balance_minor=work.accounts[giver.deposit_account].balance_minor)


def prepare_reversal(work: Work, asked: Asked) -> None:
    """Lock the transfer's order and the receiver's deposit, which must still hold the money."""
    operation = asked.request.operation
    assert isinstance(operation, ReverseTransfer)
    number = order_number(operation.order_number)
    work.needs.orders.add(number)
    text = "SELECT related_id FROM orders WHERE id = ? AND kind = 'transfer' AND party_id = ?"
    rows = work.parts.database.rows(work.connection, text, [number, asked.endpoint.party.id])
    if not rows:
        raise Refusal(RefusalCode.UNKNOWN_ORDER)
    work.parts.directory.load_parties(work.connection, [rows[0][0]])
    asked.plan = (number, work.parts.directory.party(rows[0][0]))
    work.needs.accounts.add(asked.plan[1].deposit_account)


def decide_reversal(work: Work, asked: Asked) -> Reply:
    """Undo the transfer by an entry of its own; only its giver may, the same business day, while the receiver can pay."""
    number, receiver = asked.plan
    before, giver = work.orders[number], asked.endpoint.party
    _check_reversible(work, before)
    _pay(work, receiver.deposit_account, before.face_minor)
    work.accounts[giver.deposit_account].move(before.face_minor)
    legs = negated(between(giver.deposit_account, receiver.deposit_account, before.face_minor))
    work.writes.entry(number, REVERSAL, "transfer_reversal", work.today_text, work.now_text, legs)
    after = before._replace(state=OrderState.REVERSED.value, ended_at=work.now_text)
    work.writes.change_order(before, after)
    work.orders[number] = after
    facts: dict[str, str | int] = {
        "amount_minor": before.face_minor,
        "party": giver.code,
        "balance_minor": work.accounts[receiver.deposit_account].balance_minor,
    }
    tell_party(work, after, "taken_back", receiver, facts)
    view = view_of(after, work.parts.directory, giver.code)
    return Reply(order=view, balance_minor=work.accounts[giver.deposit_account].balance_minor)


def _check_reversible(work: Work, row: OrderRow) -> None:
    if row.state != OrderState.SUCCEEDED.value:
        raise Refusal(RefusalCode.NOT_REVERSIBLE)
    if str(row.business_date) != work.today_text or work.now - moment_of(row.held_at) > _TAKE_BACK_WITHIN:
        raise Refusal(RefusalCode.REVERSAL_TOO_LATE)


def prepare_commission(work: Work, asked: Asked) -> None:
    """Lock the commission account: it holds what has been rolled up."""
    work.needs.accounts.add(asked.endpoint.party.commission_account)


def decide_commission(work: Work, asked: Asked) -> Reply:
    """Move accrued commission to the deposit."""
    operation, party = asked.request.operation, asked.endpoint.party
    assert isinstance(operation, CommissionToDeposit)
    commission = work.accounts[party.commission_account]
    amount = commission.balance_minor if operation.amount_minor is None else operation.amount_minor
    if amount <= 0:
        raise Refusal(RefusalCode.BAD_AMOUNT)
    # A commission account may stand below zero (a reversal clawed back what had been moved away), but nobody takes it there.
    if amount > commission.balance_minor:
        raise Refusal(RefusalCode.INSUFFICIENT_BALANCE, {"balance_minor": commission.balance_minor})
    commission.move(-amount)
    work.accounts[party.deposit_account].move(amount)
    legs = between(commission.id, party.deposit_account, amount)
    row = book_at_once(work, asked, OrderKind.COMMISSION_MOVE, party, amount, legs)
    view = view_of(row, work.parts.directory, party.code)
    balance = work.accounts[party.deposit_account].balance_minor
    return Reply(order=view, balance_minor=balance, commission_minor=commission.balance_minor)


def _pay(work: Work, account_id: int, amount_minor: int) -> None:
    account = work.accounts[account_id]
    if not account.can_pay(amount_minor):
        raise Refusal(RefusalCode.INSUFFICIENT_BALANCE, {"balance_minor": account.balance_minor})
    account.move(-amount_minor)
