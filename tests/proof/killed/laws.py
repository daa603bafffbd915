"""What must hold after a kill and the recovery: the order has ended as the carrier did, in the money too, and nothing is left over."""

from collections.abc import Iterator
from typing import Any

from recharge.books.database import Database
from tests.proof.killed.carrier import Way, lines, repeated
from tests.proof.killed.life import FACE_MINOR, Place

PRICE_MINOR = FACE_MINOR * 98 // 100


def breaches(database: Database, place: Place, reference: str, order_id: int) -> Iterator[str]:
    """All that does not hold of one order."""
    yield from _order(database, place, order_id)
    yield from _requests(database, reference, order_id)
    yield from _left_over(database)
    if found := repeated(place.ledger):
        yield f"sent more than once under one reference: {found}"


def _rows(database: Database, text: str, *values: Any) -> list[tuple[Any, ...]]:
    with database.read() as connection:
        return [tuple(row) for row in database.rows(connection, text, values)]


def _order(database: Database, place: Place, order_id: int) -> Iterator[str]:
    state, number = _rows(database, "SELECT state, number FROM orders WHERE id = ?", order_id)[0]
    attempts = {str(row[0]) for row in _rows(database, "SELECT id FROM attempt WHERE order_id = ?", order_id)}
    received = [line for line in lines(place.ledger) if line.number == number]
    if strange := [line for line in received if line.reference not in attempts]:
        yield f"the carrier got {strange}, of which the books know nothing"
    if sum(line.amount_minor > 0 for line in received) > 1 or len(received) > 2:
        yield f"the carrier got {received} for one order"
    wanted = _end(place.way, [line.amount_minor for line in received])
    if state != wanted:
        yield f"the order is {state}, the carrier has {received} ({place.way.value})"
    text = "SELECT SUM(p.amount_minor) FROM posting p JOIN account a ON a.id = p.account_id WHERE p.order_id = ? AND a.kind = 'deposit'"
    paid = -int(_rows(database, text, order_id)[0][0])
    if paid != (PRICE_MINOR if wanted == "succeeded" else 0):
        yield f"the point paid {paid} for an order that {wanted}"
    yield from _told(database, place, order_id, wanted)


def _end(way: Way, received: list[int]) -> str:
    """How an order must end, by what reached the carrier."""
    if not received or way is Way.FAILED:
        return "failed"
    return "succeeded" if sum(received) else "reversed"


def _told(database: Database, place: Place, order_id: int, state: str) -> Iterator[str]:
    text = "SELECT kind, state FROM outbox WHERE order_id = ? AND recipient = 'agent'"
    wanted = [(kind, "sent") for kind in (["succeeded", "reversed"] if state == "reversed" else [state])]
    if sorted(messages := _rows(database, text, order_id)) != sorted(wanted):
        yield f"the agent's messages are {messages}"
    if f"{order_id} agent {state}" not in place.told.read_text().splitlines():
        yield "the agent was never told"


def _requests(database: Database, reference: str, order_id: int) -> Iterator[str]:
    orders = _rows(database, "SELECT order_id FROM request WHERE reference = ?", reference)
    if orders != [(order_id,)]:
        yield f"the reference made {orders}"


def _left_over(database: Database) -> Iterator[str]:
    """Nothing is open, held, waiting, unbalanced or unsealed; what is left is the same for every order, so it is asked of all."""
    questions = {
        "held": "SELECT SUM(p.amount_minor) FROM posting p JOIN account a ON a.id = p.account_id WHERE a.kind = 'hold'",
        "open": "SELECT COUNT(*) FROM orders WHERE state NOT IN ('succeeded', 'failed', 'reversed') OR due_at IS NOT NULL",
        "not rolled up": "SELECT (SELECT COUNT(*) FROM accrual) + (SELECT COUNT(*) FROM usage_accrual)",
        "out of balance": "SELECT SUM(amount_minor) FROM posting",
        "not sealed": "SELECT (SELECT COUNT(*) FROM entry) - (SELECT COUNT(*) FROM seal)",
        "away from its postings": (
            "SELECT COUNT(*) FROM account a WHERE a.balance_minor <> (SELECT COALESCE(SUM(p.amount_minor), 0) FROM posting p"
            " WHERE p.account_id = a.id)"
        ),
    }
    for name, text in questions.items():
        if (left := _rows(database, text)[0][0]) not in {0, None}:
            yield f"{left} {name}"
