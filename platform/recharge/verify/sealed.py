"""One sealed entry as the checker reads and hashes it, written from docs/books.md; it shares no code with the sealer."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from recharge.verify.reader import Books, day_text, moment_text

_SEALS = """
SELECT s.position, s.order_id, s.step, s.hash, e.kind, e.business_date, e.at, o.kind, o.party_id, o.endpoint_id, o.channel, o.number,
 o.carrier_id, o.product_id, o.face_minor, o.price_minor, o.split, o.business_date, o.held_at, o.related_id,
 o.link_id, o.delivered_minor, o.cost_minor
FROM seal s LEFT JOIN entry e ON e.order_id = s.order_id AND e.step = s.step LEFT JOIN orders o ON o.id = s.order_id
WHERE s.business_date = ? AND s.position > ? ORDER BY s.position LIMIT ?
"""
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Fields:
    """What is hashed: the entry, its legs, and the facts of its order by name, in the order of docs/books.md."""

    order_id: int
    step: int
    kind: str | None
    business_date: str | None
    at: str | None
    legs: dict[int, int]
    order: dict[str, Any]
    end: dict[str, Any]

    def hashed_bytes(self) -> bytes:
        """The canonical bytes."""
        legs = [[account, self.legs[account]] for account in sorted(self.legs)]
        end = list(self.end.values()) if self.step > 1 else None
        record = [self.order_id, self.step, self.kind, self.business_date, self.at, legs, list(self.order.values()), end]
        return json.dumps(record, separators=(",", ":")).encode("ascii")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A row of the chain and what it seals as that stands now."""

    position: int
    hash: bytes
    fields: Fields


def sealed_rows(books: Books, day: str) -> Iterator[Sealed]:
    """The rows of a day's chain in order."""
    position = 0
    while rows := books.rows(_SEALS, day, position, _CHUNK):
        legs = _legs(books, sorted({row[1] for row in rows}))
        for row in rows:
            yield _sealed(row, legs.get((row[1], row[2]), {}))
        position = rows[-1][0]


def _legs(books: Books, orders: Sequence[int]) -> dict[tuple[int, int], dict[int, int]]:
    found: dict[tuple[int, int], dict[int, int]] = {}
    text = f"SELECT order_id, step, account_id, amount_minor FROM posting WHERE order_id IN ({','.join('?' * len(orders))})"
    for order_id, step, account, amount in books.rows(text, *orders):
        found.setdefault((order_id, step), {})[account] = amount
    return found


_ORDER = ("kind", "party", "endpoint", "channel", "number", "carrier", "product", "face", "price", "split", "date", "held_at", "related")
_END = ("link", "delivered", "cost")


def _sealed(row: Sequence[Any], legs: dict[int, int]) -> Sealed:
    order = dict(zip(_ORDER, row[7:20], strict=True))
    order["date"], order["held_at"] = day_text(order["date"]), moment_text(order["held_at"])
    end = dict(zip(_END, row[20:23], strict=True))
    fields = Fields(row[1], row[2], row[4], day_text(row[5]), moment_text(row[6]), legs, order, end)
    return Sealed(row[0], bytes(row[3]), fields)


def chained(algorithm: str, *parts: bytes) -> bytes:
    """32 bytes over the parts."""
    hasher = hashlib.new(algorithm)
    for part in parts:
        hasher.update(part)
    return hasher.digest()


def day_beginning(algorithm: str, day: str) -> bytes:
    """What a day's first row is linked to."""
    return chained(algorithm, b"kongchong|", day.encode(), b"|", algorithm.encode())


def day_closing(algorithm: str, last: bytes, day: str, count: int, previous: bytes) -> bytes:
    """The head of a closed day."""
    return chained(algorithm, last, b"|closed|", day.encode(), b"|", str(count).encode(), b"|", previous)


def what_differs(books: Books, sealed: Sealed, algorithm: str, before: bytes) -> tuple[str, object, object] | None:
    """(what, as it is, as it was sealed), where putting one thing back makes the stored hash right again; None where nothing does."""
    for what, now, then, fields in _guesses(books, sealed.fields):
        if chained(algorithm, before, fields.hashed_bytes()) == sealed.hash:
            return what, now, then
    return None


_Guess = tuple[str, object, object, Fields]


def _guesses(books: Books, fields: Fields) -> Iterator[_Guess]:
    """Plausible originals: a leg that balances the entry again, and facts that stand a second time elsewhere in the books."""
    yield from _other_legs(fields)
    for name, value in _facts_elsewhere(books, fields):
        if name in fields.order and value is not None:
            yield name, fields.order[name], value, replace(fields, order={**fields.order, name: value})
        elif name in fields.end and value is not None:
            yield name, fields.end[name], value, replace(fields, end={**fields.end, name: value})


def _other_legs(fields: Fields) -> Iterator[_Guess]:
    rest = sum(fields.legs.values())
    for account, amount in fields.legs.items():
        others = {key: value for key, value in fields.legs.items() if key != account}
        yield f"posting {account}", amount, amount - rest, replace(fields, legs={**others, account: amount - rest})
        yield f"posting {account}", amount, None, replace(fields, legs=others)


def _facts_elsewhere(books: Books, fields: Fields) -> Iterator[tuple[str, Any]]:
    attempts = "SELECT number, face_minor, delivered_minor, charged_minor, link_id FROM attempt WHERE order_id = ?"
    for values in books.rows(attempts, fields.order_id):
        yield from zip(("number", "face", "delivered", "cost", "link"), values, strict=True)
    legs = "SELECT a.kind, a.owner_id, p.amount_minor FROM posting p JOIN account a ON a.id = p.account_id WHERE p.order_id = ?"
    for kind, owner, amount in books.rows(legs, fields.order_id):
        if kind == "deposit":
            yield from (("party", owner), ("price", abs(amount)), ("face", abs(amount)))
    yield from (("date", fields.business_date), ("held_at", fields.at))
