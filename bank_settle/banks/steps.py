"""The steps of a bank account's day: the statement in, every line decided on, deposits credited once, the rest into suspense."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, select

from bank_settle import cases, files_in, tables
from bank_settle.banks import lines, tickets
from bank_settle.banks.kinds import SUSPENSE, BankKind
from bank_settle.banks.matching import Decision, Item, Known, Line, decide
from bank_settle.cases import Found
from bank_settle.configuration import Bank
from bank_settle.days import Day
from bank_settle.files.errors import BadFile
from bank_settle.files_in import FileIn
from bank_settle.parts import Parts
from bank_settle.statements.model import BankStatement, Wanted, breaks_between
from bank_settle.statements.reading import read_statement
from bank_settle.waiting import NotYet, Why
from recharge import Deposit, RefusalCode

Facts = Mapping[str, Any]
Also = Callable[[Connection], None]
_AT_ONCE = 200
_NO_MONEY = frozenset({BankKind.OPENING, BankKind.GAP, BankKind.SHORT})


class BankSteps:
    """What is done for one account."""

    def __init__(self, parts: Parts, bank: Bank, tick: Callable[[int], None] = lambda _: None) -> None:
        self._parts, self._bank, self._tick = parts, bank, tick

    def statement(self, day: Day) -> tuple[Facts, Also]:
        """The day's statement, checked whole; its lines kept once. Raises NotYet."""
        path = Path(self._bank.inbox.format(day=day.day))
        if not path.is_file():
            raise NotYet(Why.NO_FILE, name=path.name)
        wanted = Wanted(self._bank.number, self._parts.configuration.currency, day.day, self._parts.minor_digits)
        try:
            statement = read_statement(path, self._bank.form, wanted)
        except BadFile as error:
            raise NotYet(Why.BAD_FILE, name=path.name, reason=error) from error
        sha256 = self._parts.archive.keep(path)
        item = FileIn(day.scope, day.day, 0, sha256, self._bank.form, path.name, path.stat().st_size, {"count": len(statement.lines)})
        now = self._parts.clock.now()
        found = [self._about_statement(day, name) for name in self._breaks(day.day, statement)]

        def also(connection: Connection) -> None:
            files_in.register(connection, item, now)
            gone = lines.drop_missing(connection, self._bank.account, day.day, statement.lines)
            lines.keep(connection, self._bank.account, statement.lines)
            self._withdraw(connection, day)
            withdrawn = [self._about(day, row, BankKind.LINE_WITHDRAWN, -row.amount_minor, _credited_to(row)) for row in gone]
            cases.put_kinds(connection, day.scope, day.day, [*found, *withdrawn], _OF_STATEMENT)

        return {"sha256": sha256, **_told(statement)}, also

    def _withdraw(self, connection: Connection, day: Day) -> None:
        """What was held in suspense and is no line of the bank's any more is nobody's to credit."""
        here = {str(row.id) for row in lines.of_day(connection, self._bank.account, day.day)}
        for case in cases.of_day(connection, day.day, day.scope):
            if case.kind in SUSPENSE and case.reference not in here:
                cases.resolve(connection, case.id, "withdrawn", day.day)

    def matched(self, day: Day) -> Facts:
        """Decide on every line that waits. A kill in between is no matter: each deposit's evidence counts once for ever."""
        with self._parts.database.read() as connection:
            waiting = lines.waiting(connection, self._bank.account, day.day)
        known = self._known()
        for start in range(0, len(waiting), _AT_ONCE):
            self._tick(start)
            known = self._settle(day, waiting[start : start + _AT_ONCE], known)
        with self._parts.database.read() as connection:
            here = lines.of_day(connection, self._bank.account, day.day)
        return _sums(here)

    def _settle(self, day: Day, rows: list[Row[Any]], known: Known) -> Known:
        """Decide on some lines and carry it out: their deposits in one transaction of the engine's, then what became of them in ours."""
        decided: list[tuple[Row[Any], Decision]] = []
        for row in rows:
            decision = decide(_line(row), known, self._booked_at(row.day))
            decided.append((row, decision))
            known = _known_after(known, row, decision)
        deposits = [(row, decision.party) for row, decision in decided if decision.party and decision.kind in {None, BankKind.SHORT}]
        orders = self._credit(deposits)
        done = [(row, decision if row.id not in orders or orders[row.id] else _refused(decision)) for row, decision in decided]

        def work(connection: Connection) -> None:
            for row, decision in done:
                self._write(connection, day, row, decision, orders.get(row.id, ""))

        self._parts.database.retrying(work)
        return known

    def _credit(self, deposits: list[tuple[Row[Any], str]]) -> dict[int, str]:
        """The order number of each line's deposit; "" where the engine refused it. The evidence makes each count once for ever."""
        asked = [
            self._parts.settlement(
                Deposit(party, row.amount_minor, f"bank {self._bank.account} {row.id}", self._bank.ledger), f"deposit-{row.id}"
            )
            for row, party in deposits
        ]
        found: dict[int, str] = {}
        for (row, _), reply in zip(deposits, self._parts.engine.take_many(asked), strict=True):
            if reply.refusal is not None and reply.refusal.code is RefusalCode.BUSY:
                raise reply.refusal
            used = reply.refusal is not None and reply.refusal.code is RefusalCode.EVIDENCE_USED
            number = str(reply.refusal.facts["order_number"]) if used and reply.refusal is not None else ""
            found[row.id] = reply.order.order_number if reply.order is not None else number
        return found

    def _write(self, connection: Connection, day: Day, row: Row[Any], decision: Decision, order: str) -> None:
        kind = decision.kind
        state = lines.MATCHED
        if kind in SUSPENSE:
            state = lines.SUSPENSE
        elif kind is not None and kind is not BankKind.SHORT:
            state = lines.EXPLAINED
        lines.mark(connection, row.id, state, decision.rule, decision.party or decision.item, order)
        if decision.rule == "amount":
            tickets.close_ticket(connection, self._bank.account, row.amount_minor)
        if decision.item:
            _mark_item(connection, decision)
        if kind is not None:
            effect = 0 if kind in _NO_MONEY else row.amount_minor
            cases.add(connection, self._about(day, row, kind, effect, decision.party))

    def _known(self) -> Known:
        with self._parts.database.read() as connection:
            by_amount = tickets.tickets_of(connection, self._bank.account)
            confirmed = select(tables.payer).where(tables.payer.c.checker != "")
            payers = {row.payer_account: row.party_code for row in connection.execute(confirmed)}
            live = select(tables.item).where(tables.item.c.account == self._bank.account, tables.item.c.state.in_(_KNOWN_TO_BANK))
            items = {row.id: Item(row.id, row.amount_minor, row.state) for row in connection.execute(live)}
            done = select(tables.line.c.bank_reference, tables.line.c.matched).where(
                tables.line.c.account == self._bank.account, tables.line.c.state == lines.MATCHED, tables.line.c.amount_minor > 0
            )
            credited = {row.bank_reference: row.matched for row in connection.execute(done) if row.bank_reference}
        wanted: dict[str, int] = {}
        for ticket in (ticket for each in by_amount.values() for ticket in each if ticket.is_open):
            wanted[ticket.party_code] = max(wanted.get(ticket.party_code, 0), ticket.amount_minor)
        parties = frozenset(item.code for item in self._parts.books.parties() if item.kind != "platform")
        return Known(parties, _virtual(self._bank), payers, by_amount, wanted, items, credited, self._bank.fees)

    def _booked_at(self, day: date) -> datetime:
        """A statement tells the day only: money of a day is in time for a ticket that was open at any moment of it."""
        return datetime.combine(day, time(0), self._parts.books.calendar.zone)

    def _breaks(self, day: date, statement: BankStatement) -> list[str]:
        before = self._parts.days.before(self._bank.scope, day)
        told = {} if before is None else before.facts.get("statement", {})
        if before is None or not told:
            return []
        former = BankStatement(self._bank.number, "", (), told["opening_minor"], told["closing_minor"], told["number"])
        found = breaks_between(former, statement)
        if "bank_gap" not in found and statement.number is None and before.day < day - timedelta(days=1) and "bank_opening" in found:
            found.append("bank_gap")
        return found

    def _about_statement(self, day: Day, name: str) -> Found:
        return Found(day.scope, day.day, name, f"{day.day:%Y%m%d}", 0)

    def _about(self, day: Day, row: Row[Any], kind: BankKind, effect: int, party: str = "") -> Found:
        names = ("text", "payer_account", "payer_name", "our_reference", "bank_reference", "amount_minor")
        facts = {name: getattr(row, name) for name in names} | {"line": row.id, "booked_on": str(row.day)}
        return Found(day.scope, row.day, kind.value, str(row.id), effect, None, row.amount_minor, None, party, facts=facts)


