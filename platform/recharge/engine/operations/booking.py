"""Bookings between two of our own accounts: what a close finds out about banks, carriers and commission comes into the books here."""

from dataclasses import dataclass

from recharge.books.statements import AnyRow
from recharge.domain.account_names import AccountName, read_account
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.orders import OrderKind
from recharge.domain.parties import Party, Role
from recharge.domain.posting_rules import between
from recharge.domain.replies import Reply
from recharge.domain.requests import Booking
from recharge.engine.operations.deposit import check_unused, find_bank, use_up
from recharge.engine.operations.immediate import book_at_once, tell_party
from recharge.engine.operations.proposals import Proposal, propose
from recharge.engine.views import view_of
from recharge.engine.work import Asked, Work

_LONGEST_EVIDENCE = 80
_STOCK = "SELECT a.id FROM account a JOIN link l ON l.id = a.owner_id WHERE a.kind = 'stock' AND l.code = ?"
_ROOT = "SELECT id FROM party WHERE parent_id IS NULL"
# What settlement may do without two people: earned commission, and commission taken back, both by a rule.
_BY_RULE = frozenset({("revenue", "commission"), ("commission", "revenue")})


@dataclass(frozen=True, slots=True)
class Side:
    """One account of a booking; `party` where it is a party's."""

    name: AccountName
    account: int
    party: Party | None


@dataclass(frozen=True, slots=True)
class Pair:
    """The account that pays and the one that gets. `party` is whom the booking concerns: the platform where it is nobody's account."""

    debited: Side
    credited: Side
    party: Party

    @classmethod
    def of(cls, work: Work, debited: str, credited: str) -> "Pair":
        """Look both names up. Raises Refusal(BAD_REQUEST or UNKNOWN_PARTY)."""
        sides = _side(work, debited), _side(work, credited)
        if sides[0].account == sides[1].account:
            raise Refusal(RefusalCode.BAD_REQUEST)
        party = sides[0].party or sides[1].party or _platform(work)
        return cls(*sides, party)

    @property
    def by_rule(self) -> bool:
        """Whether settlement may book it by itself."""
        return (self.debited.name.kind, self.credited.name.kind) in _BY_RULE


def prepare(work: Work, asked: Asked) -> None:
    """Find both accounts and lock those whose balance is kept."""
    operation = asked.request.operation
    assert isinstance(operation, Booking)
    if operation.amount_minor <= 0:
        raise Refusal(RefusalCode.BAD_AMOUNT)
    if not 0 < len(operation.evidence.strip()) <= _LONGEST_EVIDENCE:
        raise Refusal(RefusalCode.BAD_REQUEST)
    pair = asked.plan = Pair.of(work, operation.debited, operation.credited)
    if asked.endpoint.role is Role.SETTLEMENT:
        if not pair.by_rule:
            raise Refusal(RefusalCode.NOT_ALLOWED)
        work.needs.accounts |= accounts_to_lock(pair)


def accounts_to_lock(pair: Pair) -> set[int]:
    """The kept balances a booking changes at once: deposits always, commission where it is paid out."""
    sides = (pair.debited, pair.credited)
    locked = {side.account for side in sides if side.name.kind == "deposit"}
    return locked | ({pair.debited.account} if _pays_commission_out(pair) else set())


def decide(work: Work, asked: Asked) -> Reply:
    """Commission by rule is booked; a person's proposal waits for a second person."""
    operation, pair = asked.request.operation, asked.plan
    assert isinstance(operation, Booking)
    evidence = operation.evidence.strip()
    check_unused(work, evidence)
    if asked.endpoint.role is Role.SETTLEMENT:
        return book(work, asked, pair, operation.amount_minor, evidence)
    names = str(pair.debited.name), str(pair.credited.name)
    proposal = Proposal("booking", pair.party.id, operation.amount_minor, operation.reason, None, False, evidence, *names)
    return propose(work, asked, proposal)


def book(work: Work, asked: Asked, pair: Pair, amount_minor: int, evidence: str) -> Reply:
    """One entry with two legs, and the evidence used up by the same commit. Raises Refusal(INSUFFICIENT_BALANCE)."""
    _take_out(work, pair, amount_minor)
    _put_in(work, pair, amount_minor)
    legs = between(pair.debited.account, pair.credited.account, amount_minor)
    row = book_at_once(work, asked, OrderKind.BOOKING, pair.party, amount_minor, legs)
    # The order itself says which accounts it named, so that the separate reader needs nothing else.
    work.writes.orders[-1] = row = row._replace(split=f"[[{legs[0][0]},{legs[0][1]}],[{legs[1][0]},{legs[1][1]}]]")
    use_up(work, evidence, row.id)
    view = view_of(row, work.parts.directory, pair.party.code)
    deposit = work.accounts.get(pair.party.deposit_account)
    if deposit is None or "deposit" not in {pair.debited.name.kind, pair.credited.name.kind}:
        return Reply(order=view)
    signed = amount_minor if pair.credited.name.kind == "deposit" else -amount_minor
    tell_party(work, row, "adjusted", pair.party, {"amount_minor": signed, "balance_minor": deposit.balance_minor})
    return Reply(order=view, balance_minor=deposit.balance_minor)


def _take_out(work: Work, pair: Pair, amount_minor: int) -> None:
    side = pair.debited
    if side.name.kind == "commission" and not _pays_commission_out(pair):
        # Commission taken back may find that its owner has moved it out: the roll-up then waits for later earnings.
        work.writes.accruals[side.account] -= amount_minor
    elif side.name.kind in {"deposit", "commission"}:
        account = work.accounts[side.account]
        # A commission account may stand below zero, where its owner had moved out what was then taken back; nobody takes it there.
        enough = amount_minor <= account.balance_minor if side.name.kind == "commission" else account.can_pay(amount_minor)
        if not enough:
            raise Refusal(RefusalCode.INSUFFICIENT_BALANCE, {"balance_minor": account.balance_minor})
        account.move(-amount_minor)


def _put_in(work: Work, pair: Pair, amount_minor: int) -> None:
    if pair.credited.name.kind == "deposit":
        work.accounts[pair.credited.account].move(amount_minor)
    elif pair.credited.name.kind == "commission":
        work.writes.accruals[pair.credited.account] += amount_minor


def _pays_commission_out(pair: Pair) -> bool:
    return pair.debited.name.kind == "commission" and pair.credited.name.kind != "revenue"


def _side(work: Work, text: str) -> Side:
    try:
        name = read_account(text)
    except ValueError as error:
        raise Refusal(RefusalCode.BAD_REQUEST) from error
    if name.kind in {"deposit", "commission"}:
        return _partys(work, name)
    if name.kind == "stock":
        rows: list[AnyRow] = list(work.parts.database.rows(work.connection, _STOCK, [name.owner]))
        if not rows:
            raise Refusal(RefusalCode.BAD_REQUEST)
        return Side(name, rows[0][0], None)
    if name.kind == "bank":
        return Side(name, find_bank(work, name.owner).account_id, None)
    return Side(name, getattr(work.parts.house, name.kind), None)


def _partys(work: Work, name: AccountName) -> Side:
    party = work.parts.directory.party_by_code(work.connection, name.owner)
    if party is None:
        raise Refusal(RefusalCode.UNKNOWN_PARTY, {"party": name.owner[:24]})
    return Side(name, party.deposit_account if name.kind == "deposit" else party.commission_account, party)


def _platform(work: Work) -> Party:
    root = work.parts.database.rows(work.connection, _ROOT)[0][0]
    work.parts.directory.load_parties(work.connection, [root])
    return work.parts.directory.party(root)
