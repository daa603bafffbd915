"""The books as the day's close reads them: a link's attempts with what was booked for them, what moved on a business date, what is open."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from recharge.books.database import Database
from recharge.books.ids import first_id_at, made_at
from recharge.books.statements import AnyRow, marks
from recharge.books.tables.metadata import stamp
from recharge.clock import BusinessCalendar, Clock
from recharge.engine.sealing import seal_day
from recharge.verify import holds, report, verify_books

_CHUNK = 20_000
_NOT_MONEY = frozenset({"I9", "I14"})
_ATTEMPT = (
    "SELECT a.id, a.order_id, a.action, a.state, a.number, a.face_minor, a.delivered_minor, a.target_id, a.serial_number,"
    " o.kind, o.state, o.party_id, o.price_minor, o.attempts, p.amount_minor FROM attempt a JOIN orders o ON o.id = a.order_id"
    " LEFT JOIN posting p ON p.order_id = a.order_id AND p.account_id = ? AND p.step = CASE a.action WHEN 'submit' THEN 2 ELSE 3 END"
)
_DURING = " WHERE a.id >= ? AND a.id < ? AND a.link_id = ? ORDER BY a.id LIMIT ?"
_MOVED = (
    "SELECT p.account_id, e.kind, COUNT(*), SUM(CASE WHEN p.amount_minor > 0 THEN p.amount_minor ELSE 0 END),"
    " SUM(CASE WHEN p.amount_minor < 0 THEN -p.amount_minor ELSE 0 END) FROM entry e"
    " JOIN posting p ON p.order_id = e.order_id AND p.step = e.step WHERE e.business_date = ?"
    " GROUP BY p.account_id, e.kind ORDER BY p.account_id, e.kind"
)
_BEFORE = (
    "SELECT p.account_id, SUM(p.amount_minor) FROM entry e JOIN posting p ON p.order_id = e.order_id AND p.step = e.step"
    " WHERE e.business_date < ? GROUP BY p.account_id ORDER BY p.account_id"
)
_ACCOUNTS = (
    "SELECT a.id, a.kind, CASE a.kind WHEN 'stock' THEN l.code WHEN 'bank' THEN b.code ELSE p.code END,"
    " CASE a.kind WHEN 'stock' THEN l.name WHEN 'bank' THEN b.name ELSE p.name END FROM account a LEFT JOIN party p ON p.id = a.owner_id"
    " LEFT JOIN link l ON l.id = a.owner_id LEFT JOIN bank_account b ON b.id = a.owner_id ORDER BY a.id"
)
_SALES = (
    "SELECT p.code, COALESCE(t.code, ''), c.code, COALESCE(r.code, ''), o.face_minor, e.kind, COUNT(*), SUM(o.delivered_minor),"
    " SUM(o.price_minor) FROM entry e JOIN orders o ON o.id = e.order_id JOIN party p ON p.id = o.party_id"
    " LEFT JOIN tier t ON t.id = p.tier_id JOIN carrier c ON c.id = o.carrier_id LEFT JOIN product r ON r.id = o.product_id"
    " WHERE e.business_date = ? AND e.kind IN ('settle', 'reversal')"
    " GROUP BY p.code, t.code, c.code, r.code, o.face_minor, e.kind ORDER BY p.code, c.code, r.code, o.face_minor, e.kind"
)
_OPEN = (
    "SELECT o.id, o.state, o.business_date FROM orders o WHERE o.due_at IS NOT NULL AND o.business_date <= ?"
    " AND o.state IN ('held', 'sending', 'unknown', 'reversing')"
    " UNION SELECT o.id, o.state, o.business_date FROM attempt a JOIN orders o ON o.id = a.order_id WHERE o.business_date <= ?"
    " AND a.state IN ('sending', 'accepted', 'unknown') AND o.state IN ('sending', 'unknown', 'reversing') ORDER BY 1"
)
_BY_HAND = (
    "SELECT c.id, c.kind, p.code, c.amount_minor, c.debited, c.credited, c.reason, c.reference, c.state, m.code, k.code, c.order_id"
    " FROM money_case c JOIN party p ON p.id = c.party_id LEFT JOIN person m ON m.id = c.maker_id LEFT JOIN person k ON k.id = c.checker_id"
    " WHERE c.made_at >= ? AND c.made_at < ? ORDER BY c.id"
)
_CHARGED = (
    "SELECT o.id, o.state, o.price_minor, COALESCE(SUM(CASE WHEN p.step <= 2 THEN -p.amount_minor ELSE 0 END), 0),"
    " COALESCE(SUM(CASE WHEN p.step > 2 THEN p.amount_minor ELSE 0 END), 0) FROM orders o"
    " JOIN account a ON a.kind = 'deposit' AND a.owner_id = o.party_id"
    " LEFT JOIN posting p ON p.order_id = o.id AND p.account_id = a.id"
)
_PARTIES = "SELECT p.id, p.code, p.name, p.kind, p.blocked, t.code FROM party p LEFT JOIN tier t ON t.id = p.tier_id ORDER BY p.code"


class AttemptFact(NamedTuple):
    """One attempt on a link as it stands now. `reference` is our outgoing reference; `booked_minor` what its entry took from the link's
    stock (negative for a reversal, None without an entry). Amounts in minor units."""

    reference: int
    order_id: int
    action: str
    state: str
    number: str
    face_minor: int
    delivered_minor: int | None
    target: int | None
    serial_number: str
    kind: str
    order_state: str
    party_id: int
    price_minor: int
    tries: int
    booked_minor: int | None


class Movement(NamedTuple):
    """What one kind of entry did to one account on a business date. Amounts in minor units, both positive."""

    account_id: int
    entry_kind: str
    entries: int
    in_minor: int
    out_minor: int


class AccountFact(NamedTuple):
    """An account and whose it is: code and name of the party, link or bank account, None for the platform's own."""

    account_id: int
    kind: str
    owner_code: str | None
    owner_name: str | None


