"""What two people do about cases and money in suspense: one proposes, another decides; the engine posts once for ever."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from bank_settle import cases, tables
from bank_settle.banks import lines
from bank_settle.banks.kinds import SUSPENSE, BankKind
from bank_settle.cases import Case
from bank_settle.parts import Asker, Parts
from recharge import Booking, DecideCase, Deposit, Operation, ProposeAdjudication, Refusal, RefusalCode, stored

PROPOSED, APPROVED, REJECTED = "proposed", "approved", "rejected"
_CREDITABLE = frozenset({*SUSPENSE, BankKind.PAYMENT_RETURNED})
# Money that left the bank on an agent's account: its deposit was credited with it, or it is to bear it.
_CHARGEABLE = frozenset({BankKind.REVERSED, BankKind.LINE_WITHDRAWN, BankKind.PAYMENT_UNKNOWN, BankKind.PAYMENT_TWICE, BankKind.FEE})


class Action(StrEnum):
    """What can be done about a case. The value is part of the posting's evidence: never rename one. People are offered
    them in this order."""

    CREDIT_PARTY = "credit_party"
    REFUND_AGENT = "refund_agent"
    CHARGE_AGENT = "charge_agent"
    CORRECT_STOCK = "correct_stock"
    CORRECT_BANK = "correct_bank"
    ADJUDICATE_SUCCESS = "adjudicate_success"
    ADJUDICATE_FAILED = "adjudicate_failed"
    EXPLAIN = "explain"


# Each books the same money of the bank's: only one of them for one line.
_SAME_MONEY = frozenset({Action.CREDIT_PARTY, Action.CHARGE_AGENT, Action.CORRECT_BANK})


class NotPossible(Exception):
    """This action says nothing about this case."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """An action on a case and how it stands."""

    case_id: int
    action: Action
    engine_case: str
    state: str
    maker: str
    checker: str
    note: str


def possible(case: Case) -> list[Action]:
    """What can be done about a case, as far as the case itself says.

    To explain moves no money: at a bank it ends only what has none in it. A bank's line that the books do not have must be booked, or the
    bank's balance and ours never agree again, and money in suspense would stay nobody's without anybody looking for whose it is.
    """
    at_a_bank, price = _at_a_bank(case), _price_of(case)
    suits = {
        Action.REFUND_AGENT: not at_a_bank and price > 0,
        Action.CHARGE_AGENT: case.kind in _CHARGEABLE and case.effect_minor < 0 if at_a_bank else price > 0,
        Action.CORRECT_STOCK: case.scope.startswith("carrier:") and case.effect_minor != 0,
        Action.CORRECT_BANK: at_a_bank and case.effect_minor != 0,
        Action.ADJUDICATE_SUCCESS: case.order_id is not None,
        Action.ADJUDICATE_FAILED: case.order_id is not None,
        Action.CREDIT_PARTY: case.kind in _CREDITABLE and case.effect_minor > 0,
        Action.EXPLAIN: not at_a_bank or case.effect_minor == 0,
    }
    return [action for action in Action if suits[action]]


def _at_a_bank(case: Case) -> bool:
    return case.scope.startswith("bank:")


def _price_of(case: Case) -> int:
    """What the agent paid for the order that the case is about; 0 where there is none."""
    return int((case.facts.get("ours") or {}).get("price_minor") or 0)


def _instead_of(action: Action, case: Case) -> frozenset[Action]:
    return _SAME_MONEY if _at_a_bank(case) and action in _SAME_MONEY else frozenset({action})


class People:
    """The desk where cases are decided."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def propose(self, case_number: int, action: Action, asker: Asker, note: str, party_code: str = "") -> Proposed:
        """The maker's half. Raises NotPossible, LookupError, or the engine's Refusal; the same action twice is Refusal(CASE_CLOSED)."""
        with self._parts.database.read() as connection:
            case = cases.one(connection, case_number)
        if case.state == cases.RESOLVED or not note.strip() or action not in possible(case):
            raise NotPossible(action.value)
        if any(item.action in _instead_of(action, case) and item.state != REJECTED for item in self.of(case_number)):
            raise Refusal(RefusalCode.CASE_CLOSED)
        operation = self._operation(case, action, note.strip(), party_code)
        engine_case = "" if operation is None else self._ask(asker, operation, f"settle-{case.id}-{action.value}")
        row = {"case_id": case.id, "action": action.value, "engine_case": engine_case, "state": PROPOSED, "maker": asker.person}
        now = stored(self._parts.clock.now())
        try:
            with self._parts.database.write() as connection:
                _forget_rejected(connection, case.id, action)
                connection.execute(tables.action.insert().values(**row, checker="", note=_note(note, party_code), made_at=now))
                cases.change(connection, case.id, owner=asker.person)
        except IntegrityError as error:
            raise Refusal(RefusalCode.CASE_CLOSED) from error
        return self.of(case.id)[-1]

    def decide(self, case_number: int, action: Action, asker: Asker, today: date, *, approve: bool) -> Proposed:
        """The checker's half, by somebody else. Raises LookupError or Refusal(SAME_PERSON, CASE_CLOSED or what the posting meets)."""
        found = next((item for item in self.of(case_number) if item.action is action), None)
        if found is None:
            raise LookupError(f"nothing proposed for case {case_number}")
        if found.state != PROPOSED:
            raise Refusal(RefusalCode.CASE_CLOSED)
        if found.maker == asker.person:
            raise Refusal(RefusalCode.SAME_PERSON)
        if approve:
            self._check_still_possible(case_number, action)
        order = ""
        if found.engine_case:
            order = self._decide(asker, found, approve=approve)
        self._parts.database.retrying(lambda connection: self._decided(connection, found, asker, today, order, approve=approve))
        return next(item for item in self.of(case_number) if item.action is action)

    def _check_still_possible(self, case_number: int, action: Action) -> None:
        with self._parts.database.read() as connection:
            case = cases.one(connection, case_number)
        if case.state == cases.RESOLVED:
            # The other day's half turned up, or a corrected statement took the line out: there is nothing left to pay for.
            raise Refusal(RefusalCode.CASE_CLOSED)
        if action not in possible(case):
            raise NotPossible(action.value)

    def of(self, case_number: int) -> list[Proposed]:
        """What was proposed for a case, oldest first."""
        query = select(tables.action).where(tables.action.c.case_id == case_number).order_by(tables.action.c.made_at)
        with self._parts.database.read() as connection:
            return [_proposed(row) for row in connection.execute(query)]

    def waiting(self) -> list[Proposed]:
        """What waits for a second person."""
        query = select(tables.action).where(tables.action.c.state == PROPOSED).order_by(tables.action.c.made_at)
        with self._parts.database.read() as connection:
            return [_proposed(row) for row in connection.execute(query)]

    def _operation(self, case: Case, action: Action, note: str, party_code: str) -> Operation | None:
        evidence = f"case {case.id} {action.value}"
        party, amount = party_code or case.party_code, abs(case.effect_minor)
        price = _price_of(case)
        link, bank = case.scope.partition(":")[2], self._bank_of(case)
        if action is Action.EXPLAIN:
            return None
        if action is Action.CREDIT_PARTY:
            return self._credit(case, party)
        if action in {Action.ADJUDICATE_SUCCESS, Action.ADJUDICATE_FAILED}:
            serial = next((str(line.get("serial_number", "")) for line in case.facts.get("theirs", ())), "")
            return ProposeAdjudication(str(case.order_id), action is Action.ADJUDICATE_SUCCESS, note, serial)
        pairs: Mapping[Action, tuple[str, str, int]] = {
            Action.REFUND_AGENT: ("adjustment", f"deposit:{party}", price),
            Action.CHARGE_AGENT: (f"deposit:{party}", *((bank, amount) if _at_a_bank(case) else ("adjustment", price))),
            Action.CORRECT_STOCK: (*_by_sign(case.effect_minor, f"stock:{link}", "adjustment"), amount),
            Action.CORRECT_BANK: (*_by_sign(case.effect_minor, bank, "adjustment"), amount),
        }
        debited, credited, value = pairs[action]
        if action in {Action.REFUND_AGENT, Action.CHARGE_AGENT} and not party:
            raise NotPossible(action.value)
        return Booking(debited, credited, value, note[:200], evidence)

    def _credit(self, case: Case, party: str) -> Operation:
        """Money in suspense, credited under the evidence of its own bank line: it can never be credited a second time."""
        if not party:
            raise NotPossible(Action.CREDIT_PARTY.value)
        ledger = self._parts.configuration.bank(case.scope).ledger
        return Deposit(party, case.effect_minor, f"bank {case.scope.partition(':')[2]} {case.reference}", ledger)

    def _bank_of(self, case: Case) -> str:
        """The books' account of the bank that a case is about."""
        return self._parts.configuration.bank(case.scope).in_the_books if _at_a_bank(case) else ""

    def _ask(self, asker: Asker, operation: Operation, reference: str) -> str:
        reply = asker.ask(self._parts.engine, operation, f"{reference}-{secrets.token_hex(6)}")
        return reply.case_number

    def _decide(self, asker: Asker, found: Proposed, *, approve: bool) -> str:
        reference = f"decide-{found.engine_case}-{'approve' if approve else 'reject'}"
        reply = asker.ask(self._parts.engine, DecideCase(found.engine_case, approve), reference)
        return reply.order.order_number if reply.order is not None else ""

    def _decided(self, connection: Connection, found: Proposed, asker: Asker, today: date, order: str, *, approve: bool) -> None:
        mine = (tables.action.c.case_id == found.case_id) & (tables.action.c.action == found.action.value)
        state = APPROVED if approve else REJECTED
        connection.execute(tables.action.update().where(mine).values(state=state, checker=asker.person))
        if not approve:
            return
        case = cases.one(connection, found.case_id)
        if found.action is Action.CREDIT_PARTY:
            party = found.note.partition(" ")[0].strip("[]")
            lines.mark(connection, int(case.reference), lines.MATCHED, "people", party, order)
            _learn(connection, case, party, found.maker, asker.person)
        elif found.action is Action.CORRECT_BANK and case.kind in SUSPENSE:
            lines.mark(connection, int(case.reference), lines.EXPLAINED, "people")
        others = select(tables.action.c.action).where(tables.action.c.case_id == found.case_id, tables.action.c.state == PROPOSED)
        if not connection.execute(others).all():
            cases.resolve(connection, found.case_id, found.action.value, today)


