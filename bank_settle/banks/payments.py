"""Payments out: proposed and approved by two people, put into at most one live file, followed until the bank has booked them."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.exc import IntegrityError

from bank_settle import tables
from bank_settle.banks import batch, pain001
from bank_settle.banks.answers import ACCEPTED, REJECTED, Answer, read_batch_return, read_pain002
from bank_settle.banks.pain001 import Order, Payer, Payment
from bank_settle.configuration import Bank
from bank_settle.parts import Asker, Parts
from recharge import Booking, DecideCase, Refusal, RefusalCode

DRAFT, APPROVED, SENT, RETURNING = "draft", "approved", "sent", "returning"
_PAYABLE = re.compile(r"(deposit|commission):\S{1,30}")
_BANK_CODE = re.compile(r"[0-9]{12}")
_ACCOUNT = re.compile(r"[A-Za-z0-9-]{5,34}")


class BadPayment(Exception):
    """What was typed cannot be paid; the message names the field."""


@dataclass(frozen=True, slots=True)
class Payee:
    """Whom we pay: name, account number, 12-digit CNAPS code of his bank."""

    name: str
    account: str
    bank_code: str


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """A file as it was made."""

    message_id: str
    sha256: str
    count: int
    total_minor: int


class Payments:
    """The payments of one account."""

    def __init__(self, parts: Parts, bank: Bank) -> None:
        self._parts, self._bank, self.form = parts, bank, bank.payment_format

    def propose(self, debited: str, amount_minor: int, payee: Payee, purpose: str, reference: str, asker: Asker) -> str:
        """The maker's half: money of `debited` (deposit:PARTY or commission:PARTY) is to leave; the item's id.

        The same reference is one item. Raises BadPayment, or the engine's Refusal.
        """
        _check(debited, amount_minor, payee, purpose)
        number = _item_id(self._bank.account, reference)
        operation = Booking(debited, self._bank.in_the_books, amount_minor, purpose or number, f"payment {number}")
        reply = asker.ask(self._parts.engine, operation, f"payment-{number}")
        row = {
            "id": number,
            "account": self._bank.account,
            "party_code": debited.partition(":")[2],
            "debited": debited,
            "amount_minor": amount_minor,
            "payee_name": payee.name,
            "payee_account": payee.account,
            "payee_bank": payee.bank_code,
            "purpose": purpose,
        }
        try:
            with self._parts.database.write() as connection:
                state = {"state": DRAFT, "maker": asker.person, "checker": "", "live_file": None, "reason": reply.case_number}
                connection.execute(tables.item.insert().values(**row, **state))
        except IntegrityError as error:
            known = self.item(number)
            if any(getattr(known, name) != value for name, value in row.items()):
                raise Refusal(RefusalCode.OTHER_BODY) from error
        return number

    def approve(self, number: str, asker: Asker) -> None:
        """The checker's half: the books pay, and the item may go into a file. Raises Refusal(SAME_PERSON, CASE_CLOSED, ...)."""
        item = self.item(number)
        if item.state != DRAFT:
            raise Refusal(RefusalCode.CASE_CLOSED)
        if item.maker == asker.person:
            raise Refusal(RefusalCode.SAME_PERSON)
        asker.ask(self._parts.engine, DecideCase(item.reason, True), f"decide-{item.reason}")
        values = {"state": APPROVED, "checker": asker.person, "reason": ""}
        self._parts.database.retrying(lambda connection: _move(connection, [number], DRAFT, values))

    def propose_back(self, number: str, asker: Asker) -> None:
        """A rejected payment never left: the money is to go back to whom it was taken from. The maker's half."""
        item = self.item(number)
        if item.state != REJECTED:
            raise Refusal(RefusalCode.CASE_CLOSED)
        operation = Booking(self._bank.in_the_books, item.debited, item.amount_minor, item.reason or number, f"payment {number} back")
        reply = asker.ask(self._parts.engine, operation, f"payment-back-{number}")
        values = {"state": RETURNING, "maker": asker.person, "reason": reply.case_number}
        self._parts.database.retrying(lambda connection: _move(connection, [number], REJECTED, values))

    def approve_back(self, number: str, asker: Asker) -> None:
        """The checker's half. Raises Refusal(SAME_PERSON, CASE_CLOSED)."""
        item = self.item(number)
        if item.state != RETURNING or item.maker == asker.person:
            raise Refusal(RefusalCode.SAME_PERSON if item.state == RETURNING else RefusalCode.CASE_CLOSED)
        asker.ask(self._parts.engine, DecideCase(item.reason, True), f"decide-{item.reason}")
        self._parts.database.retrying(lambda connection: _move(connection, [number], RETURNING, {"state": "returned", "reason": ""}))

    def item(self, number: str) -> Row[Any]:
        """An item. Raises LookupError."""
        with self._parts.database.read() as connection:
            row = connection.execute(select(tables.item).where(tables.item.c.id == number)).one_or_none()
        if row is None:
            raise LookupError(f"no payment {number}")
        return row

    def items(self, *states: str) -> list[Row[Any]]:
        """The account's items in these states (all where none is named), by id."""
        wanted = tables.item.c.account == self._bank.account
        if states:
            wanted &= tables.item.c.state.in_(states)
        with self._parts.database.read() as connection:
            return list(connection.execute(select(tables.item).where(wanted).order_by(tables.item.c.id)))

    def make_file(self, day: date) -> PaymentFile | None:
        """All approved items into one file; None where there is none. An item is claimed for the file before its bytes are made."""
        claimed = self._parts.database.retrying(lambda connection: self._claim(connection, day))
        return None if claimed is None else self._finish(claimed)

    def regenerate(self, message_id: str) -> bytes:
        """The file's bytes once more, made anew where all its items are still in it. Raises LookupError."""
        row = self._file(message_id)
        if not row.sha256:
            self._finish(message_id)
            row = self._file(message_id)
        return self._parts.archive.path(row.sha256).read_bytes()

    def take_answer(self, path: Path) -> Answer:
        """What the bank says of a file: accepted items stay in it, rejected ones are free for another one. The same answer again changes
        nothing. Raises BadFile, LookupError."""
        answer = read_pain002(path) if path.read_bytes()[:64].lstrip().startswith(b"<") else read_batch_return(path)
        row = self._file(answer.message_id)
        self._parts.archive.keep(path)
        self._parts.database.retrying(lambda connection: self._apply(connection, row, answer))
        return answer

    def _claim(self, connection: Connection, day: date) -> str | None:
        table = tables.item
        free = (table.c.account == self._bank.account) & (table.c.state == APPROVED) & table.c.live_file.is_(None)
        numbers = list(connection.scalars(select(table.c.id).where(free).order_by(table.c.id)))
        if not numbers:
            return None
        files = tables.payment_file
        same = (files.c.account == self._bank.account) & (files.c.day == day)
        sequence = 1 + (connection.scalar(select(files.c.sequence).where(same).order_by(files.c.sequence.desc()).limit(1)) or 0)
        message_id = f"KC{self._bank.account[:16]}-{day:%Y%m%d}-{sequence:03d}"
        row = {
            "message_id": message_id,
            "account": self._bank.account,
            "day": day,
            "sequence": sequence,
            "format": self._bank.payment_format,
        }
        made = self._parts.clock.now().astimezone(UTC).replace(tzinfo=None, microsecond=0)
        connection.execute(files.insert().values(**row, sha256="", state=SENT, made_at=made))
        _move(connection, numbers, APPROVED, {"state": SENT, "live_file": message_id})
        return message_id

    def _finish(self, message_id: str) -> PaymentFile:
        """Make the bytes of a claimed file; after a kill the next call does it, with the same result."""
        order, row = self._order(message_id)
        content = batch.render(order) if row.format == "batch" else pain001.render(order, row.format)
        sha256 = self._parts.archive.keep_bytes(content)
        mine = tables.payment_file.c.message_id == message_id
        self._parts.database.retrying(lambda connection: connection.execute(tables.payment_file.update().where(mine).values(sha256=sha256)))
        return PaymentFile(message_id, sha256, len(order.payments), order.total_minor)

    def _order(self, message_id: str) -> tuple[Order, Row[Any]]:
        row = self._file(message_id)
        with self._parts.database.read() as connection:
            items = connection.execute(select(tables.item).where(tables.item.c.live_file == message_id).order_by(tables.item.c.id)).all()
        made = row.made_at.replace(tzinfo=UTC).astimezone(self._parts.books.calendar.zone)
        payer = Payer(self._bank.name, self._bank.number, self._bank.bank_code)
        order = Order(
            message_id, made, row.day, self._parts.configuration.currency, payer, list(map(_payment, items)), self._parts.minor_digits
        )
        return order, row

    def _file(self, message_id: str) -> Row[Any]:
        with self._parts.database.read() as connection:
            wanted = (tables.payment_file.c.message_id == message_id) & (tables.payment_file.c.account == self._bank.account)
            row = connection.execute(select(tables.payment_file).where(wanted)).one_or_none()
        if row is None:
            raise LookupError(f"no payment file {message_id[:40]}")
        return row

    def _apply(self, connection: Connection, row: Row[Any], answer: Answer) -> None:
        table = tables.item
        inside = set(connection.scalars(select(table.c.id).where(table.c.live_file == row.message_id)))
        told = {verdict.item: verdict for verdict in answer.verdicts if verdict.item in inside}
        for number in sorted(inside):
            verdict = told.get(number)
            state = verdict.state if verdict else answer.group
            reason = verdict.reason if verdict else answer.reason
            if state == ACCEPTED:
                _move_any(connection, number, (SENT,), {"state": ACCEPTED, "reason": reason})
            elif state == REJECTED:
                # The books have paid; whether they take it back or it is paid anew is for two people.
                _move_any(connection, number, (SENT, ACCEPTED), {"state": REJECTED, "live_file": None, "reason": reason})
        rejected = {verdict.state for verdict in told.values()} | ({answer.group} if answer.group else set())
        state = "partly" if len(rejected) > 1 else next(iter(rejected), SENT)
        mine = tables.payment_file.c.message_id == row.message_id
        connection.execute(tables.payment_file.update().where(mine).values(state=state))


