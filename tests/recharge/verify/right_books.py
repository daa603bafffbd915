"""Builds correct books with plain SQL, step by step and in the field's words, so that a test can then break one thing by hand."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection

from recharge.books.database import Database

HOLD, REVENUE, BANK, ADJUSTMENT, STOCK, OTHER_STOCK = 1, 2, 3, 4, 5, 6
LINK, OTHER_LINK = 1, 2
UPLINE, POINT, OTHER_POINT = 22, 33, 44
ENDPOINT = 7
NUMBER = "13800138000"
START = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


def deposit_of(party: int) -> int:
    """The deposit account of a party."""
    return party * 10


def commission_of(party: int) -> int:
    """The commission account of a party."""
    return party * 10 + 1


class RightBooks:
    """Writes what the engine would write. `now` moves on by a second with every step; a test may set it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = START
        self._ids = count(1001)
        self._references = count(1)
        house = [("hold", HOLD), ("revenue", REVENUE), ("bank", BANK), ("adjustment", ADJUSTMENT)]
        for kind, number in house:
            self.insert("account", _account(number, kind, 0, None))
        for number, link in ((STOCK, LINK), (OTHER_STOCK, OTHER_LINK)):
            self.insert("account", _account(number, "stock", link, None))
        for party in (UPLINE, POINT, OTHER_POINT):
            self.insert("account", _account(deposit_of(party), "deposit", party, 0))
            self.insert("account", _account(commission_of(party), "commission", party, 0))

    @property
    def day(self) -> str:
        """The business date: here simply the date."""
        return self.now.date().isoformat()

    @property
    def stamp(self) -> str:
        """The present moment as it is stored."""
        return self.now.strftime("%Y-%m-%d %H:%M:%S.%f")

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        with self.database.write() as connection:
            yield connection

    def do(self, text: str, *values: Any) -> int:
        """Run one statement behind the program's back; the number of rows it matched."""
        with self._connection() as connection:
            return self.database.change(connection, text, values)

    def rows(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask something."""
        with self.database.read() as connection:
            return [tuple(row) for row in self.database.rows(connection, text, values)]

    def insert(self, table: str, row: Mapping[str, Any]) -> None:
        """Insert one row."""
        marks = ", ".join("?" for _ in row)
        self.do(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", *row.values())

    def entry(self, order: int, step: int, kind: str, legs: Mapping[int, int]) -> None:
        """An entry with its postings, and kept deposits moved."""
        self.now += timedelta(seconds=1)
        self.insert("entry", {"order_id": order, "step": step, "kind": kind, "business_date": self.day, "at": self.stamp})
        for account, amount in legs.items():
            if amount:
                self.insert("posting", {"order_id": order, "step": step, "account_id": account, "amount_minor": amount})
                self.move(account, amount)

    def move(self, account: int, amount: int) -> None:
        """A kept deposit's balance, as the engine moves it."""
        self.do("UPDATE account SET balance_minor = balance_minor + ? WHERE id = ? AND kind = 'deposit'", amount, account)

    def immediate(self, kind: str, party: int, amount: int, legs: Mapping[int, int], related: int | None = None) -> int:
        """An order that ends at once."""
        order = next(self._ids)
        row = _order(order, kind, "succeeded", party, amount, amount, [], self.day, self.stamp)
        self.insert("orders", {**row, "ended_at": self.stamp, "related_id": related})
        self._ask(order)
        self.entry(order, 2, kind, legs)
        return order

    def deposit(self, party: int, amount: int) -> int:
        """Money from the bank."""
        order = self.immediate("deposit", party, amount, {BANK: -amount, deposit_of(party): amount})
        self.insert("deposit_evidence", {"evidence": f"bank line {order}", "order_id": order})
        return order

    def transfer(self, giver: int, receiver: int, amount: int) -> int:
        """Money from one point to another."""
        return self.immediate("transfer", giver, amount, {deposit_of(giver): -amount, deposit_of(receiver): amount}, receiver)

    def take_back_transfer(self, order: int) -> None:
        """The transfer undone."""
        legs = {account: -amount for account, amount in self.legs(order, 2).items()}
        self.entry(order, 3, "transfer_reversal", legs)
        self.do("UPDATE orders SET state = 'reversed' WHERE id = ?", order)

    def adjust(self, party: int, amount: int) -> int:
        """An adjustment, up or down."""
        return self.immediate("adjustment", party, amount, {ADJUSTMENT: -amount, deposit_of(party): amount})

    def move_commission(self, party: int, amount: int) -> int:
        """Commission, already rolled up, to the deposit."""
        order = self.immediate("commission_move", party, amount, {commission_of(party): -amount, deposit_of(party): amount})
        self.do("UPDATE account SET balance_minor = balance_minor - ? WHERE id = ?", amount, commission_of(party))
        return order

    def hold(self, face: int = 5000, price: int = 4900, share: int = 50, party: int = POINT) -> int:
        """A recharge taken in."""
        order = next(self._ids)
        row = _order(order, "recharge", "held", party, face, price, [[commission_of(UPLINE), share]], self.day, self.stamp)
        self.insert("orders", {**row, "due_at": self.stamp})
        self._ask(order)
        self._count(order, 1)
        self.entry(order, 1, "hold", {deposit_of(party): -price, HOLD: price})
        return order

    def send(self, order: int, link: int = LINK) -> int:
        """The order claimed and its attempt begun; the attempt's id."""
        attempt, face = next(self._ids), self.order(order)["face_minor"]
        ordinal = self.rows("SELECT COUNT(*) FROM attempt WHERE order_id = ?", order)[0][0] + 1
        self.insert("attempt", _attempt(attempt, order, "submit", ordinal, link, face, self.stamp))
        text = "UPDATE orders SET state = 'sending', attempt_id = ?, attempts = attempts + 1, due_at = ? WHERE id = ?"
        self.do(text, attempt, self.stamp, order)
        return attempt

    def answer(self, order: int, attempt: int, state: str, source: str = "submit", raw: str = "") -> None:
        """Something said of an attempt."""
        row = {"id": next(self._ids), "attempt_id": attempt, "order_id": order, "at": self.stamp}
        self.insert("answer", {**row, "source": source, "state": state, "code": "", "text": "", "raw": raw})

    def succeed(self, order: int, delivered: int | None = None, charged: int | None = None, link: int = LINK) -> int:
        """Sent and delivered, whole or in part."""
        attempt = self.send(order, link)
        self.answer(order, attempt, "success")
        self.do("UPDATE attempt SET state = 'succeeded' WHERE id = ?", attempt)
        face = self.order(order)["face_minor"]
        done = face if delivered is None else delivered
        cost = done * 96 // 100 if charged is None else charged
        changes = "state = 'succeeded', link_id = ?, delivered_minor = ?, cost_minor = ?, due_at = NULL, ended_at = ?"
        self.now += timedelta(seconds=1)
        self.do(f"UPDATE orders SET {changes} WHERE id = ?", link, done, cost, self.stamp, order)
        self.entry(order, 2, "settle", self._settled(self.order(order)))
        self.tell(order, "succeeded" if done == face else "partial")
        return attempt

    def _settled(self, order: Mapping[str, Any]) -> dict[int, int]:
        """A full delivery's legs as a person would write them; for half of it, half of everything."""
        part = order["face_minor"] // order["delivered_minor"]
        price, [[account, share]] = order["price_minor"] // part, json.loads(order["split"])
        stock = STOCK if order["link_id"] == LINK else OTHER_STOCK
        legs = {HOLD: -order["price_minor"], stock: order["cost_minor"], account: share // part}
        legs |= {REVENUE: price - order["cost_minor"] - share // part, deposit_of(order["party_id"]): order["price_minor"] - price}
        self._accrue(account, share // part)
        return legs

    def fail(self, order: int, state: str = "failed") -> int:
        """Sent and refused, or not sent at all: the money back."""
        attempt = self.send(order)
        self.answer(order, attempt, state)
        self.do("UPDATE attempt SET state = ? WHERE id = ?", state, attempt)
        self.release(order)
        return attempt

    def release(self, order: int) -> None:
        """The hold given back."""
        self.now += timedelta(seconds=1)
        self.do("UPDATE orders SET state = 'failed', due_at = NULL, ended_at = ? WHERE id = ?", self.stamp, order)
        row = self.order(order)
        self.entry(order, 2, "release", {HOLD: -row["price_minor"], deposit_of(row["party_id"]): row["price_minor"]})
        self._count(order, -1)
        self.tell(order, "failed")

    def ask_reversal(self, order: int) -> None:
        """A reversal asked for."""
        self.do("UPDATE orders SET state = 'reversing', due_at = ? WHERE id = ?", self.stamp, order)
        self.event(order, "reversal_asked")

    def reverse(self, order: int) -> int:
        """Asked for, sent and done: everything undone."""
        self.ask_reversal(order)
        attempt = next(self._ids)
        row = self.order(order)
        self.insert("attempt", {**_attempt(attempt, order, "reverse", 1, LINK, row["face_minor"], self.stamp), "state": "succeeded"})
        self.answer(order, attempt, "success")
        legs = {account: -amount for account, amount in self.legs(order, 1, 2).items()}
        self.do(
            "UPDATE orders SET state = 'reversed', attempt_id = ?, due_at = NULL, ended_at = ? WHERE id = ?", attempt, self.stamp, order
        )
        self.entry(order, 3, "reversal", legs)
        self._accrue(commission_of(UPLINE), legs[commission_of(UPLINE)])
        self._count(order, -1)
        self.tell(order, "reversed")
        return attempt

    def order(self, order: int) -> Mapping[str, Any]:
        """An order's row by column name."""
        names = ("party_id", "face_minor", "price_minor", "split", "link_id", "delivered_minor", "cost_minor")
        return dict(zip(names, self.rows(f"SELECT {', '.join(names)} FROM orders WHERE id = ?", order)[0], strict=True))

    def legs(self, order: int, *steps: int) -> dict[int, int]:
        """The sums of an order's postings by account."""
        sums: dict[int, int] = {}
        for step, account, amount in self.rows("SELECT step, account_id, amount_minor FROM posting WHERE order_id = ?", order):
            if step in steps:
                sums[account] = sums.get(account, 0) + amount
        return sums

    def tell(self, order: int, kind: str, recipient: str = "agent") -> None:
        """A message in the outbox."""
        row: dict[str, Any] = {"id": next(self._ids), "order_id": order, "kind": kind, "recipient": recipient, "endpoint_id": ENDPOINT}
        row |= {"channel": "web", "address": "", "language": "zh_CN", "facts": "{}", "state": "waiting", "tries": 0}
        self.insert("outbox", {**row, "created_at": self.stamp})

    def event(self, order: int, kind: str) -> None:
        """Something out of the ordinary."""
        self.insert("order_event", {"id": next(self._ids), "order_id": order, "at": self.stamp, "kind": kind, "facts": "{}"})

    def _ask(self, order: int) -> None:
        row = {"endpoint_id": ENDPOINT, "reference": f"form {next(self._references)}", "body": b"0123456789abcdef"}
        self.insert("request", {**row, "received_at": self.stamp, "order_id": order, "code": "", "facts": "{}"})

    def _accrue(self, account: int, amount: int) -> None:
        if amount:
            self.insert("accrual", {"id": next(self._ids), "account_id": account, "amount_minor": amount})

    def _count(self, order: int, sign: int) -> None:
        day, face, party = self.rows("SELECT business_date, face_minor, party_id FROM orders WHERE id = ?", order)[0]
        day_text = str(day)
        sums = (sign, sign * face)
        if sign > 0:
            mine = "WHERE owner_id = ? AND kind = 'deposit'"
            roll = f"UPDATE account SET day_count = 0, day_minor = 0, day = ? {mine} AND (day IS NULL OR day <> ?)"
            self.do(roll, day_text, party, day_text)
            roll = f"UPDATE account SET month_count = 0, month_minor = 0, month = ? {mine} AND month <> ?"
            self.do(roll, day_text[:7], party, day_text[:7])
        where = " WHERE owner_id = ? AND kind = 'deposit' AND"
        self.do(f"UPDATE account SET day_count = day_count + ?, day_minor = day_minor + ?{where} day = ?", *sums, party, day_text)
        self.do(
            f"UPDATE account SET month_count = month_count + ?, month_minor = month_minor + ?{where} month = ?", *sums, party, day_text[:7]
        )
        for scope, scope_id in (("platform", 0), ("tier", 9)):
            row = {"id": next(self._ids), "scope": scope, "scope_id": scope_id, "business_date": day_text}
            self.insert("usage_accrual", {**row, "orders": sums[0], "face_minor": sums[1]})


def _account(number: int, kind: str, owner: int, balance: int | None) -> dict[str, Any]:
    zeros = dict.fromkeys(("floor_minor", "version", "day_count", "day_minor", "month_count", "month_minor"), 0)
    return {"id": number, "kind": kind, "owner_id": owner, "balance_minor": balance, "month": "", **zeros}


def _order(
    order: int, kind: str, state: str, party: int, face: int, price: int, split: list[list[int]], day: str, stamp: str
) -> dict[str, Any]:
    row: dict[str, Any] = {"id": order, "kind": kind, "state": state, "party_id": party, "endpoint_id": ENDPOINT}
    row |= {"channel": "web", "language": "zh_CN", "number": NUMBER if split else "", "province": "", "face_minor": face}
    row |= {"price_minor": price, "split": json.dumps(split), "repeat_mark": 0, "business_date": day, "held_at": stamp}
    return {**row, "lease": "", "attempts": 0, "serial_number": "", "failure": ""}


def _attempt(attempt: int, order: int, action: str, ordinal: int, link: int, face: int, stamp: str) -> dict[str, Any]:
    row: dict[str, Any] = {"id": attempt, "order_id": order, "action": action, "ordinal": ordinal, "link_id": link}
    row |= {"state": "sending", "number": NUMBER, "face_minor": face, "cost_minor": face * 96 // 100, "candidates": "[]"}
    return {**row, "claimed_at": stamp, "supplier_reference": "", "serial_number": "", "queries": 0, "not_found": 0}


def a_day(books: RightBooks) -> dict[str, int]:
    """A day with one order of each fate; their ids by name. Balances stay above zero."""
    orders = {"deposit": books.deposit(POINT, 100_000), "transfer": books.transfer(POINT, OTHER_POINT, 10_000)}
    orders["taken_back"] = books.transfer(POINT, OTHER_POINT, 500)
    books.take_back_transfer(orders["taken_back"])
    orders["adjusted"] = books.adjust(POINT, -300)
    for name in ("succeeded", "partial", "failed", "reversed", "unknown", "held"):
        orders[name] = books.hold()
    books.succeed(orders["succeeded"])
    books.succeed(orders["partial"], delivered=2500)
    books.fail(orders["failed"])
    books.succeed(orders["reversed"])
    books.reverse(orders["reversed"])
    attempt = books.send(orders["unknown"])
    books.answer(orders["unknown"], attempt, "unknown")
    books.do("UPDATE attempt SET state = 'unknown' WHERE id = ?", attempt)
    books.do("UPDATE orders SET state = 'unknown' WHERE id = ?", orders["unknown"])
    return orders
