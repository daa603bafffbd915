"""The laws at the end of a run: the books by SQL of its own, held against what the carrier did and what agents were told."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from recharge.books.database import Database
from recharge.books.tables.metadata import moment_of
from recharge.domain.requests import Recharge
from tests.proof.simulated.agents import Agents
from tests.proof.simulated.carrier import Carrier

DISCOUNT_BP = 200
GUARD = timedelta(minutes=10)
_OUTWARD = "o.kind IN ('recharge', 'bill_payment')"
_SOLD = f"{_OUTWARD} AND o.state NOT IN ('failed', 'reversed')"


@dataclass
class Order:
    """An outward order as the checker reads it, amounts in minor units."""

    id: int
    state: str
    party: str
    number: str
    face: int
    mark: int
    held_at: datetime
    delivered: int | None
    cost: int | None
    attempts: list[str] = field(default_factory=list)
    legs: dict[str, int] = field(default_factory=lambda: defaultdict(int))


@dataclass
class Checker:
    """Everything the laws are checked against. `margins` are (from when, basis points) of each upline, oldest first."""

    books: Database
    carrier: Carrier
    agents: Agents
    margins: list[tuple[datetime, int]]

    def breaches(self) -> Iterator[str]:
        """All that does not hold."""
        self._orders = {order.id: order for order in self._read_orders()}
        for order in self._orders.values():
            yield from self._at_rest(order)
            yield from self._truth(order)
            yield from self._money(order)
        yield from self._strange_credits()
        yield from self._sums()
        yield from self._balances()
        yield from self._counters()
        yield from self._told()
        yield from self._promises()
        yield from self._guard()
        yield from self.agents.wrong_answers()

    def _rows(self, text: str, *values: Any) -> Sequence[Any]:
        with self.books.read() as connection:
            return self.books.rows(connection, text, values)

    def _read_orders(self) -> Iterator[Order]:
        text = (
            "SELECT o.id, o.state, p.code, o.number, o.face_minor, o.repeat_mark, o.held_at, o.delivered_minor, o.cost_minor"
            f" FROM orders o JOIN party p ON p.id = o.party_id WHERE {_OUTWARD}"
        )
        found = {row[0]: _order(row) for row in self._rows(text)}
        for reference, order_id in self._rows("SELECT id, order_id FROM attempt WHERE action = 'submit'"):
            found[order_id].attempts.append(str(reference))
        text = (
            "SELECT o.id, a.kind, p.amount_minor FROM posting p JOIN account a ON a.id = p.account_id"
            f" JOIN orders o ON o.id = p.order_id WHERE {_OUTWARD}"
        )
        for order_id, kind, amount in self._rows(text):
            found[order_id].legs[kind] += amount
        yield from found.values()

    def _at_rest(self, order: Order) -> Iterator[str]:
        if order.state not in {"succeeded", "failed", "reversed"}:
            yield f"order {order.id} is {order.state} and never came to an end"

    def _truth(self, order: Order) -> Iterator[str]:
        """The carrier's ledger against the state we ended in."""
        booked = [credit for credit in self.carrier.credits if credit.reference in order.attempts]
        given = [credit for credit in booked if credit.delivered_minor > 0]
        net = sum(credit.delivered_minor for credit in booked)
        if len(given) > 1:
            yield f"order {order.id} was credited {len(given)} times"
        if order.state in {"failed", "reversed"} and net:
            yield f"order {order.id} is {order.state} and the customer has {net}"
        if order.state == "succeeded":
            yield from self._delivered(order, given[-1:], net)
        for credit in given:
            if (credit.number, order.face >= credit.delivered_minor) != (order.number, True):
                yield f"order {order.id} credited {credit}"

    def _delivered(self, order: Order, given: Sequence[Any], net: int) -> Iterator[str]:
        if not given:
            yield f"order {order.id} succeeded and nothing was credited"
        elif (given[0].delivered_minor, given[0].charged_minor) != (order.delivered, order.cost):
            yield f"order {order.id} says {order.delivered} for {order.cost}, the carrier {given[0]}"
        elif net == 0:
            # Its word of it was repeated until we acknowledged, or its tries were used up: then the day's close finds it.
            yield from self._unheard_take_back(order)

    def _unheard_take_back(self, order: Order) -> Iterator[str]:
        text = "SELECT COUNT(*) FROM answer WHERE order_id = ? AND state = 'reversed'"
        if self._rows(text, order.id)[0][0]:
            yield f"order {order.id} was taken back, we were told, and it stands as succeeded"

    def _money(self, order: Order) -> Iterator[str]:
        """What each side paid and got for this order, by the price list in force when it was taken in."""
        wanted = self._expected(order)
        found = {kind: amount for kind, amount in order.legs.items() if amount}
        if order.state in {"succeeded", "failed", "reversed"} and found != wanted:
            yield f"order {order.id} ({order.state}) is booked {found}, should be {wanted}"

    def _expected(self, order: Order) -> dict[str, int]:
        if order.state != "succeeded" or not order.delivered or order.cost is None:
            return {}
        price = order.face - order.face * DISCOUNT_BP // 10_000
        paid = -(-price * order.delivered // order.face)
        margin = [bp for since, bp in self.margins if since <= order.held_at][-1]
        commission = 3 * (order.face * margin // 10_000 * order.delivered // order.face)
        wanted = {"deposit": -paid, "stock": order.cost, "commission": commission, "revenue": paid - order.cost - commission}
        return {kind: amount for kind, amount in wanted.items() if amount}

    def _strange_credits(self) -> Iterator[str]:
        known = {reference for order in self._orders.values() for reference in order.attempts}
        for credit in self.carrier.credits:
            if credit.reference not in known:
                yield f"the carrier credited {credit}, which is no attempt of ours"

    def _sums(self) -> Iterator[str]:
        for order_id, step, total in self._rows("SELECT order_id, step, SUM(amount_minor) FROM posting GROUP BY order_id, step"):
            if total:
                yield f"entry {order_id}/{step} sums to {total}"
        text = "SELECT COALESCE(SUM(p.amount_minor), 0) FROM posting p JOIN account a ON a.id = p.account_id WHERE a.kind = 'hold'"
        held = self._rows(text)[0][0]
        if held:
            yield f"{held} is still held, and nothing is open"

    def _balances(self) -> Iterator[str]:
        posted = "SELECT COALESCE(SUM(p.amount_minor), 0) FROM posting p WHERE p.account_id = a.id"
        waiting = "SELECT COALESCE(SUM(c.amount_minor), 0) FROM accrual c WHERE c.account_id = a.id"
        text = (
            f"SELECT a.id, a.kind, a.balance_minor, a.floor_minor, ({posted}), ({waiting}) FROM account a WHERE a.balance_minor IS NOT NULL"
        )
        for account, kind, balance, floor, total, accrued in self._rows(text):
            if balance + accrued != total:
                yield f"{kind} account {account} stands at {balance}, its postings say {total} ({accrued} waiting)"
            if balance < floor:
                yield f"{kind} account {account} is at {balance}, under {floor}"

    def _counters(self) -> Iterator[str]:
        """A point's counters are those orders of its present day and month that did not fail and were not taken back."""
        text = (
            "SELECT p.code, p.id, a.day, a.month, a.day_count, a.day_minor, a.month_count, a.month_minor"
            " FROM account a JOIN party p ON p.id = a.owner_id WHERE a.kind = 'deposit' AND a.day IS NOT NULL"
        )
        sold = f"SELECT COUNT(*), COALESCE(SUM(face_minor), 0) FROM orders o WHERE {_SOLD} AND party_id = ? AND business_date"
        for code, party, day, month, *counted in self._rows(text):
            wanted = [*self._rows(f"{sold} = ?", party, day)[0], *self._rows(f"{sold} LIKE ?", party, f"{month}%")[0]]
            if counted != wanted:
                yield f"{code} has counted {counted}, its orders say {wanted}"
        yield from self._usage()

    def _usage(self) -> Iterator[str]:
        waiting = self._rows("SELECT COUNT(*) FROM usage_accrual")[0][0]
        sold = f"SELECT business_date, COUNT(*), SUM(face_minor) FROM orders o WHERE {_SOLD} GROUP BY business_date"
        wanted = {(scope, row[0]): (row[1], row[2]) for row in self._rows(sold) for scope in ("platform", "tier")}
        text = "SELECT scope, period, orders, face_minor FROM usage_total WHERE LENGTH(period) = 10 AND orders <> 0"
        found = {(row[0], row[1]): (row[2], row[3]) for row in self._rows(text)}
        if waiting or found != wanted:
            yield f"usage totals are {found}, the orders say {wanted}; {waiting} waiting"

    def _told(self) -> Iterator[str]:
        """Exactly one message to the agent for each end an order had."""
        messages: dict[int, Counter[str]] = defaultdict(Counter)
        for order_id, kind in self._rows("SELECT order_id, kind FROM outbox WHERE recipient = 'agent'"):
            messages[order_id][kind] += 1
        for order in self._orders.values():
            ends = {kind: count for kind, count in messages[order.id].items() if kind != "reversal_failed"}
            if ends != self._ends_of(order):
                yield f"the agent was told {ends} of order {order.id}, which is {order.state}"

    @staticmethod
    def _ends_of(order: Order) -> dict[str, int]:
        if order.state not in {"succeeded", "reversed"}:
            return {"failed": 1}
        well = "succeeded" if order.delivered == order.face else "partial"
        return {well: 1, "reversed": 1} if order.state == "reversed" else {well: 1}

    def _promises(self) -> Iterator[str]:
        """What agents were told is in the books; one reference, one order; none under a tombstone."""
        made: dict[tuple[str, str], list[int]] = defaultdict(list)
        text = (
            "SELECT p.code, r.reference, o.id FROM request r JOIN endpoint e ON e.id = r.endpoint_id"
            f" JOIN party p ON p.id = e.party_id JOIN orders o ON o.id = r.order_id WHERE {_OUTWARD}"
        )
        for point, reference, order_id in self._rows(text):
            made[point, reference].append(order_id)
        for key, asked in self.agents.asked.items():
            if not isinstance(asked.operation, Recharge):
                continue
            orders = made.pop(key, [])
            promised = {int(reply.order.order_number) for reply in asked.replies if reply.order is not None}
            if asked.voided and orders:
                yield f"{key} was voided and made {orders}"
            if not promised <= set(orders) or len(orders) > 1:
                yield f"{key} was promised {promised} and made {orders}"
        asked_for = {order_id for orders in made.values() for order_id in orders}
        remembered = asked_for | {int(row[0]) for row in self._rows("SELECT order_id FROM request WHERE order_id IS NOT NULL")}
        yield from (f"order {order_id} was made and nobody asked" for order_id in self._orders if order_id not in remembered)

    def _guard(self) -> Iterator[str]:
        """Two orders for one number and amount within the window: the later one carried a higher mark."""
        groups: dict[tuple[str, str, int], list[Order]] = defaultdict(list)
        for order in sorted(self._orders.values(), key=lambda order: order.id):
            if order.state != "failed":
                groups[order.party, order.number, order.face].append(order)
        for orders in groups.values():
            for earlier, later in pairwise(orders):
                if later.held_at - earlier.held_at < GUARD and later.mark <= earlier.mark:
                    yield f"orders {earlier.id} and {later.id} are the same recharge without a mark"


def _order(row: Any) -> Order:
    values: list[Any] = list(row)
    values[6] = moment_of(values[6])
    return Order(*values)