_OF_STATEMENT = (BankKind.OPENING.value, BankKind.GAP.value, BankKind.LINE_WITHDRAWN.value)
_KNOWN_TO_BANK = ("sent", "accepted", "booked")


def _told(statement: BankStatement) -> dict[str, Any]:
    return {
        "count": len(statement.lines),
        "opening_minor": statement.opening_minor,
        "closing_minor": statement.closing_minor,
        "moved_minor": statement.moved_minor,
        "number": statement.number,
        "pending": statement.pending,
    }


def _sums(rows: list[Row[Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {"lines": len(rows)}
    for state in (lines.MATCHED, lines.SUSPENSE, lines.EXPLAINED):
        own = [row.amount_minor for row in rows if row.state == state]
        found |= {state: len(own), f"{state}_minor": sum(own)}
    return found


def _line(row: Row[Any]) -> Line:
    return Line(
        row.id,
        row.amount_minor,
        row.text,
        row.payer_account,
        row.virtual_account,
        row.our_reference,
        row.bank_reference,
        row.rule == "reversal",
    )


def _credited_to(row: Row[Any]) -> str:
    """The party whose deposit a line became; "" where it was none."""
    return str(row.matched) if row.state == lines.MATCHED and row.amount_minor > 0 else ""


def _mark_item(connection: Connection, decision: Decision) -> None:
    """What a bank line says of a payment: booked, or returned. Anything odd is left to people."""
    table = tables.item
    mine = table.c.id == decision.item
    if decision.kind is None:
        connection.execute(table.update().where(mine, table.c.state.in_(("sent", "accepted"))).values(state="booked"))
    elif decision.kind is BankKind.PAYMENT_RETURNED:
        returned = {"state": "returned", "live_file": None}
        connection.execute(table.update().where(mine, table.c.state.in_(_KNOWN_TO_BANK)).values(**returned))


def _virtual(bank: Bank) -> dict[str, str]:
    if bank.virtual_accounts is None:
        return {}
    with bank.virtual_accounts.open(encoding="utf-8-sig", newline="") as file:
        return {row[0].strip(): row[1].strip() for row in csv.reader(file) if len(row) >= 2 and row[0].strip().isdigit()}


def _refused(decision: Decision) -> Decision:
    return Decision(decision.rule, kind=BankKind.REFUSED)


def _known_after(known: Known, row: Row[Any], decision: Decision) -> Known:
    """What the next lines must know: a ticket is used up, a payment has been booked."""
    if decision.rule == "amount":
        known = replace(known, tickets={amount: each for amount, each in known.tickets.items() if amount != row.amount_minor})
    if decision.item and decision.kind is None:
        paid = known.items[decision.item]
        known = replace(known, items={**known.items, paid.id: replace(paid, state="booked")})
    return known
