"""The steps of the house's day: cut-off, snapshot of all balances, commission by the rules of the day."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from bank_settle.days import CLOSED, HOUSE, Day
from bank_settle.house import balances
from bank_settle.house.commission import CommissionRun, no_rules, read_rules
from bank_settle.parts import Parts
from bank_settle.waiting import NotYet, Why

Facts = Mapping[str, Any]
_MOST_LISTED = 200


class HouseSteps:
    """What is done for the house."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def cut(self, day: Day) -> Facts:
        """The business date must be over and nothing of it waiting to be sent; orders in limbo are listed. Raises NotYet."""
        _, end = self._parts.business(day.day)
        if self._parts.clock.now() < end:
            raise NotYet(Why.DAY_NOT_OVER)
        waiting = self._parts.books.open_orders(day.day)
        held = [item for item in waiting if item.state == "held"]
        if held:
            raise NotYet(Why.ORDERS_HELD, count=len(held))
        return {"limbo": [str(item.order_id) for item in waiting[:_MOST_LISTED]], "limbo_count": len(waiting)}

    def commission(self, day: Day) -> Facts:
        """What the rules give for the day, booked once an agent; the remainder of rounding stays with the house."""
        path = self._parts.configuration.commission
        rules = no_rules() if path is None else read_rules(path)
        return CommissionRun(self._parts, rules).run(day.day)

    def snapshot(self, day: Day) -> Facts:
        """Opening, in, out and closing of every account."""
        found = balances.read_day(self._parts.books, day.day, self._frozen_before(day.day))
        off = sum(item.closing_minor for item in found)
        sums = {"accounts": len(found), "sum_minor": off}
        return {"sha256": self._parts.archive.keep_bytes(balances.render(found)), **sums}

    def _frozen_before(self, day: date) -> Mapping[int, int] | None:
        """The closing balances of the day before, where that very day is closed: nothing can be booked into it any more."""
        before = self._parts.days.read(HOUSE, day - timedelta(days=1))
        if before.state != CLOSED:
            return None
        content = self._parts.archive.path(before.facts["snapshot"]["sha256"]).read_bytes()
        return {item.account_id: item.closing_minor for item in balances.read(content)}
