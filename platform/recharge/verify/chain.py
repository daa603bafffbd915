"""I12 and I16: walks the hash chain of every day and names what is not as it was sealed; looks at closed days once more."""

from collections.abc import Iterator
from dataclasses import dataclass

from recharge.books.database import Database
from recharge.verify.findings import Detail
from recharge.verify.findings import lazy_gettext as _
from recharge.verify.reader import Books, day_text, snapshot
from recharge.verify.sealed import Sealed, chained, day_beginning, day_closing, sealed_rows, what_differs

_DAYS = "SELECT business_date, algorithm, count, head, closed_at FROM seal_day ORDER BY business_date"


@dataclass(frozen=True, slots=True)
class Day:
    """A day's chain as it is written down: number of rows, head, and whether it was closed."""

    date: str
    algorithm: str
    count: int
    head: bytes
    closed: bool


@dataclass(slots=True)
class Walked:
    """The end of a day's walk: rows seen and the last stored hash."""

    count: int
    last: bytes


def verify_chain(database: Database) -> Detail | None:
    """The first altered, missing or extra row of the oldest day that has one; None when the whole chain holds."""
    with snapshot(database) as books:
        found = next(chain_breaches(books), None)
        return found if found is not None else next(closed_day_breaches(books), None)


def sealed_days(books: Books) -> list[Day]:
    """All days that have a chain, the oldest first."""
    rows = books.rows(_DAYS)
    return [Day(str(day_text(row[0])), row[1], row[2], bytes(row[3]), row[4] is not None) for row in rows]


def chain_breaches(books: Books) -> Iterator[Detail]:
    """I12: every row of every day."""
    days = sealed_days(books)
    for day in days:
        yield from day_breaches(books, day)
    text = "SELECT business_date, COUNT(*) FROM seal WHERE business_date NOT IN (SELECT business_date FROM seal_day) GROUP BY business_date"
    for date, count in books.rows(text):
        yield Detail(_("{day}有{count}行封印而没有当日记录"), {"day": day_text(date), "count": count})


def day_breaches(books: Books, day: Day) -> Iterator[Detail]:
    """One day's rows against what they seal, and the day's own count and head."""
    walked = Walked(0, day_beginning(day.algorithm, day.date))
    yield from _rows(books, day, walked)
    if walked.count != day.count:
        yield Detail(_("{day}应有{count}行封印，实有{found}行"), {"day": day.date, "count": day.count, "found": walked.count})
    elif not day.closed and walked.last != day.head:
        yield Detail(_("{day}的链头与末行不符"), {"day": day.date})


def _rows(books: Books, day: Day, walked: Walked) -> Iterator[Detail]:
    """Each row is linked to the stored hash before it, so an altered entry breaks its own row and no other."""
    suspect: tuple[Sealed, bytes, bytes] | None = None
    for sealed in sealed_rows(books, day.date):
        before = walked.last
        gap = sealed.position - walked.count - 1
        walked.count, walked.last = walked.count + 1, sealed.hash
        if gap:
            yield from _missing(day, sealed.position - gap, gap)
            walked.count = sealed.position
            continue
        right = chained(day.algorithm, before, sealed.fields.hashed_bytes())
        if suspect is not None:
            instead = chained(day.algorithm, suspect[2], sealed.fields.hashed_bytes())
            yield from _altered(books, day, suspect, seal_itself=instead == sealed.hash)
            right = sealed.hash if instead == sealed.hash else right
            suspect = None
        if right != sealed.hash:
            suspect = (sealed, before, right)
    if suspect is not None:
        yield from _altered(books, day, suspect, seal_itself=not day.closed and suspect[2] == day.head)


def _missing(day: Day, first: int, count: int) -> Iterator[Detail]:
    yield Detail(_("{day}第{position}行起缺{count}行封印"), {"day": day.date, "position": first, "count": count})


def _altered(books: Books, day: Day, suspect: tuple[Sealed, bytes, bytes], *, seal_itself: bool) -> Iterator[Detail]:
    sealed, before, _right = suspect
    facts: dict[str, str | int | None] = {"day": day.date, "position": sealed.position}
    facts |= {"order": sealed.fields.order_id, "step": sealed.fields.step}
    if seal_itself:
        yield Detail(_("{day}第{position}行：封印本身被改（订单{order}第{step}步）"), facts)
    elif sealed.fields.kind is None:
        yield Detail(_("{day}第{position}行：订单{order}第{step}步的凭证不见了"), facts)
    elif found := what_differs(books, sealed, day.algorithm, before):
        facts |= {"what": found[0], "now": str(found[1]), "then": str(found[2])}
        yield Detail(_("{day}第{position}行：订单{order}第{step}步被改，{what}现为{now}，封印时为{then}"), facts)
    else:
        yield Detail(_("{day}第{position}行：订单{order}第{step}步与封印时不同"), facts)


def closed_day_breaches(books: Books) -> Iterator[Detail]:
    """I16: closed days have the content and the head they were closed with, each linked to the closed day before, nothing added."""
    previous = b""
    for day in (day for day in sealed_days(books) if day.closed):
        walked = Walked(0, day_beginning(day.algorithm, day.date))
        if any(True for _detail in _rows(books, day, walked)):
            yield Detail(_("{day}已日结，内容与封印不符"), {"day": day.date})
        elif day_closing(day.algorithm, walked.last, day.date, day.count, previous) != day.head:
            yield Detail(_("{day}已日结，链头不符"), {"day": day.date})
        previous = day.head
    yield from _late(books)


def _late(books: Books) -> Iterator[Detail]:
    text = (
        "SELECT e.business_date, e.order_id, e.step FROM entry e LEFT JOIN seal s ON s.order_id = e.order_id AND s.step = e.step"
        " WHERE s.order_id IS NULL AND e.business_date <= (SELECT MAX(business_date) FROM seal_day WHERE closed_at IS NOT NULL)"
        " ORDER BY e.business_date, e.order_id, e.step"
    )
    for date, order_id, step in books.rows(text):
        facts = {"day": day_text(date), "order": order_id, "step": step}
        yield Detail(_("{day}已日结，订单{order}第{step}步是后来加的"), facts)