class SaleFact(NamedTuple):
    """Sales settled (or taken back) on a business date, by party, carrier, product and face value."""

    party_code: str
    tier_code: str
    carrier_code: str
    product_code: str
    face_minor: int
    entry_kind: str
    orders: int
    delivered_minor: int
    price_minor: int


class OpenOrder(NamedTuple):
    """An order without an end."""

    order_id: int
    state: str
    business_date: date


class HandFact(NamedTuple):
    """Money moved by hand: a case, its two people, and the order it made (None until it was approved). Amount in minor units."""

    case_number: int
    kind: str
    party_code: str
    amount_minor: int
    debited: str
    credited: str
    reason: str
    evidence: str
    state: str
    maker: str | None
    checker: str | None
    order_id: int | None


class ChargeFact(NamedTuple):
    """What the books took from a deposit for an order (nothing where they gave it back at its end), and gave back by a reversal."""

    order_id: int
    state: str
    price_minor: int
    taken_minor: int
    given_back_minor: int


class PartyFact(NamedTuple):
    """A party as the close sees it."""

    party_id: int
    code: str
    name: str
    kind: str
    blocked: bool
    tier_code: str | None


class DayBooks:
    """Reads only, except `seal`, which ends a day's hash chain."""

    def __init__(self, database: Database, calendar: BusinessCalendar, clock: Clock) -> None:
        self._database, self.calendar, self.clock = database, calendar, clock

    def attempts(self, link_code: str, begin: datetime, end: datetime) -> Iterator[AttemptFact]:
        """A link's attempts whose references were made from `begin` up to `end` (aware), by reference; in chunks, so that a million fit.

        Raises LookupError for a link that is not known.
        """
        link_id, account = self._link(link_code)
        first, last = first_id_at(begin), first_id_at(end)
        while True:
            values = (account, first, last, link_id, _CHUNK)
            rows = self._rows(_ATTEMPT + _DURING, values)
            yield from map(AttemptFact._make, rows)
            if len(rows) < _CHUNK:
                return
            first = rows[-1][0] + 1

    def attempts_by_reference(self, link_code: str, references: Sequence[int]) -> dict[int, AttemptFact]:
        """Single attempts on a link; those it never had are left out. Raises LookupError."""
        link_id, account = self._link(link_code)
        found: dict[int, AttemptFact] = {}
        for start in range(0, len(references), 500):
            some = references[start : start + 500]
            text = f"{_ATTEMPT} WHERE a.id IN ({marks(some)}) AND a.link_id = ?"
            found |= {row[0]: AttemptFact._make(row) for row in self._rows(text, (account, *some, link_id))}
        return found

    def charges(self, order_ids: Sequence[int]) -> dict[int, ChargeFact]:
        """What was posted to the deposit of each order's party; orders that are not there are left out."""
        found: dict[int, ChargeFact] = {}
        for start in range(0, len(order_ids), 500):
            some = order_ids[start : start + 500]
            text = f"{_CHARGED} WHERE o.id IN ({marks(some)}) GROUP BY o.id, o.state, o.price_minor"
            found |= {row[0]: ChargeFact(row[0], row[1], row[2], int(row[3]), int(row[4])) for row in self._rows(text, some)}
        return found

    @staticmethod
    def made_at(reference: int) -> datetime:
        """When an outgoing reference was made, aware UTC."""
        return made_at(reference)

    def link_codes(self) -> list[str]:
        """All links."""
        return [row[0] for row in self._rows("SELECT code FROM link ORDER BY code")]

    def movements(self, day: date) -> list[Movement]:
        """What moved on a business date, by account and kind of entry."""
        return [Movement(row[0], row[1], int(row[2]), int(row[3]), int(row[4])) for row in self._rows(_MOVED, [day.isoformat()])]

    def balances_before(self, day: date) -> dict[int, int]:
        """Each account's sum of postings of all business dates before, in minor units."""
        return {row[0]: int(row[1]) for row in self._rows(_BEFORE, [day.isoformat()])}

    def accounts(self) -> list[AccountFact]:
        """All accounts."""
        return list(map(AccountFact._make, self._rows(_ACCOUNTS)))

    def sales(self, day: date) -> list[SaleFact]:
        """What was settled and taken back on a business date."""
        return [SaleFact._make((*row[:6], int(row[6]), int(row[7] or 0), int(row[8]))) for row in self._rows(_SALES, [day.isoformat()])]

    def open_orders(self, until: date) -> list[OpenOrder]:
        """Orders of business dates up to and with `until` that have no end yet."""
        rows = self._rows(_OPEN, [until.isoformat()] * 2)
        return [OpenOrder(row[0], row[1], _date(row[2])) for row in rows]

    def moved_by_hand(self, begin: datetime, end: datetime) -> list[HandFact]:
        """Cases of money moved by hand that were made from `begin` up to `end` (aware)."""
        return list(map(HandFact._make, self._rows(_BY_HAND, [stamp(begin), stamp(end)])))

    def parties(self) -> list[PartyFact]:
        """All parties."""
        return [PartyFact(row[0], row[1], row[2], row[3], bool(row[4]), row[5]) for row in self._rows(_PARTIES)]

    def breaches(self) -> list[str]:
        """What `kongchong verify` finds broken in the money now, a line each, in Chinese; empty when every promise holds.

        That nobody looks after an order (I9), or that a message could not be sent (I14), is for operations and holds no day up.
        """
        findings = verify_books(self._database, self.clock.now())
        broken = [finding for finding in findings if finding.invariant not in _NOT_MONEY and not holds([finding])]
        return report(broken).splitlines() if broken else []

    def seal(self, day: date) -> bytes:
        """End the chain of a business date; its head (32 bytes). Raises as recharge.engine.sealing.seal_day does."""
        return seal_day(self._database, day, self.clock)

    def _link(self, code: str) -> tuple[int, int]:
        text = "SELECT l.id, a.id FROM link l JOIN account a ON a.owner_id = l.id AND a.kind = 'stock' WHERE l.code = ?"
        rows = self._rows(text, [code])
        if not rows:
            raise LookupError(f"no link {code}")
        return int(rows[0][0]), int(rows[0][1])

    def _rows(self, text: str, values: Sequence[object] = ()) -> Sequence[AnyRow]:
        with self._database.read() as connection:
            return self._database.rows(connection, text, values)


def _date(stored: str | date) -> date:
    return stored if isinstance(stored, date) else date.fromisoformat(stored)
