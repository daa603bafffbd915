"""Rows as the committed-together statements carry them: plain tuples in the tables' column order, values as both databases store them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from recharge.books.tables.metadata import moment_of
from recharge.domain.limits import Counters


class OrderRow(NamedTuple):
    """One order. Times are stored text (tables/metadata.py `stamp`) or what the driver read; see `moment_of`."""

    id: int
    kind: str
    state: str
    party_id: int
    endpoint_id: int
    channel: str
    language: str
    number: str
    carrier_id: int | None
    province: str
    product_id: int | None
    face_minor: int
    price_minor: int
    split: str
    repeat_mark: int
    business_date: str | date
    held_at: str | datetime
    due_at: str | datetime | None = None
    lease: str = ""
    attempt_id: int | None = None
    attempts: int = 0
    link_id: int | None = None
    delivered_minor: int | None = None
    cost_minor: int | None = None
    serial_number: str = ""
    failure: str = ""
    related_id: int | None = None
    ended_at: str | datetime | None = None


class AttemptRow(NamedTuple):
    """One try on one link."""

    id: int
    order_id: int
    action: str
    ordinal: int
    link_id: int
    state: str
    number: str
    face_minor: int
    cost_minor: int
    target_id: int | None
    candidates: str
    claimed_at: str | datetime
    supplier_reference: str
    serial_number: str
    charged_minor: int | None
    delivered_minor: int | None
    queries: int
    not_found: int
    ended_at: str | datetime | None


class RequestRow(NamedTuple):
    """One remembered request and the part of its answer that does not live in its order."""

    endpoint_id: int
    reference: str
    body: bytes
    received_at: str
    order_id: int | None
    code: str
    facts: str


class MessageRow(NamedTuple):
    """One message of the outbox."""

    id: int
    order_id: int
    kind: str
    recipient: str
    endpoint_id: int
    channel: str
    address: str
    language: str
    facts: str
    state: str
    tries: int
    due_at: str | None
    created_at: str
    sent_at: str | None


class AnswerRow(NamedTuple):
    """One thing a supplier, or a person, said of an attempt."""

    id: int
    attempt_id: int
    order_id: int
    at: str
    source: str
    state: str
    code: str
    text: str
    raw: str


@dataclass(slots=True)
class AccountRow:
    """A locked account with its balance and its counters, changed in memory and written back once."""

    id: int
    balance_minor: int
    floor_minor: int
    version: int
    counters: Counters
    changed: bool = False

    def can_pay(self, amount_minor: int) -> bool:
        """Whether the balance stays at or above its floor after paying."""
        return self.balance_minor - amount_minor >= self.floor_minor

    def move(self, amount_minor: int) -> None:
        """Credit (positive) or debit (negative)."""
        self.balance_minor += amount_minor
        self.changed = True


def day_of(stored: str | date | None) -> date | None:
    """The date behind a stored value, whichever driver read it."""
    return date.fromisoformat(stored) if isinstance(stored, str) else stored


def moment_or_none(stored: str | datetime | None) -> datetime | None:
    """The aware moment behind a stored value, or None."""
    return None if stored is None else moment_of(stored)


def insert_of(table: str, row: type[NamedTuple]) -> str:
    """The INSERT of a whole row type, with `?` placeholders."""
    names: tuple[str, ...] = row._fields
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' for _ in names)})"


def select_of(row: type[NamedTuple], alias: str) -> str:
    """The column list of a whole row type, prefixed with a table alias."""
    names: tuple[str, ...] = row._fields
    return ", ".join(f"{alias}.{name}" for name in names)
