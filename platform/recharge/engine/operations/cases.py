"""Adjustments and adjudications: proposed by a maker, carried out by a checker who is never the same person."""

from recharge.books.database import NamedRow
from recharge.books.finish_reads import attempts_by_id
from recharge.books.rows import AttemptRow, OrderRow
from recharge.books.stock import stock_accounts
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.orders import OrderKind, OrderState
from recharge.domain.outcomes import AnswerSource, AttemptState, Evidence, Outcome, OutcomeState
from recharge.domain.parties import Party
from recharge.domain.posting_rules import between
from recharge.domain.replies import Reply
from recharge.domain.requests import DecideCase, ProposeAdjudication, ProposeAdjustment
from recharge.engine.ending import Ending, apply
from recharge.engine.operations.booking import Pair, accounts_to_lock, book
from recharge.engine.operations.deposit import check_unused, credit, find_bank
from recharge.engine.operations.immediate import book_at_once, tell_party
from recharge.engine.operations.lookup import find_order, order_number
from recharge.engine.operations.proposals import Proposal, propose
from recharge.engine.views import view_of
from recharge.engine.work import Asked, Work

# An order that a carrier took on and never speaks of again stays `sending`; its attempt says whether somebody is still at it.
_OPEN_ENDED = frozenset({OrderState.SENDING.value, OrderState.UNKNOWN.value, OrderState.REVERSING.value})
_IN_DOUBT = frozenset({AttemptState.ACCEPTED, AttemptState.UNKNOWN})
_COLUMNS = "id, kind, party_id, order_id, amount_minor, succeeded, reference, reason, state, maker_id, debited, credited"
_CLOSE = "UPDATE money_case SET state = ?, checker_id = ?, checked_at = ? WHERE id = ? AND state = 'proposed' AND maker_id <> ?"
_NAME_ORDER = "UPDATE money_case SET order_id = ? WHERE id = ?"


def prepare_adjustment(work: Work, asked: Asked) -> None:
    """Find the party."""
    operation = asked.request.operation
    assert isinstance(operation, ProposeAdjustment)
    party = work.parts.directory.party_by_code(work.connection, operation.party_code.strip())
    if party is None:
        raise Refusal(RefusalCode.UNKNOWN_PARTY, {"party": operation.party_code[:24]})
    if operation.amount_minor == 0:
        raise Refusal(RefusalCode.BAD_AMOUNT)
    asked.plan = party


def propose_adjustment(work: Work, asked: Asked) -> Reply:
    """The maker's half."""
    operation, party = asked.request.operation, asked.plan
    assert isinstance(operation, ProposeAdjustment)
    return propose(work, asked, Proposal("adjustment", party.id, operation.amount_minor, operation.reason))


def prepare_adjudication(work: Work, asked: Asked) -> None:
    """Find the order, whose outcome must be open."""
    operation = asked.request.operation
    assert isinstance(operation, ProposeAdjudication)
    row = find_order(work, asked, operation.order_number, None)
    if row.state not in _OPEN_ENDED:
        raise Refusal(RefusalCode.CASE_CLOSED)
    asked.plan = row


def propose_adjudication(work: Work, asked: Asked) -> Reply:
    """The maker's half, with the evidence a person has."""
    operation, row = asked.request.operation, asked.plan
    assert isinstance(operation, ProposeAdjudication)
    proposal = Proposal(
        "adjudication", row.party_id, row.face_minor, operation.reason, row.id, operation.succeeded, operation.serial_number
    )
    return propose(work, asked, proposal)


def prepare_decision(work: Work, asked: Asked) -> None:
    """Lock the case, and what carrying it out will change."""
    operation = asked.request.operation
    assert isinstance(operation, DecideCase)
    text = f"SELECT {_COLUMNS} FROM money_case WHERE id = ?{work.parts.database.for_update}"
    rows = work.parts.database.named(work.connection, text, [_case_number(operation.case_number)])
    if not rows:
        raise Refusal(RefusalCode.UNKNOWN_CASE)
    case = asked.plan = rows[0]
    if case.kind == "adjudication":
        work.needs.orders.add(case.order_id)
    work.parts.directory.load_parties(work.connection, [case.party_id])
    work.needs.accounts.add(work.parts.directory.party(case.party_id).deposit_account)
    if case.kind == "booking":
        work.needs.accounts |= accounts_to_lock(Pair.of(work, case.debited, case.credited))