def _check(debited: str, amount_minor: int, payee: Payee, purpose: str) -> None:
    wrong = (
        (not _PAYABLE.fullmatch(debited), "debited"),
        (amount_minor <= 0, "amount"),
        (not 0 < len(payee.name.strip()) <= 70 or any(ord(char) < 32 for char in payee.name), "name"),
        (not _ACCOUNT.fullmatch(payee.account), "account"),
        (not _BANK_CODE.fullmatch(payee.bank_code), "bank_code"),
        (len(purpose) > 70 or any(ord(char) < 32 for char in purpose), "purpose"),
    )
    for is_wrong, field in wrong:
        if is_wrong:
            raise BadPayment(field)


def _item_id(account: str, reference: str) -> str:
    """Also the EndToEndId: letters and digits only, the same for the same reference."""
    return "P" + hashlib.sha256(f"{account}|{reference}".encode()).hexdigest()[:19].upper()


def _move(connection: Connection, numbers: list[str], before: str, values: dict[str, Any]) -> None:
    """Change items that are all in the same state. Raises Refusal(CASE_CLOSED) where one is not any more: then none is changed."""
    table = tables.item
    count = 0
    for start in range(0, len(numbers), 500):
        mine = table.c.id.in_(numbers[start : start + 500]) & (table.c.state == before)
        count += connection.execute(table.update().where(mine).values(**values)).rowcount
    if count != len(numbers):
        raise Refusal(RefusalCode.CASE_CLOSED)


def _move_any(connection: Connection, number: str, before: Iterable[str], values: dict[str, Any]) -> None:
    mine = (tables.item.c.id == number) & tables.item.c.state.in_(list(before))
    connection.execute(tables.item.update().where(mine).values(**values))


def _payment(row: Row[Any]) -> Payment:
    return Payment(row.id, row.amount_minor, row.payee_name, row.payee_account, row.payee_bank, row.purpose)
