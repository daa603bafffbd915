"""The house's own rules for reversals, transfers and repeated orders: settings of a deployment, read by the engine."""

from dataclasses import dataclass
from datetime import time, timedelta

from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.parties import Party


@dataclass(frozen=True, slots=True)
class ReversalRules:
    """When an order may be taken back (返销). Counts are of one point; None is no limit.

    `window` runs from the order's end.
    """

    same_day_only: bool = True
    window: timedelta | None = None
    day_count: int | None = None
    month_count: int | None = None


@dataclass(frozen=True, slots=True)
class TransferRules:
    """Which way money may go in the tree, and how much of it in one order (minor units; None is no limit)."""

    up: bool = False
    down: bool = True
    sideways: bool = False
    most_minor: int | None = None

    def check(self, giver: Party, receiver: Party, amount_minor: int) -> None:
        """Raises Refusal(TRANSFER_NOT_ALLOWED) for a way that is closed, Refusal(OVER_ORDER_LIMIT) for too much at once."""
        if not self._open_between(giver, receiver):
            raise Refusal(RefusalCode.TRANSFER_NOT_ALLOWED)
        if self.most_minor is not None and amount_minor > self.most_minor:
            raise Refusal(RefusalCode.OVER_ORDER_LIMIT, {"limit_minor": self.most_minor})

    def _open_between(self, giver: Party, receiver: Party) -> bool:
        if giver.is_above(receiver):
            return self.down
        if receiver.is_above(giver):
            return self.up
        siblings = giver.id != receiver.id and giver.parent_id is not None and giver.parent_id == receiver.parent_id
        return siblings and self.sideways


@dataclass(frozen=True, slots=True)
class GuardRules:
    """The duplicate guard: the same customer's number and amount within the window needs an explicit repeat mark. Zero switches it off."""

    duplicate_window: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class SalesHours:
    """When sales are taken in, local time, from `opens` to before `closes`; the same time twice is round the clock."""

    opens: time = time(0, 0)
    closes: time = time(0, 0)

    def check(self, local: time) -> None:
        """Raises Refusal(OUTSIDE_HOURS). Hours may reach over midnight."""
        if self.opens == self.closes:
            return
        within = self.opens <= local < self.closes if self.opens < self.closes else local >= self.opens or local < self.closes
        if not within:
            raise Refusal(RefusalCode.OUTSIDE_HOURS, {"opens": f"{self.opens:%H:%M}", "closes": f"{self.closes:%H:%M}"})
