"""I7: our orders against the carrier's own ledger, in both directions, chunk by chunk, with the ledger opened for reading only."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from recharge.books.statements import AnyRow
from recharge.verify.findings import Detail, Facts
from recharge.verify.findings import lazy_gettext as _
from recharge.verify.reader import CHUNK, Books

# Half of a chunk's references fit one statement of any SQLite.
_MOST_MARKS = 500
_OURS = """
SELECT a.id, o.id, o.state, a.state, a.number, a.face_minor, o.delivered_minor, o.cost_minor FROM attempt a
JOIN orders o ON o.id = a.order_id LEFT JOIN link l ON l.id = a.link_id
WHERE a.action = 'submit' AND (l.kind IS NULL OR l.kind = 'carrier_platform') AND a.id > ? ORDER BY a.id LIMIT ?
"""
"""What went to the carrier platform: other ways out have ledgers of their own."""
_CREDITS = """
SELECT o.reference, COUNT(CASE WHEN c.direction > 0 THEN 1 END), COUNT(CASE WHEN c.direction < 0 THEN 1 END),
 MAX(c.number), MAX(c.amount_minor), MAX(c.delivered_minor), MAX(c.charged_minor)
FROM orders o JOIN credit c ON c.order_id = o.id WHERE o.reference IN ({}) GROUP BY o.reference
"""
_THEIRS = """
SELECT c.id, o.reference FROM credit c JOIN orders o ON o.id = c.order_id
WHERE c.direction > 0 AND c.id > ? ORDER BY c.id LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Credit:
    """What the carrier's ledger has under one reference: credits and takings back counted, and the (largest) amounts in minor units."""

    credited: int
    taken_back: int
    number: str
    amount_minor: int
    delivered_minor: int
    charged_minor: int


_NONE = Credit(0, 0, "", 0, 0, 0)


class CarrierLedger:
    """Reads the carrier's SQLite file as it stands; never writes, never waits for its writer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = self._opened()
        self._connection.execute("BEGIN")
        # The first read fixes the moment this snapshot speaks of; it is taken before ours.
        self._connection.execute("SELECT 1 FROM credit LIMIT 1").fetchone()

    def _opened(self) -> sqlite3.Connection:
        return sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)

    def credits(self, references: Sequence[int]) -> dict[int, Credit]:
        """What the snapshot has under our references."""
        return _credits(self._connection, references)

    def credits_now(self, references: Sequence[int]) -> dict[int, Credit]:
        """What the ledger has by now: for orders that ended while this ran."""
        with closing(self._opened()) as connection:
            return _credits(connection, references)

    def credited_references(self) -> Iterator[list[str]]:
        """All references that were ever credited, a chunk at a time."""
        last = 0
        while rows := self._connection.execute(_THEIRS, (last, _MOST_MARKS)).fetchall():
            last = rows[-1][0]
            yield [row[1] for row in rows]

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()


def _credits(connection: sqlite3.Connection, references: Sequence[int]) -> dict[int, Credit]:
    found: dict[int, Credit] = {}
    for start in range(0, len(references), _MOST_MARKS):
        part = [str(reference) for reference in references[start : start + _MOST_MARKS]]
        rows = connection.execute(_CREDITS.format(",".join("?" * len(part))), part)
        found |= {int(row[0]): Credit(*row[1:]) for row in rows}
    return found


def agrees(books: Books, ledger: CarrierLedger) -> Iterator[Detail]:
    """I7 in both directions."""
    for rows in books.chunks(_OURS, CHUNK):
        yield from _ours(rows, ledger)
    for references in ledger.credited_references():
        yield from _theirs(books, references)


def _ours(rows: Sequence[AnyRow], ledger: CarrierLedger) -> Iterator[Detail]:
    known = ledger.credits([row[0] for row in rows])
    # They ended after the ledger was looked at, or the carrier truly never credited them: the ledger as it is now tells.
    missing = [row[0] for row in rows if row[3] == "succeeded" and row[0] not in known]
    known |= ledger.credits_now(missing)
    for row in rows:
        yield from _compared(row, known.get(row[0], _NONE))


def _compared(row: AnyRow, credit: Credit) -> Iterator[Detail]:
    reference, order_id, order_state, attempt_state = row[:4]
    facts: Facts = {"order": order_id, "reference": reference, "state": order_state, "count": credit.credited}
    net = credit.credited - credit.taken_back
    if credit.credited > 1:
        yield Detail(_("订单{order}的流水{reference}被运营商入账{count}次"), facts)
    if order_state in {"succeeded", "reversing"} and attempt_state == "succeeded" and not credit.credited:
        yield Detail(_("订单{order}成功，运营商没有流水{reference}的入账"), facts)
    elif order_state == "succeeded" and attempt_state == "succeeded" and net < 1:
        yield Detail(_("订单{order}成功，运营商已撤回流水{reference}"), facts)
    if order_state in {"failed", "reversed"} and net > 0:
        yield Detail(_("订单{order}为{state}，运营商却已入账流水{reference}"), facts)
    if attempt_state == "succeeded" and credit.credited:
        yield from _amounts(row, credit)
    elif attempt_state in {"failed", "not_sent"} and order_state not in {"failed", "reversed"} and net > 0:
        yield Detail(_("订单{order}的尝试{reference}记为未成功，运营商却已入账"), facts)


def _amounts(row: AnyRow, credit: Credit) -> Iterator[Detail]:
    reference, order_id, _state, _attempt, *ours = row
    theirs = [credit.number, credit.amount_minor, credit.delivered_minor, credit.charged_minor]
    if list(ours) != theirs:
        facts: Facts = {"order": order_id, "reference": reference, "ours": _shown(ours), "theirs": _shown(theirs)}
        yield Detail(_("订单{order}流水{reference}：本方{ours}，运营商{theirs}"), facts)


def _shown(values: Sequence[object]) -> str:
    return "/".join(str(value) for value in values)


def _theirs(books: Books, references: Sequence[str]) -> Iterator[Detail]:
    numbers = [int(reference) for reference in references if _may_be_ours(reference)]
    text = f"SELECT id FROM attempt WHERE action = 'submit' AND id IN ({','.join('?' * len(numbers))})"
    known = {str(row[0]) for row in books.rows(text, *numbers)} if numbers else set()
    for reference in references:
        if reference not in known:
            yield Detail(_("运营商入账了本方没有的流水{reference}"), {"reference": reference})


def _may_be_ours(reference: str) -> bool:
    """Our ids have 63 bits; a carrier may hold longer numbers, and anything else."""
    return reference.isascii() and reference.isdigit() and int(reference) < 1 << 63
