"""What a simulated supplier does with orders, whatever language it speaks: takes them, ends them now or later, answers for them."""

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from simulators.supplier.behaviour import BEHAVIOURS, BY_SUFFIX, Behaviour
from simulators.supplier.ledger import Ledger, Order

_STATES: Final = {"done": "done", "part": "part", "refused": "refused"}


@dataclass
class Rules:
    """How long things take, in seconds, and what is done by default. Without `dedupe` a repeated reference is done again."""

    default: str = "ok"
    later_seconds: float = 2.0
    hidden_seconds: float = 5.0
    slow_seconds: float = 3.0
    latency_seconds: float = 0.0
    dedupe: bool = True


class Shop:
    """The supplier's counter over its ledger."""

    def __init__(self, ledger: Ledger, rules: Rules, clock: Callable[[], float] = time.time) -> None:
        self.ledger, self.rules, self._clock = ledger, rules, clock

    def now(self) -> float:
        """The time of its clock."""
        return self._clock()

    def behaviour_for(self, number: str) -> Behaviour:
        """How an order for this number is treated."""
        return BY_SUFFIX.get(number[-4:], BEHAVIOURS[self.rules.default])

    def take(self, reference: str, number: str, amount_minor: int) -> Order | None:
        """An order, taken once for each reference; None when the behaviour is to lose it."""
        behaviour, now = self.behaviour_for(number), self._clock()
        known = self.ledger.orders("reference = ?", reference)
        if known and self.rules.dedupe:
            return known[0]
        if behaviour.nothing:
            return None
        with self.ledger.change() as connection:
            settle_at = now + self.rules.later_seconds if behaviour.later else None
            row = (reference, len(known), number, amount_minor, behaviour.name, "running", now, settle_at)
            made = connection.execute(
                "insert into orders (reference, occurrence, number, amount_minor, behaviour, state, taken_at, settle_at)"
                " values (?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            if not behaviour.later:
                _end(connection, made.lastrowid or 0, behaviour, number, amount_minor, reference)
        return self.ledger.orders("id = ?", made.lastrowid)[0]

    def find(self, reference: str) -> Order | None:
        """What a question about an order finds: what is due is ended first, what is hidden is not there yet."""
        self.end_due()
        found = self.ledger.orders("reference = ?", reference)
        if not found:
            return None
        hidden = BEHAVIOURS[found[0].behaviour].hidden and self._clock() < found[0].taken_at + self.rules.hidden_seconds
        return None if hidden else found[0]

    def end_due(self) -> list[Order]:
        """End the orders whose time has come; which they were."""
        due = self.ledger.orders("settle_at <= ?", self._clock())
        ended = []
        for order in due:
            with self.ledger.change() as connection:
                mine = connection.execute("update orders set settle_at = null where id = ? and settle_at is not null", (order.id,))
                if mine.rowcount:
                    _end(connection, order.id, BEHAVIOURS[order.behaviour], order.number, order.amount_minor, order.reference)
                    ended.append(order.id)
        return [self.ledger.orders("id = ?", order_id)[0] for order_id in ended]

    def take_back(self, reference: str, by: str = "") -> bool:
        """Take a credit back, once, under the reference of whoever asks for it; False when there is none."""
        for order in self.ledger.orders("reference = ? and state in ('done', 'part')", reference):
            with self.ledger.change() as connection:
                connection.execute("update orders set state = 'reversed' where id = ?", (order.id,))
                _credit(connection, order.id, by or order.reference, order.number, order.delivered_minor, -1)
            return True
        return False

    def add_stock(self, minor: int) -> None:
        """Put stock in, or take some out."""
        with self.ledger.change() as connection:
            connection.execute("update stock set minor = max(minor + ?, 0)", (minor,))


def _end(connection: sqlite3.Connection, order_id: int, behaviour: Behaviour, number: str, amount_minor: int, reference: str) -> None:
    delivered = {"done": amount_minor, "part": amount_minor // 2, "refused": 0}[behaviour.verdict]
    enough = int(connection.execute("select minor from stock").fetchone()[0]) >= delivered
    state = _STATES[behaviour.verdict] if enough else "refused"
    delivered = delivered if enough else 0
    connection.execute("update orders set state = ?, delivered_minor = ? where id = ?", (state, delivered, order_id))
    if delivered:
        _credit(connection, order_id, reference, number, delivered, 1)


def _credit(connection: sqlite3.Connection, order_id: int, reference: str, number: str, minor: int, direction: int) -> None:
    row = (order_id, direction, reference, number, minor)
    connection.execute("insert into credit (order_id, direction, reference, number, amount_minor) values (?, ?, ?, ?, ?)", row)
    connection.execute("update stock set minor = minor - ?", (direction * minor,))
