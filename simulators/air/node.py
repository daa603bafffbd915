"""The charging system: what Refill, UpdateBalanceAndDate and GetBalanceAndDate do to subscribers' balances."""

from collections import defaultdict
from typing import Any, Final

from simulators.supplier.behaviour import BEHAVIOURS
from simulators.supplier.shop import Shop

_REFUSED, _UNKNOWN_SUBSCRIBER, _BELOW_MINIMUM, _OTHER = 115, 102, 124, 100
_START_MINOR: Final = 1000


class Node:
    """Methods by their UCIP names, each given the call's struct. Balances live as long as the process, credits in the shop's ledger."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._spent: dict[str, int] = defaultdict(int)
        # A charging system ends a refill before it answers: nothing is left for later.
        shop.rules.later_seconds = 0.0

    def refill(self, asked: Any) -> dict[str, Any]:
        """Refill without a voucher."""
        number, reference = asked["subscriberNumber"], asked["originTransactionID"]
        before = self._balance(number)
        order = self._shop.take(reference, number, int(asked["transactionAmount"]))
        if order is None:
            return _answer(asked, _OTHER)
        order = next((ended for ended in self._shop.end_due() if ended.reference == reference), order)
        if BEHAVIOURS[order.behaviour].unlisted:
            return _answer(asked, 4711)
        if order.state not in {"done", "part"}:
            return _answer(asked, _REFUSED)
        accounts = {"accountBeforeRefill": _account(before), "accountAfterRefill": _account(self._balance(number))}
        return _answer(asked, 0, transactionAmount=asked["transactionAmount"], transactionCurrency=asked["transactionCurrency"], **accounts)

    def adjust(self, asked: Any) -> dict[str, Any]:
        """UpdateBalanceAndDate by a relative amount."""
        number, amount = asked["subscriberNumber"], int(asked["adjustmentAmountRelative"])
        if self._balance(number) + amount < 0:
            return _answer(asked, _BELOW_MINIMUM)
        self._spent[number] -= amount
        return _answer(asked, 0)

    def balance(self, asked: Any) -> dict[str, Any]:
        """GetBalanceAndDate."""
        number = asked["subscriberNumber"]
        if number.endswith("9059"):
            return _answer(asked, _UNKNOWN_SUBSCRIBER)
        return _answer(asked, 0, accountValue1=str(self._balance(number)), currency1="CNY")

    def spend(self, number: str, minor: int) -> None:
        """A subscriber makes a call."""
        self._spent[number] += minor

    def _balance(self, number: str) -> int:
        credited = sum(order.delivered_minor for order in self._shop.ledger.orders("number = ? and state in ('done', 'part')", number))
        return _START_MINOR + credited - self._spent[number]


def _answer(asked: Any, code: int, **told: Any) -> dict[str, Any]:
    return {"responseCode": code, "originTransactionID": asked["originTransactionID"], **told}


def _account(balance: int) -> dict[str, str]:
    return {"accountValue1": str(balance)}
