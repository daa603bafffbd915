"""Whose money a bank line is: by virtual account, reference, unique amount or a payer two people confirmed; else it is held in suspense."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bank_settle.banks import reference
from bank_settle.banks.kinds import BankKind

_NEARLY_MINOR = 999


@dataclass(frozen=True, slots=True)
class Line:
    """A bank line as it is kept. `amount_minor` is positive for what came in."""

    id: int
    amount_minor: int
    text: str
    payer_account: str
    virtual_account: str
    our_reference: str
    bank_reference: str
    reversal: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    """An amount reserved for one agent: what it wanted to deposit plus a few fen that make it unique."""

    party_code: str
    amount_minor: int
    expires_at: datetime
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Item:
    """A payment of ours as far as the bank's line about it goes."""

    id: str
    amount_minor: int
    state: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the matcher knows. `virtual` and `payers` lead to party codes; `tickets` are by amount, the newest first."""

    parties: frozenset[str]
    virtual: Mapping[str, str] = field(default_factory=dict)
    payers: Mapping[str, str] = field(default_factory=dict)
    tickets: Mapping[int, tuple[Ticket, ...]] = field(default_factory=dict)
    wanted: Mapping[str, int] = field(default_factory=dict)
    items: Mapping[str, Item] = field(default_factory=dict)
    credited: Mapping[str, str] = field(default_factory=dict)
    fees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a line: a deposit of `party`, a payment `item`, or a case of `kind`. A deposit may have a case beside it."""

    rule: str
    party: str = ""
    item: str = ""
    kind: BankKind | None = None


def decide(line: Line, known: Known, at: datetime) -> Decision:
    """The decision on one line that has been booked by the bank at about `at`. Never by a name, never by an amount that fits two."""
    if _is_fee(line, known):
        return Decision("fee", kind=BankKind.INTEREST if line.amount_minor > 0 else BankKind.FEE)
    item = known.items.get(line.our_reference)
    if item is not None:
        return _about_payment(line, item)
    return _about_deposit(line, known, at) if line.amount_minor > 0 else _money_out(line, known)


def _is_fee(line: Line, known: Known) -> bool:
    """The bank's own charges have its words, no other side, and no reference of ours."""
    return any(word in line.text for word in known.fees) and not line.payer_account and not line.our_reference


def _about_payment(line: Line, item: Item) -> Decision:
    if line.amount_minor > 0:
        return Decision("end_to_end", item=item.id, kind=BankKind.PAYMENT_RETURNED)
    if -line.amount_minor != item.amount_minor:
        return Decision("end_to_end", item=item.id, kind=BankKind.PAYMENT_AMOUNT)
    if item.state == "booked":
        return Decision("end_to_end", item=item.id, kind=BankKind.PAYMENT_TWICE)
    return Decision("end_to_end", item=item.id)


def _money_out(line: Line, known: Known) -> Decision:
    party = known.credited.get(line.bank_reference, "")
    if line.reversal and party:
        return Decision("reversal", party=party, kind=BankKind.REVERSED)
    return Decision("none", kind=BankKind.PAYMENT_UNKNOWN)


def _about_deposit(line: Line, known: Known, at: datetime) -> Decision:
    if line.virtual_account in known.virtual:
        return _credited("virtual", known.virtual[line.virtual_account], known)
    good, bad = reference.read(line.our_reference, line.text)
    if good:
        return _named(line, good, known)
    if bad:
        return Decision("reference", kind=BankKind.WRONG_REFERENCE)
    tickets = known.tickets.get(line.amount_minor, ())
    running = [ticket for ticket in tickets if ticket.is_open and at <= ticket.expires_at]
    if len(running) == 1:
        return _credited("amount", running[0].party_code, known)
    if line.payer_account and line.payer_account in known.payers:
        return _credited("payer", known.payers[line.payer_account], known)
    return Decision("none", kind=BankKind.LATE_TICKET if tickets else BankKind.NO_REFERENCE)


def _named(line: Line, codes: set[str], known: Known) -> Decision:
    if len(codes) > 1:
        return Decision("reference", kind=BankKind.AMBIGUOUS)
    found = _credited("reference", next(iter(codes)), known)
    wanted = known.wanted.get(found.party, 0)
    # Near to the amount it was told to send, and less: more than that is a deposit of another kind.
    short = found.party and wanted - max(_NEARLY_MINOR, wanted // 50) <= line.amount_minor < wanted
    return Decision(found.rule, found.party, kind=BankKind.SHORT) if short else found


def _credited(rule: str, code: str, known: Known) -> Decision:
    """References are upper case; a party's code may not be."""
    exact = [party for party in known.parties if party == code] or [party for party in known.parties if party.upper() == code.upper()]
    if len(exact) != 1:
        return Decision(rule, kind=BankKind.AMBIGUOUS if exact else BankKind.UNKNOWN_PARTY)
    return Decision(rule, exact[0])