def _learn(connection: Connection, case: Case, party: str, maker: str, checker: str) -> None:
    """Two people said whose account that is: from now on it is known. An account that two agents pay from is nobody's."""
    account = str(case.facts.get("payer_account", ""))
    if not account:
        return
    mine = tables.payer.c.payer_account == account
    known = connection.execute(select(tables.payer).where(mine)).one_or_none()
    if known is None:
        connection.execute(tables.payer.insert().values(payer_account=account, party_code=party, maker=maker, checker=checker))
    elif known.party_code != party:
        connection.execute(tables.payer.update().where(mine).values(checker=""))


def _forget_rejected(connection: Connection, case_number: int, action: Action) -> None:
    mine = (tables.action.c.case_id == case_number) & (tables.action.c.action == action.value)
    connection.execute(tables.action.delete().where(mine, tables.action.c.state == REJECTED))


def _by_sign(effect: int, ours: str, against: str) -> tuple[str, str]:
    """A long difference leaves us with more than the books say: our asset grows, which is a debit."""
    return (ours, against) if effect > 0 else (against, ours)


def _note(note: str, party_code: str) -> str:
    return (f"[{party_code}] {note.strip()}" if party_code else note.strip())[:200]


def _proposed(row: Any) -> Proposed:
    return Proposed(row.case_id, Action(row.action), row.engine_case, row.state, row.maker, row.checker, row.note)
