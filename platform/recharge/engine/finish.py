"""Finishing: outcomes from suppliers applied to their orders, as many as have come in one transaction."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from recharge.books.directory import VERSION
from recharge.books.finish_reads import attempts_with_orders, plain_balances
from recharge.books.intake_reads import locked_accounts, orders_by_id
from recharge.books.stock import stock_accounts
from recharge.books.writes import Writes
from recharge.domain.orders import OrderState
from recharge.domain.outcomes import Evidence, FailureReason
from recharge.engine.ending import Ending, apply, give_up, needs_deposit
from recharge.engine.parts import Parts


class Finisher:
    """Applies evidence. Calling it twice with the same evidence does no more than once, apart from the answer kept for the story."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stock_accounts: dict[int, int] = {}

    def finish(self, evidence: Sequence[Evidence]) -> None:
        """Apply all in one committed transaction. Raises DatabaseBusy when it was not kept; the caller hands the same in again."""
        if evidence:
            self._parts.database.in_two_halves(lambda connection: self._decide(connection, evidence))

    def give_up(self, order_ids: Sequence[int], reason: FailureReason) -> None:
        """Fail those of the orders that are still held and never left, and give their money back. Raises DatabaseBusy."""
        if order_ids:
            self._parts.database.retrying(lambda connection: self._give_up_in(connection, order_ids, reason))

    def _give_up_in(self, connection: Connection, order_ids: Sequence[int], reason: FailureReason) -> None:
        parts = self._parts
        parts.directory.refresh(parts.database, connection)
        ending = self._ending(connection)
        found = orders_by_id(parts.database, connection, list(order_ids), lock=True)
        ending.orders = {key: row for key, row in found.items() if row.state == OrderState.HELD.value}
        parts.directory.load_parties(connection, {row.party_id for row in ending.orders.values()})
        accounts = {parts.directory.party(row.party_id).deposit_account for row in ending.orders.values()}
        ending.accounts = parts.database.find(connection, locked_accounts(parts.database, accounts, parts.calendar.day_of(ending.now)))
        for row in list(ending.orders.values()):
            give_up(ending, row, reason)
        ending.writes.put_down(parts.database, connection, ending.accounts.values(), ending.new_id)

    def finish_in(self, connection: Connection, evidence: Sequence[Evidence]) -> None:
        """The same within the caller's transaction."""
        self._decide(connection, evidence)(connection)

    def _decide(self, connection: Connection, evidence: Sequence[Evidence]) -> Callable[[Connection], None]:
        parts = self._parts
        wanted = attempts_with_orders(parts.database, [item.attempt_id for item in evidence])
        rows, version = parts.database.ask(connection, wanted, VERSION)
        parts.directory.catch_up(connection, version)
        ending = self._ending(connection)
        ending.attempts = {attempt.id: attempt for attempt, _ in rows}
        ending.orders = {order.id: order for _, order in rows}
        parts.directory.load_parties(connection, {order.party_id for order in ending.orders.values()})
        known = [item for item in evidence if item.attempt_id in ending.attempts]
        self._read_accounts(connection, ending, known)
        for item in known:
            apply(ending, item)
        return lambda connection: ending.writes.put_down(parts.database, connection, ending.accounts.values(), ending.new_id)

    def _ending(self, connection: Connection) -> Ending:
        self._stock_accounts = self._stock_accounts or stock_accounts(self._parts.database, connection)
        return Ending(self._parts, Writes(), self._parts.clock.now(), {}, {}, self._stock_accounts)

    def _read_accounts(self, connection: Connection, ending: Ending, evidence: Sequence[Evidence]) -> None:
        parts, locked, read = self._parts, set[int](), set[int]()
        for item in evidence:
            attempt = ending.attempts[item.attempt_id]
            order = ending.orders[attempt.order_id]
            account = parts.directory.party(order.party_id).deposit_account
            (locked if needs_deposit(order, attempt, item.outcome) else read).add(account)
            if attempt.link_id not in self._stock_accounts:
                self._stock_accounts.update(stock_accounts(parts.database, connection))
        ending.accounts, ending.balances = parts.database.ask(
            connection,
            locked_accounts(parts.database, locked, parts.calendar.day_of(ending.now)),
            plain_balances(read - locked),
        )
