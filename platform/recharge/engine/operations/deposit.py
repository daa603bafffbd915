"""Deposits (预存): booked at once when settlement matched a bank line, proposed to a second person when made by hand."""

from recharge.books.banks import BankLedger, bank_ledger
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.orders import OrderKind
from recharge.domain.parties import Party, Role
from recharge.domain.posting_rules import between
from recharge.domain.replies import Reply
from recharge.domain.requests import Deposit
from recharge.engine.operations.immediate import book_at_once, tell_party
from recharge.engine.operations.proposals import Proposal, propose
from recharge.engine.views import view_of
from recharge.engine.work import Asked, Work

_LONGEST_EVIDENCE = 80
_USED = "SELECT order_id FROM deposit_evidence WHERE evidence = ?"
_USE = "INSERT INTO deposit_evidence (evidence, order_id) VALUES (?, ?)"


def prepare(work: Work, asked: Asked) -> None:
    """Find the party and lock its deposit."""
    operation = asked.request.operation
    assert isinstance(operation, Deposit)
    party = work.parts.directory.party_by_code(work.connection, operation.party_code.strip())
    if party is None:
        raise Refusal(RefusalCode.UNKNOWN_PARTY, {"party": operation.party_code[:24]})
    if operation.amount_minor <= 0:
        raise Refusal(RefusalCode.BAD_AMOUNT)
    if not 0 < len(operation.evidence.strip()) <= _LONGEST_EVIDENCE:
        raise Refusal(RefusalCode.BAD_REQUEST)
    asked.plan = party, find_bank(work, operation.bank)
    work.needs.accounts.add(party.deposit_account)


def decide(work: Work, asked: Asked) -> Reply:
    """Settlement's deposit is booked; a person's waits for a second person."""
    operation, (party, bank) = asked.request.operation, asked.plan
    assert isinstance(operation, Deposit)
    evidence = operation.evidence.strip()
    check_unused(work, evidence)
    if asked.endpoint.role is Role.SETTLEMENT:
        return credit(work, asked, party, bank, operation.amount_minor, evidence)
    debited = f"bank:{operation.bank}" if operation.bank else ""
    return propose(work, asked, Proposal("deposit", party.id, operation.amount_minor, evidence, reference=evidence, debited=debited))


def find_bank(work: Work, code: str) -> BankLedger:
    """The books' account of a bank account; the one for all of them where no code is named. Raises Refusal(BAD_REQUEST)."""
    if not code:
        return BankLedger(None, work.parts.house.bank)
    found = bank_ledger(work.parts.database, work.connection, code)
    if found is None:
        raise Refusal(RefusalCode.BAD_REQUEST)
    return found


def check_unused(work: Work, evidence: str) -> None:
    """Raises Refusal(EVIDENCE_USED) where this evidence has been credited before."""
    rows = work.parts.database.rows(work.connection, _USED, [evidence])
    if rows:
        raise Refusal(RefusalCode.EVIDENCE_USED, {"order_number": str(rows[0][0])})


def use_up(work: Work, evidence: str, order_id: int) -> None:
    """Keep in the same commit that this evidence has made its order: it counts once for ever."""
    work.parts.database.change(work.connection, _USE, (evidence, order_id))


def credit(work: Work, asked: Asked, party: Party, bank: BankLedger, amount_minor: int, evidence: str) -> Reply:
    """Bank to deposit, and the evidence used up by the same commit. The order names the bank account it came to."""
    account = work.accounts[party.deposit_account]
    account.move(amount_minor)
    legs = between(bank.account_id, account.id, amount_minor)
    row = book_at_once(work, asked, OrderKind.DEPOSIT, party, amount_minor, legs, related_id=bank.bank_id)
    use_up(work, evidence, row.id)
    tell_party(work, row, "received", party, {"amount_minor": amount_minor, "balance_minor": account.balance_minor})
    return Reply(order=view_of(row, work.parts.directory, party.code), balance_minor=account.balance_minor)