def decide_case(work: Work, asked: Asked) -> Reply:
    """The checker's half. Raises Refusal(SAME_PERSON) for the maker himself, Refusal(CASE_CLOSED) for a case already decided."""
    operation, case, person = asked.request.operation, asked.plan, asked.endpoint.person
    assert isinstance(operation, DecideCase)
    if person is None:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    if person.id == case.maker_id:
        raise Refusal(RefusalCode.SAME_PERSON)
    # Closed first, so that the same case decided twice in one batch is carried out once; opened again when it can't be carried out.
    with work.connection.begin_nested():
        _close(work, case, "approved" if operation.approve else "rejected", person.id)
        if not operation.approve:
            return Reply(case_number=str(case.id))
        party = work.parts.directory.party(case.party_id)
        reply = _CARRY_OUT[case.kind](work, asked, case, party)
        if case.order_id is None and reply.order is not None:
            work.parts.database.change(work.connection, _NAME_ORDER, (order_number(reply.order.order_number), case.id))
        return reply


def _adjust(work: Work, asked: Asked, case: NamedRow, party: Party) -> Reply:
    account = work.accounts[party.deposit_account]
    if not account.can_pay(-case.amount_minor):
        raise Refusal(RefusalCode.INSUFFICIENT_BALANCE, {"balance_minor": account.balance_minor})
    account.move(case.amount_minor)
    legs = between(work.parts.house.adjustment, account.id, case.amount_minor)
    row = book_at_once(work, asked, OrderKind.ADJUSTMENT, party, case.amount_minor, legs)
    tell_party(work, row, "adjusted", party, {"amount_minor": case.amount_minor, "balance_minor": account.balance_minor})
    view = view_of(row, work.parts.directory, party.code)
    return Reply(order=view, balance_minor=account.balance_minor, case_number=str(case.id))


def _credit(work: Work, asked: Asked, case: NamedRow, party: Party) -> Reply:
    check_unused(work, case.reference)
    bank = find_bank(work, case.debited.partition(":")[2])
    return credit(work, asked, party, bank, case.amount_minor, case.reference)


def _book(work: Work, asked: Asked, case: NamedRow, party: Party) -> Reply:
    check_unused(work, case.reference)
    return book(work, asked, Pair.of(work, case.debited, case.credited), case.amount_minor, case.reference)


def _adjudicate(work: Work, asked: Asked, case: NamedRow, party: Party) -> Reply:
    """End the order as if the supplier had said so, with the two people named in its story."""
    order = work.orders[case.order_id]
    if order.state not in _OPEN_ENDED or order.attempt_id is None:
        raise Refusal(RefusalCode.CASE_CLOSED)
    attempt = attempts_by_id(work.parts.database, work.connection, [order.attempt_id])[order.attempt_id]
    if AttemptState(attempt.state) not in _IN_DOUBT:
        # Its sender is at it; or it is a reversal that the carrier was not asked for, of which nobody can have evidence.
        raise Refusal(RefusalCode.CASE_CLOSED)
    ending = _ending(work, order, attempt)
    state = OutcomeState.SUCCESS if case.succeeded else OutcomeState.FAILED
    outcome = Outcome(state, work.now, serial_number=case.reference, code="case", text=str(case.id))
    apply(ending, Evidence(attempt.id, outcome, AnswerSource.ADJUDICATION))
    work.orders[order.id] = ending.orders[order.id]
    person = asked.endpoint.person
    assert person is not None
    work.keep_event(order.id, "adjudicated", {"case": str(case.id), "maker": case.maker_id, "checker": person.id})
    return Reply(order=view_of(work.orders[order.id], work.parts.directory, party.code), case_number=str(case.id))


def _ending(work: Work, order: OrderRow, attempt: AttemptRow) -> Ending:
    stocks = stock_accounts(work.parts.database, work.connection)
    return Ending(work.parts, work.writes, work.now, work.accounts, {}, stocks, {order.id: order}, {attempt.id: attempt})


def _close(work: Work, case: NamedRow, state: str, checker_id: int) -> None:
    values = (state, checker_id, work.now_text, case.id, checker_id)
    if work.parts.database.change(work.connection, _CLOSE, values) != 1:
        raise Refusal(RefusalCode.CASE_CLOSED)


def _case_number(text: str) -> int:
    try:
        return order_number(text)
    except Refusal as refusal:
        raise Refusal(RefusalCode.UNKNOWN_CASE) from refusal


_CARRY_OUT = {"adjustment": _adjust, "deposit": _credit, "booking": _book, "adjudication": _adjudicate}
