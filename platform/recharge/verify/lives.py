"""Reads orders with everything that belongs to them, a chunk at a time, so that one pass answers every question about single orders."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from recharge.books.statements import AnyRow
from recharge.verify.reader import Books, day_text, moment_text

Legs = dict[int, int]
"""account id -> minor units"""

OUTWARD = frozenset({"recharge", "bill_payment"})
OPEN = frozenset({"held", "sending", "unknown"})
SETTLED = frozenset({"succeeded", "reversing", "reversed"})
ENDED = frozenset({"succeeded", "failed", "reversed"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try on one link."""

    id: int
    action: str
    state: str
    link_id: int
    number: str
    face_minor: int


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing that was said of an attempt."""

    attempt_id: int
    source: str
    state: str


@dataclass(slots=True)
class Life:
    """An order and all that speaks of it. `due_at`, `held_at` and `ended_at` in the form of reader.moment_text."""

    id: int
    kind: str
    state: str
    party_id: int
    endpoint_id: int
    number: str
    face_minor: int
    price_minor: int
    split: str
    business_date: str
    held_at: str
    due_at: str | None
    ended_at: str | None
    attempt_id: int | None
    attempt_count: int
    link_id: int | None
    delivered_minor: int | None
    cost_minor: int | None
    related_id: int | None
    entries: dict[int, str] = field(default_factory=dict)
    legs: dict[int, Legs] = field(default_factory=lambda: defaultdict(dict))
    attempts: list[Attempt] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    events: set[str] = field(default_factory=set)
    messages: dict[str, str] = field(default_factory=dict)

    @property
    def outward(self) -> bool:
        """Whether it leaves the house."""
        return self.kind in OUTWARD

    def submits(self) -> list[Attempt]:
        """The attempts at delivering it."""
        return [attempt for attempt in self.attempts if attempt.action == "submit"]

    def said(self, attempt: Attempt) -> list[Answer]:
        """What was answered about one of its attempts."""
        return [answer for answer in self.answers if answer.attempt_id == attempt.id]


_ORDERS = """
SELECT id, kind, state, party_id, endpoint_id, number, face_minor, price_minor, split, business_date, held_at, due_at, ended_at,
 attempt_id, attempts, link_id, delivered_minor, cost_minor, related_id FROM orders WHERE id > ? ORDER BY id LIMIT ?
"""


def lives(books: Books) -> Iterator[Life]:
    """Every order, in the order of ids."""
    for rows in books.chunks(_ORDERS):
        found = {row[0]: _life(row) for row in rows}
        _fill(books, found, (rows[0][0], rows[-1][0]))
        yield from found.values()


def _life(row: AnyRow) -> Life:
    values = list(row)
    values[9] = day_text(values[9])
    values[10:13] = [moment_text(value) for value in values[10:13]]
    return Life(*values)


def _fill(books: Books, found: Mapping[int, Life], span: tuple[int, int]) -> None:
    for life, row in _belonging(books, found, "step, kind FROM entry", span):
        life.entries[row[1]] = row[2]
    for life, row in _belonging(books, found, "step, account_id, amount_minor FROM posting", span):
        life.legs[row[1]][row[2]] = row[3]
    for life, row in _belonging(books, found, "id, action, state, link_id, number, face_minor FROM attempt", span):
        life.attempts.append(Attempt(*row[1:]))
    for life, row in _belonging(books, found, "attempt_id, source, state FROM answer", span):
        life.answers.append(Answer(*row[1:]))
    for life, row in _belonging(books, found, "kind FROM order_event", span):
        life.events.add(row[1])
    for life, row in _belonging(books, found, "kind, state, recipient FROM outbox", span):
        if row[3] == "agent":
            life.messages[row[1]] = row[2]


def _belonging(books: Books, found: Mapping[int, Life], columns: str, span: tuple[int, int]) -> Iterator[tuple[Life, Sequence[Any]]]:
    for row in books.rows(f"SELECT order_id, {columns} WHERE order_id BETWEEN ? AND ?", *span):  # our own columns
        life = found.get(row[0])
        if life is not None:
            yield life, row
